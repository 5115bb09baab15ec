"""Metrics from a file: what is misspelt fails at once, what is right is prometheus-client's own."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics

from daemonkit import FileError, KitError, Labelled, Metrics, declare

ROOT = Path(__file__).resolve().parents[2]
FILE = """\
exposed_by: mill
metrics:
  - {name: mill_sacks_total, type: counter, unit: sacks, labels: [grain], help: Sacks ground.}
  - {name: mill_turns_total, type: counter, help: Turns of the wheel.}
  - {name: mill_flour_bytes, type: gauge, unit: kilograms, labels: [grain, bin], help: Flour.}
  - {name: mill_grinding_seconds, type: histogram, buckets: [0.1, 1, 10], help: Time.}
  - {name: mill_waiting_seconds, type: summary, labels: [grain], help: Time.}
  - {name: mill_build_info, type: info, help: The mill.}
  - {name: mill_odd, type: unknown}
  - {name: mill_visits, type: counter}
  - {name: mill_facts, type: info}
  - {name: mill_load, type: gauge, labels: [host]}
  - {name: mill_depth, type: histogram, labels: [le]}
"""


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(tmp_path: Path, registry: CollectorRegistry) -> Metrics:
    file = tmp_path / "mill.yaml"
    file.write_text(FILE)
    return declare(file, registry=registry)


def exposed(registry: CollectorRegistry) -> str:
    return generate_latest(registry).decode()


def test_each_type_counts_and_no_series_tells_when_it_was_created(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    metrics.counter("mill_sacks_total", "grain").labels(grain="rye").inc(2)
    metrics.counter("mill_turns_total").inc()
    metrics.gauge("mill_flour_bytes", "grain", "bin").labels(grain="rye", bin="1").set(3)
    metrics.histogram("mill_grinding_seconds").observe(0.5)
    metrics.summary("mill_waiting_seconds", "grain").labels(grain="rye").observe(4)
    metrics.info("mill_build_info").info({"stone": "basalt"})
    lines = [line for line in exposed(registry).splitlines() if not line.startswith("#")]
    assert lines == [
        'mill_sacks_total{grain="rye"} 2.0',
        "mill_turns_total 1.0",
        'mill_flour_bytes{bin="1",grain="rye"} 3.0',
        'mill_grinding_seconds_bucket{le="0.1"} 0.0',
        'mill_grinding_seconds_bucket{le="1.0"} 1.0',
        'mill_grinding_seconds_bucket{le="10.0"} 1.0',
        'mill_grinding_seconds_bucket{le="+Inf"} 1.0',
        "mill_grinding_seconds_count 1.0",
        "mill_grinding_seconds_sum 0.5",
        'mill_waiting_seconds_count{grain="rye"} 1.0',
        'mill_waiting_seconds_sum{grain="rye"} 4.0',
        'mill_build_info{stone="basalt"} 1.0',
    ]
    assert "# HELP mill_sacks_total Sacks ground." in exposed(registry)
    assert "# UNIT mill_sacks sacks" in openmetrics(registry).decode()


def test_labels_are_bound_once_in_any_order(metrics: Metrics) -> None:
    flour = metrics.gauge("mill_flour_bytes", "bin", "grain")
    assert isinstance(flour, Labelled)
    bound = flour.labels(grain="rye", bin="1")
    assert flour.labels(grain="rye", bin="1") is bound
    assert flour.labels(bin="1", grain="rye") is bound
    assert flour.labels(bin="2", grain="rye") is not bound


def test_a_removed_series_is_gone_and_begins_anew(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    sacks = metrics.counter("mill_sacks_total", "grain")
    sacks.labels(grain="rye").inc(7)
    sacks.remove(grain="rye")
    assert "rye" not in exposed(registry)
    sacks.labels(grain="rye").inc()
    assert 'mill_sacks_total{grain="rye"} 1.0' in exposed(registry)


@pytest.mark.parametrize(
    ("kind", "asked", "told"),
    [
        (
            "counter",
            ["mill_sakcs_total"],
            "declares no `mill_sakcs_total`; did you mean `mill_sacks_",
        ),
        ("counter", ["mill_sacks_total"], "`mill_sacks_total` needs its label `grain`, too"),
        ("counter", ["mill_sacks_total", "gran"], "has no label `gran`; did you mean `grain`?"),
        ("counter", ["mill_sacks_total", "grain", "bin"], "has no label `bin`"),
        ("counter", ["mill_turns_total", "grain"], "`mill_turns_total` has no label `grain`"),
        ("gauge", ["mill_flour_bytes", "grain", "grain", "bin"], "is given a label twice"),
        ("gauge", ["mill_turns_total"], "as counter, not as gauge: use `.counter(...)`"),
        ("gauge", ["mill_odd"], "as unknown, not as gauge: a daemon must know it"),
        ("counter", ["mill_visits"], "is a counter: its name must end in `_total`"),
        ("info", ["mill_facts"], "is an info: its name must end in `_info`"),
        ("gauge", ["mill_load", "host"], "would call the metric's own `exported_host`"),
        ("histogram", ["mill_depth", "le"], "`mill_depth` cannot be exposed: "),
    ],
)
def test_what_is_misspelt_fails_at_once(
    metrics: Metrics, kind: str, asked: list[str], told: str
) -> None:
    with pytest.raises(KitError) as raised:
        getattr(metrics, kind)(*asked)
    assert told in str(raised.value)


def test_a_label_misspelt_when_bound_fails_and_makes_no_series(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    sacks = metrics.counter("mill_sacks_total", "grain")
    for wrong in ({"gran": "rye"}, {"grain": "rye", "bin": "1"}, {}):
        with pytest.raises(KitError, match="mill_sacks_total"):
            sacks.labels(**wrong)
    with pytest.raises(KitError, match="did you mean `grain`"):
        sacks.remove(gran="rye")
    assert "mill_sacks_total{" not in exposed(registry)


def test_a_metric_is_asked_for_once(metrics: Metrics) -> None:
    metrics.counter("mill_turns_total")
    with pytest.raises(KitError, match="is exposed already"):
        metrics.counter("mill_turns_total")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", [":1:1: the file must be a mapping with `metrics`, not empty"]),
        ("metrics: [", ["not YAML"]),
        ("metrics: &a [*a]", ["not YAML"]),
        (
            "metrics: [{name: a}]",
            [":1:11: an entry of `metrics` needs `type` (Prometheus's type.)"],
        ),
        ("metrics: [{name: a, type: guage}]", [":1:27: `type` must be a metric type, not `guage`"]),
        ("metrics: [{name: a, type: guage}]", ["did you mean `gauge`?"]),
        ("metrics: [{name: a-b, type: gauge}]", [":1:18: `name` must be a metric name, not `a-b`"]),
        ("metrics: [{name: 7, type: gauge}]", ["`name` must be a metric name, not `7`"]),
        ("metrics: [{name: a, type: gauge, lables: []}]", ["`lables` is not known here"]),
        ("metrics: [{name: a, type: gauge, lables: []}]", ["did you mean `labels`?"]),
        (
            "metrics: [{name: a, type: gauge, labels: [b-c]}]",
            [":1:43: an entry of `labels` must be"],
        ),
        ("metrics: [{name: a, type: gauge, labels: [b, b]}]", ["`labels` names something twice"]),
        ("metrics: [{name: a, type: gauge, labels: b}]", ["a list of labels, not `b`"]),
        ("metrics: [{name: a, type: gauge, help: yes}]", ["must be text, not `true`"]),
        ("metrics: [{name: a, type: gauge, help: {}}]", ["must be text, not a mapping"]),
        ("metrics: [{name: a, type: gauge, help: [b]}]", ["must be text, not a list"]),
        ("metrics: [{name: a, name: b, type: gauge}]", [":1:21: `name` is here twice"]),
        (
            "metrics:\n- {name: a, type: gauge}\n- {name: a, type: gauge}",
            [":3:10: `a` is declared twice"],
        ),
        (
            "metrics: [{name: a, type: gauge, buckets: [1]}]",
            ["are for a histogram, and this is a ga"],
        ),
        ("metrics: [{name: a, type: histogram, buckets: [2, 1]}]", ["from the smallest up"]),
        ("metrics: [{name: a, type: histogram, buckets: []}]", ["at least one, not an empty list"]),
        ("metrics: [{type: gauge, labels: 1}]", ["needs `name`", "a list of labels, not `1`"]),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_places(
    tmp_path: Path, text: str, told: list[str]
) -> None:
    file = tmp_path / "mill.yaml"
    file.write_text(text)
    with pytest.raises(FileError) as raised:
        declare(file)
    for part in told:
        assert part in str(raised.value)
    assert str(raised.value).startswith(f"{file}:")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"metrics: [\xe9]")
    with pytest.raises(FileError, match=r"latin.yaml: is not UTF-8 \(byte 10\)"):
        declare(tmp_path / "latin.yaml")
    with pytest.raises(FileError, match=r"none.yaml: cannot be read: No such file"):
        declare(tmp_path / "none.yaml")


def test_a_bare_name_is_looked_for_where_catalogues_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(folder: Path, metric: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mine.yaml").write_text(f"metrics: [{{name: {metric}, type: gauge}}]")

    monkeypatch.chdir(tmp_path)
    with pytest.raises(KitError, match=r"there is no mine.yaml in: .*rules/metrics.* \(known: .*`"):
        declare("mine.yaml")
    write(tmp_path, "here")
    assert list(declare("mine.yaml").declared) == ["here"]
    write(tmp_path / "rules" / "metrics", "in_the_catalogue")
    assert list(declare("mine.yaml").declared) == ["in_the_catalogue"]
    write(tmp_path / "chosen", "chosen")
    monkeypatch.setenv("TOCSIN_METRICS", str(tmp_path / "chosen"))
    assert list(declare("mine.yaml").declared) == ["chosen"]
    assert "node_cpu_seconds_total" in declare("node_exporter.yaml").declared
    with pytest.raises(KitError, match=r"did you mean `node_exporter\.yaml`"):
        declare("node_exporters.yaml")


@pytest.mark.parametrize(
    "file", sorted((ROOT / "rules" / "metrics").iterdir()), ids=lambda f: f.stem
)
def test_the_starter_catalogue_is_readable(file: Path) -> None:
    assert declare(file).declared
