"""The chart: what is asked of which Prometheus, what is drawn; and it never costs a message."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from browser import served
from flask import Flask, jsonify, request
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at

from relay.charts import image as chartimage
from relay.charts.expression import measured, of_url
from relay.charts.image import Line, draw
from relay.charts.worker import WAITING, Charts, Order, charts, read
from relay.config.model import Charts as Settings
from relay.config.model import Config, Server
from relay.config.model import Settings as Environment
from relay.metrics import Metrics
from relay.model.delivered import MessageRef
from relay.model.group import Group
from relay.model.outcome import Refused
from relay.store import Store

pytest.importorskip("matplotlib", reason="the extra `charts` is not installed")

REF = MessageRef("C1", "1.0", "#alerts")
URL = "http://evil.example:9090/graph?g0.expr=cpu%7Bjob%3D%22a%22%7D+%3E+95&g0.tab=1"
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Uploads:
    """Slack, as far as charts go."""

    taken: list[tuple[MessageRef, str, str, bytes]] = field(default_factory=list)
    fails: bool = False

    def upload(self, ref: MessageRef, name: str, title: str, data: bytes) -> Refused | None:
        if self.fails:
            return Refused("missing_scope: needs files:write")
        self.taken.append((ref, name, title, data))
        return None


class Prometheus:
    """Answers query_range with what it is told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: Any = {
            "status": "success",
            "data": {
                "resultType": "matrix",
                "result": [
                    {"metric": {"host": name}, "values": [[60.0 * n, str(n)] for n in range(9)]}
                    for name in ("h1", "other")
                ],
            },
        }
        self.app = Flask("prometheus")

        @self.app.get("/prom/api/v1/query_range")
        def query_range() -> Any:
            self.asked.append(request.args.to_dict())
            return jsonify(self.answer)


@pytest.fixture
def prometheus() -> Prometheus:
    return Prometheus()


@pytest.fixture
def config(prometheus: Prometheus) -> Iterator[Config]:
    with served(prometheus.app) as url:
        yield replace(CONFIG, prometheus=Server(f"{url}/prom"), charts=Settings(hours=2))


@pytest.fixture
def uploads() -> Uploads:
    return Uploads()


@pytest.fixture
def worker(config: Config, uploads: Uploads, clock: FakeClock) -> Charts:
    made = charts(config, uploads, clock, Metrics())
    assert made
    return made


def group(*alerts: Any) -> Group:
    one = replace(alert("h1", severity="critical"), generator_url=URL)
    return Group("relay", "k", {"alertname": "A"}, alerts or (one, alert("h2")))


def results(worker: Charts) -> dict[str, float]:
    return {
        sample.labels["result"]: sample.value
        for family in worker._metrics.charts.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    }


def test_the_configured_prometheus_is_asked_for_the_alerts_expression(
    worker: Charts, prometheus: Prometheus, uploads: Uploads
) -> None:
    worker.step(Order(group(), REF, at(0)))
    (asked,) = prometheus.asked
    assert asked["query"] == 'cpu{job="a"}'
    assert float(asked["end"]) - float(asked["start"]) == 7200
    assert (asked["step"], asked["timeout"]) == ("30", "5s")
    ((ref, name, title, data),) = uploads.taken
    assert (ref, name, title) == (REF, "chart.png", "A, the last 2 h")
    assert data.startswith(PNG)
    assert results(worker) == {"uploaded": 1}


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"status": "success", "data": {"result": []}}, "empty"),
        ({"status": "success"}, "failed"),
        ([], "failed"),
        ({"data": {"result": [{"metric": {}, "values": [["x", "y"]]}]}}, "failed"),
    ],
)
def test_an_answer_without_a_picture_in_it(
    worker: Charts, prometheus: Prometheus, uploads: Uploads, answer: Any, result: str
) -> None:
    prometheus.answer = answer
    worker.step(Order(group(), REF, at(0)))
    assert results(worker) == {result: 1}
    assert uploads.taken == []


def test_no_expression_and_an_old_order_are_skipped(worker: Charts, prometheus: Prometheus) -> None:
    worker.step(Order(group(alert("h1")), REF, at(0)))
    worker.step(Order(group(), REF, at(-10)))
    assert results(worker) == {"skipped": 2}
    assert prometheus.asked == []


def test_trouble_is_counted_and_raises_nothing(
    config: Config, uploads: Uploads, clock: FakeClock, worker: Charts
) -> None:
    uploads.fails = True
    worker.step(Order(group(), REF, at(0)))
    assert results(worker) == {"failed": 1}
    lost = Charts(Server("http://127.0.0.1:9"), config, uploads, clock, Metrics())
    lost.step(Order(group(), REF, at(0)))
    assert results(lost) == {"failed": 1}


def test_in_a_storm_what_does_not_fit_is_left_out(worker: Charts) -> None:
    for _ in range(WAITING + 5):
        worker.offer(group(), REF)
    worker.offer(group(alert("h1", 0, 1)), REF)
    assert results(worker) == {"dropped": 5}
    worker.stop(0)


def test_a_message_that_was_posted_gets_its_chart(
    store: Store, clock: FakeClock, config: Config, uploads: Uploads, worker: Charts
) -> None:
    rig = Rig(store, FakeSlack(), clock, config)
    rig.reconciler.tell_of_posts(worker.offer)
    worker.start()
    rig.tell(replace(alert("h1", severity="critical"), generator_url=URL))
    rig.run()
    end = time.monotonic() + 20
    while not uploads.taken:
        assert time.monotonic() < end, results(worker)
        time.sleep(0.02)
    assert uploads.taken[0][0] == MessageRef("CALERTS", "1.0", "#alerts")
    rig.tell(replace(alert("h1", 0, 1, severity="critical"), generator_url=URL))
    rig.run(5)
    worker.stop(5)
    assert len(uploads.taken) == 1


def test_there_are_no_charts_where_they_are_not_wanted_or_cannot_be(
    config: Config, uploads: Uploads, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(config: Config) -> Charts | None:
        return charts(config, uploads, clock, Metrics())

    assert made(CONFIG) is None
    assert made(replace(config, charts=Settings(enabled=False))) is None
    monkeypatch.setattr(chartimage, "available", lambda: False)
    assert made(config) is None


def test_the_lines_of_alerts_that_fire_stand_in_front() -> None:
    answer = {
        "data": {
            "result": [
                {"metric": {"host": "h1", "__name__": "x"}, "values": [[1, "+Inf"], [2, "7"]]},
                {"metric": {"host": "h9"}, "values": [[1, "NaN"]]},
            ]
        }
    }
    first, second = read(answer, group())
    assert (first.fires, second.fires) == (True, False)
    assert math.isnan(first.points[0][1])
    assert first.points[1] == (2.0, 7.0)


@pytest.mark.parametrize("count", [1, 80])
def test_a_picture_takes_any_label(count: int) -> None:
    labels = {"a": "$x^{2$ <b> \u202e \U0001f525", "_b": "\\frac"}
    points = [(1.8e9 + 60 * n, float(n) if n % 3 else math.nan) for n in range(50)]
    lines = [Line({**labels, "n": str(n)}, points, fires=n % 2 == 0) for n in range(count)]
    assert draw("$broken^{ title", lines, 95.0).startswith(PNG)
    assert draw("", [Line({}, points)], None).startswith(PNG)
    assert draw("", [Line({"_x": "1"}, points, True), Line({}, points, True)], None)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x > 5", ("x", 5.0)),
        ('rate(x{a=">b"}[5m]) >= 1_000', ('rate(x{a=">b"}[5m])', 1000.0)),
        ("(x < 0.1)", ("x", 0.1)),
        ("((x) == .5e1)", ("(x)", 5.0)),
        ("x > 80 or (x > 70 and on (h) ALERTS)", ("x", 80.0)),
        ("x > 80 unless on () y", ("x", 80.0)),
        ("sum by (a) (x)\n  > -3", ("sum by (a) (x)", -3.0)),
        ("x > y", ("x > y", None)),
        ("x > bool 5", ("x > bool 5", None)),
        ("1 < x < 5", ("1 < x < 5", None)),
        ("x", ("x", None)),
        ("", ("", None)),
        ('x{a="\\" > 5', ('x{a="\\" > 5', None)),
        ("x{a=`\\`} > 5", ("x{a=`\\`}", 5.0)),
        ("order > 1", ("order", 1.0)),
    ],
)
def test_what_is_measured_and_its_limit(expression: str, expected: tuple[str, Any]) -> None:
    assert measured(expression) == expected


def test_the_expression_of_a_link() -> None:
    assert of_url(URL) == 'cpu{job="a"} > 95'
    for none in (
        "",
        "http://p/graph",
        "http://[",
        "http://p/?g0.expr=" + "x" * 20_000,
        "?" + "a&" * 99,
    ):
        assert of_url(none) == ""


def test_doctor_asks_for_the_scope_where_charts_are_wanted(config: Config) -> None:
    from relay.config.model import Loaded
    from relay.doctor import NEEDED, USEFUL, _scopes

    granted = frozenset(NEEDED.keys() | USEFUL.keys())
    (missing,) = _scopes(Loaded(config, Environment()), granted)
    assert "files:write is missing: puts charts into threads" in missing.says
    (fine,) = _scopes(Loaded(CONFIG, Environment()), granted)
    assert fine.says == "all there"
