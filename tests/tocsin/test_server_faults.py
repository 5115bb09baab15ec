"""`tocsin lint --prometheus`: servers that are away, refuse, warn, go away or make no sense."""

import base64
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result
from prometheus_stub import NOTHING, but, fault, success, well
from web_kit import send, serving

from tocsin.cli import cli

RULES = "groups:\n  - name: g\n    rules:\n      - {alert: A, expr: 'up == 0', for: 1m}\n"
QUICK = {"prometheus": {"timeout": "300ms", "retries": 1, "at_once": 2}}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    Path("r.yml").write_text(RULES)
    set_up(QUICK)
    return tmp_path


def set_up(lint: Any) -> None:
    Path("tocsin.yaml").write_text(json.dumps({"lint": lint}))


def lint(url: str, *more: str) -> Result:
    asked = ["lint", "r.yml", "--prometheus", url, "--format", "json", *more]
    return CliRunner().invoke(cli, asked, catch_exceptions=False)


def told(done: Result) -> list[str]:
    found = json.loads(done.stdout)["problems"]
    return [f"{p['severity']} {p['check']} {p['message']}" for p in found]


def test_a_server_where_nothing_is_wrong() -> None:
    with serving(well) as web:
        done = lint(f"{web.url}/prefix/")
        assert (done.exit_code, told(done), done.stderr) == (0, [], "")
        assert all(path.startswith("/prefix/api/v1/") for _, path in web.asked)
        assert len(set(web.asked)) == len(web.asked)


def test_nobody_there() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        done = lint(url)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(
        f"tocsin: Prometheus at {url} cannot be asked: Connection refused"
    )
    assert "hint: " in done.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("prometheus:9090", "`prometheus:9090` is no address of a server"),
        ("ftp://x", "is no address"),
        ("http://", "is no address"),
        ("http://x:port", "is no address"),
        ("", "is no address"),
        ("http://nobody.invalid", "its host is not known"),
    ],
)
def test_addresses_that_cannot_be(url: str, said: str) -> None:
    done = lint(url)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda r: send(r, 200, b"<html>Grafana</html>"), "what answers there is no Prometheus"),
        (lambda r: send(r, 200, b'{"status": "ok"}'), "what answers there is no Prometheus"),
        (lambda r: send(r, 404), "it answers 404 Not Found"),
        (lambda r: send(r, 401), "it answers 401 Unauthorized: set TOCSIN_PROMETHEUS_TOKEN"),
        (lambda r: send(r, 502), "it answers 502 Bad Gateway"),
        (lambda r: success(r, None), "its answer is not what Prometheus documents"),
        (lambda r: success(r, {"result": 7}), "its answer is not what Prometheus documents"),
        (lambda r: success(r, {"result": [{}]}), "its answer is not what Prometheus documents"),
        (fault(422, "execution", "no\nway"), "it answers: no way"),
        (lambda r: time.sleep(0.6), "no answer within 0.3 seconds"),
        (lambda r: r.wfile.write(b"nonsense\r\n"), "nonsense"),
    ],
)
def test_a_server_that_is_none(answer: Callable[[Any], None], said: str) -> None:
    with serving(answer) as web:
        done = lint(web.url)
    assert (done.exit_code, done.stdout) == (2, ""), done.stdout
    assert said in done.stderr


def test_what_passes_is_asked_again() -> None:
    failed = threading.Event()

    def once(request: Any) -> None:
        first = not failed.is_set()
        failed.set()
        send(request, 503) if first else well(request)

    with serving(once) as web:
        done = lint(web.url)
    assert (done.exit_code, told(done)) == (0, [])


def test_a_question_that_is_refused() -> None:
    text = "query processing would load too many samples into memory in query execution"
    with serving(but("query_range", fault(422, "execution", text))) as web:
        done = lint(web.url)
        assert sum("query_range" in path for _, path in web.asked) == 1
    assert done.exit_code == 0
    said = "Prometheus does not say (how often alerts fired): it answers"
    assert told(done) == [f"warning lint/prometheus {said}: {text}"]


@pytest.mark.parametrize(
    "data",
    [{"result": [{"metric": {}, "values": [["x", "1"]]}]}, {"result": [7]}, {"result": {}}, [], 7],
)
def test_an_answer_that_makes_no_sense(data: Any) -> None:
    with serving(but("query_range", lambda request: success(request, data))) as web:
        (said,) = told(lint(web.url))
    assert said.endswith("its answer is not what Prometheus documents")


def test_warnings_of_the_server_are_told() -> None:
    def warned(request: Any) -> None:
        success(request, NOTHING, warnings=["a store is away", "a store is away"])

    with serving(but("query_range", warned)) as web:
        done = lint(web.url)
    assert told(done) == [
        "info lint/prometheus Prometheus warns (how often alerts fired): a store is away"
    ]


def test_a_server_that_goes_away() -> None:
    """What was found until then is told all the same."""
    Path("r.yml").write_text(RULES.replace("up == 0", "up == 0 and on (a) vector(1)"))
    gone = threading.Event()

    def leave(request: Any) -> None:
        if "query_range" in request.path:
            gone.set()
        if gone.is_set():
            web.close()
            request.connection.shutdown(socket.SHUT_RDWR)
        else:
            well(request)

    with serving(leave) as web:
        done = lint(web.url)
    assert done.exit_code == 2
    assert json.loads(done.stdout)["summary"]["rules"] == 1
    assert f"Prometheus at {web.url} has gone, not all was asked: " in done.stderr


def test_what_a_recording_takes_of_memory() -> None:
    """The stand-in answers every query with one series of the value 1, bytes per series, too."""
    Path("r.yml").write_text("groups: [{name: g, rules: [{record: x, expr: up}]}]\n")
    for limit, said in ((0, ["about 1 bytes, more than 0"]), (1, [])):
        set_up({"checks": {"query/cost": {"memory": limit}}})
        with serving(well) as web:
            found = told(lint(web.url))
        assert [line.partition("takes ")[2] for line in found] == said


def test_names_of_newer_versions_are_asked_in_quotes() -> None:
    expr = '{"a.b", "c.d"="e"} == 0'
    Path("r.yml").write_text(RULES.replace("'up == 0'", json.dumps(expr)))
    with serving(well) as web:
        assert told(lint(web.url)) == []
        asked = [parse_qs(urlsplit(path).query).get("query", [""])[0] for _, path in web.asked]
    assert 'count({__name__="a.b","c.d"="e"})' in asked


@pytest.mark.parametrize(
    ("data", "count"),
    [
        ({"fill": [{"type": "gauge", "help": "x"}, {"type": "gauge"}]}, 1),
        ({"fill": [{"type": "gauge"}, {"type": "counter"}]}, 0),
        ({"fill": [{"type": "counter"}]}, 0),
        ({}, 0),
        ({"fill": 7}, 0),
        (None, 0),
    ],
)
def test_rates_of_what_the_server_knows_as_a_gauge(data: Any, count: int) -> None:
    Path("r.yml").write_text(RULES.replace("up == 0", "rate(fill[5m]) > 1 and rate(up[5m]) > 1"))
    set_up({"checks": {"promql/counter": "off"}})
    with serving(but("metadata", lambda request: success(request, data))) as web:
        found = [line for line in told(lint(web.url)) if "`fill`" in line]
    said = "warning promql/rate `rate` is for counters, and Prometheus knows `fill` as a gauge"
    assert found == [said] * count


@pytest.mark.parametrize("retention", ["", "1GiB", "soon", 7, None])
def test_a_server_that_does_not_tell_its_retention(retention: Any) -> None:
    Path("r.yml").write_text(RULES.replace("up == 0", "rate(up[1y]) == 0"))
    Path("tocsin.yaml").write_text('{"lint": {"checks": {"promql/rate": "off"}}}')
    answer = but("runtimeinfo", lambda request: success(request, {"storageRetention": retention}))
    with serving(answer) as web:
        assert told(lint(web.url)) == []
    with serving(but("runtimeinfo", lambda request: send(request, 404))) as web:
        assert told(lint(web.url)) == []
    with serving(well) as web:
        (said,) = told(lint(web.url))
        assert said.endswith("reaches 1y back, and Prometheus keeps samples for 15d")


@pytest.mark.parametrize(
    ("variables", "user", "sent"),
    [
        ({}, "", None),
        ({"TOKEN": "t0"}, "", "Bearer t0"),
        ({"TOKEN_FILE": "t1"}, "", "Bearer t1"),
        ({"USER": "me", "PASSWORD": "pä:ss"}, "", "Basic me:pä:ss"),
        ({"PASSWORD_FILE": "pw"}, "me@", "Basic me:pw"),
        ({}, "a%40b:c%2Fd@", "Basic a@b:c/d"),
    ],
)
def test_credentials(
    variables: dict[str, str], user: str, sent: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        if name.endswith("_FILE"):
            Path(name).write_text(f"{value}\n")
        shown = name if name.endswith("_FILE") else value
        monkeypatch.setenv(f"TOCSIN_PROMETHEUS_{name}", shown)
    monkeypatch.setenv("TENANT", "blue")
    set_up({"prometheus": {"headers": {"X-Scope-OrgID": "${TENANT}"}}})
    with serving(well) as web:
        done = lint(web.url.replace("://", f"://{user}"))
        assert done.exit_code == 0, done.stderr
        assert {headers["x-scope-orgid"] for headers in web.headers} == {"blue"}
        (given,) = {headers.get("authorization") for headers in web.headers}
    if given and given.startswith("Basic "):
        given = f"Basic {base64.b64decode(given.split()[1]).decode()}"
    assert given == sent


def test_secrets_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_PROMETHEUS_TOKEN_FILE", "nowhere")
    done = lint("http://127.0.0.1:1")
    assert done.exit_code == 2
    assert "nowhere (TOCSIN_PROMETHEUS_TOKEN_FILE) cannot be read: No such file" in done.stderr
    monkeypatch.delenv("TOCSIN_PROMETHEUS_TOKEN_FILE")
    set_up({"prometheus": {"headers": {"X": "${NOT_SET}"}}})
    assert "`NOT_SET` is not set in the environment" in lint("http://127.0.0.1:1").stderr


def test_a_password_in_the_address_is_not_shown() -> None:
    done = lint("http://me:s3cret@127.0.0.1:1")
    assert done.exit_code == 2
    assert "s3cret" not in done.stderr


def test_a_long_question_is_posted() -> None:
    expr = " or ".join(f'errors_total{{code="{number}"}} > 1' for number in range(300))
    Path("r.yml").write_text(RULES.replace("up == 0", expr))
    set_up({"checks": {"promql/counter": "off"}})
    with serving(well) as web:
        done = lint(web.url)
        assert (done.exit_code, told(done)) == (0, [])
        assert {method for method, _ in web.asked} == {"GET", "POST"}


def test_the_address_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(well) as web:
        monkeypatch.setenv("TOCSIN_PROMETHEUS_URL", web.url)
        assert CliRunner().invoke(cli, ["lint", "r.yml"]).exit_code == 0
        assert web.asked
