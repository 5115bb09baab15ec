"""`tocsin metrics import`: from a page to a file that people go on to edit."""

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from import_kit import run

from tocsin import fetch, yamldoc
from tocsin import schema as schemas

PAGE = """\
# HELP app_build_info Version.
# TYPE app_build_info gauge
app_build_info{version="1"} 1
# HELP z_seconds How long\\nit takes: all of it.
# TYPE z_seconds histogram
z_seconds_bucket{path="/",le="+Inf"} 1
z_seconds_sum{path="/"} 1
z_seconds_count{path="/"} 1
# TYPE q summary
q{quantile="0.5"} 1
# TYPE requests_total counter
requests_total{code="200",job="x",instance="y"} 1
requests_total{code="500",method="get",pod="p"} 1
# TYPE odd_counter counter
odd_counter 1
bare{b="1"} 1
bare{a="1"} 1
"""
NEWER = """\
# TYPE a_seconds counter
# UNIT a_seconds seconds
a_seconds_total{x="1"} 1
# TYPE s stateset
s{s="on"} 1
# TYPE i info
i_info{v="1"} 1
# TYPE g gaugehistogram
g_bucket{le="+Inf"} 1
g_gcount 1
g_gsum 1
# EOF
"""


def taken(page: str | bytes, *options: object) -> dict[str, dict[str, Any]]:
    content = page.encode() if isinstance(page, str) else page
    done = run("metrics", "import", "-", "--out", "-", *options, input=content)
    assert done.exit_code == 0, done.output
    valid(done.stdout)
    return {entry["name"]: entry for entry in yaml.safe_load(done.stdout)["metrics"]}


def valid(text: str) -> None:
    source, problems = yamldoc.read("m.yaml", text.encode())
    assert [*problems, *schemas.check(source, "metrics")] == []


def test_metrics_have_the_names_and_labels_that_promql_knows() -> None:
    found = taken(PAGE, "--label-drop", "pod")
    assert list(found) == sorted(found)
    assert {name: (entry["type"], entry["labels"]) for name, entry in found.items()} == {
        "app_build_info": ("gauge", ["version"]),
        "bare": ("unknown", ["a", "b"]),
        "odd_counter": ("counter", []),
        "q": ("summary", []),
        "requests_total": ("counter", ["code", "method"]),
        "z_seconds": ("histogram", ["path"]),
    }
    assert found["z_seconds"]["help"] == "How long it takes: all of it."
    assert found["z_seconds"]["unit"] == "seconds"
    assert "unit" not in found["requests_total"]


def test_openmetrics_is_read_too() -> None:
    found = taken(NEWER)
    assert {name: (entry["type"], entry["labels"]) for name, entry in found.items()} == {
        "a_seconds_total": ("counter", ["x"]),
        "g": ("histogram", []),
        "i_info": ("info", ["v"]),
        "s": ("gauge", ["s"]),
    }
    assert found["a_seconds_total"]["unit"] == "seconds"


def test_line_ends_and_odd_characters_of_values() -> None:
    found = taken('\ufeffa{b="x\u2028y"} 1\r\nc 1\r\n'.encode())
    assert list(found) == ["a", "c"]


def test_names_that_rules_cannot_use_are_told() -> None:
    page = b'{"a.b"} 1\nc{"d.e"="1",f="2"} 1\n'
    done = run("metrics", "import", "-", "--out", "-", input=page)
    assert done.exit_code == 0
    assert "left out: `a.b`" in done.stderr and "left out: `d.e`" in done.stderr
    assert [entry["labels"] for entry in yaml.safe_load(done.stdout)["metrics"]] == [["f"]]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (b"a 1\nb{c} 1\n", "-:2 is no line of a metrics page: Invalid labels"),
        (b"# TYPE a\n", "-:1 is no line of a metrics page\n"),
        (b"a x\n", "-:1 is no line"),
        (b"# TYPE a wrong\na 1\n", "is no line of a metrics page: Invalid metric type"),
        (b"a 1\n# EOF\nb 1\n# EOF", "-:3 is no line of a metrics page: Received line after # EOF"),
        (b"a 1\n\xff 2\n", "-:2 is not UTF-8"),
        (b"", "exposes no metrics"),
        (b"<!doctype html>\n<p>x</p>\n", "is it the address of /metrics?"),
        (b"\x00\x01\x02", "is no line"),
    ],
)
def test_what_is_no_metrics_page(page: bytes, said: str) -> None:
    done = run("metrics", "import", "-", "--out", "-", input=page)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_file_gets_its_name_from_what_exposes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.txt").write_text(PAGE)
    Path("plain.txt").write_text("a 1\n")
    assert run("metrics", "import", "page.txt").exit_code == 0
    assert run("metrics", "import", "plain.txt").exit_code == 0
    assert run("metrics", "import", "plain.txt", "--exposed-by", "my app/1").exit_code == 0
    written = {path.name: path.read_text() for path in Path("rules/metrics").iterdir()}
    assert sorted(written) == ["app.yaml", "my-app-1.yaml", "plain.yaml"]
    assert written["my-app-1.yaml"].startswith(
        "# yaml-language-server: $schema=../../schemas/metrics.schema.json\n"
        "exposed_by: my app/1\nmetrics:\n  - name: a\n    type: unknown\n    labels: []\n"
    )
    nameless = run("metrics", "import", "-", input=b"a 1\n")
    assert nameless.exit_code == 2
    assert "say it with --exposed-by NAME" in nameless.stderr


def test_a_file_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    done = run("metrics", "import", tmp_path / "none", "--out", "-")
    assert (done.exit_code, "cannot be read: No such file" in done.stderr) == (2, True)
    (tmp_path / "file").touch()
    for out in (tmp_path / "file" / "m.yaml", tmp_path):
        blocked = run("metrics", "import", "-", "--out", out, input=b"a 1\n")
        assert blocked.exit_code == 2
        assert f"{out} cannot be " in blocked.stderr
    forced = run("metrics", "import", "-", "--out", tmp_path, "--force", input=b"a 1\n")
    assert forced.exit_code == 2
    assert f"{tmp_path} cannot be written" in forced.stderr


EDITED = """\
# Ours.
exposed_by: app
metrics:
  # The first.
  - name: b
    type: counter  # for sure
    help: Our own words.

  - name: d_total
    type: gauge
    labels: [z,
      y]  # ours
  # About f.
  - name: f
    type: gauge
    labels:
      - one
# The end.
"""
MORE = """\
# HELP a First.
# TYPE a gauge
a 1
# HELP b Their words.
# TYPE b counter
b{x="1"} 1
# HELP d_total Theirs.
# TYPE d_total counter
d_total{q="1"} 1
# TYPE e gauge
e 1
# TYPE f gauge
f{two="2"} 1
# TYPE g gauge
g 1
# TYPE h gauge
h 1
"""


def test_a_file_keeps_what_people_wrote(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(EDITED)
    done = run("metrics", "import", "-", "--out", file, input=MORE.encode())
    assert done.exit_code == 1
    assert ":10:11: warning: `d_total` is exposed as a counter, not a gauge" in done.stderr
    assert "4 new metrics, 3 known already" in done.stdout
    assert (
        file.read_text()
        == """\
# Ours.
exposed_by: app
metrics:
  - name: a
    type: gauge
    labels: []
    help: First.
  # The first.
  - name: b
    type: counter  # for sure
    labels: [x]
    help: Our own words.

  - name: d_total
    type: gauge
    labels: [z, y, q]  # ours
    help: Theirs.
  - name: e
    type: gauge
    labels: []
  # About f.
  - name: f
    type: gauge
    labels:
      - one
      - two
  - name: g
    type: gauge
    labels: []
  - name: h
    type: gauge
    labels: []
# The end.
"""
    )
    again = run("metrics", "import", "-", "--out", file, input=MORE.encode())
    assert "0 new metrics, 7 known already" in again.stdout


def test_a_file_in_an_order_of_its_own_is_added_to_at_its_end(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("metrics:\n- name: z\n  type: gauge\n- name: y\n  type: gauge\n")
    assert run("metrics", "import", "-", "--out", file, input=b"a 1\n").exit_code == 0
    assert file.read_text().endswith("  type: gauge\n- name: a\n  type: unknown\n  labels: []\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("metrics: [{name: a, type: gauge}]\n", "one metric below the other"),
        ("metrics: []\n", "one metric below the other"),
        ("metrics:\n  -\n    name: a\n    type: gauge\n", "one metric below the other"),
        ("metrics:\n  - name: a\n    typ: gauge\n", "m.yaml:3: `typ` is not known here"),
        ("metrics: [\n", "m.yaml:2: this is not valid YAML"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_cannot_be_added_to_is_left_alone(
    tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(content)
    done = run("metrics", "import", "-", "--out", file, input=b"a 1\n")
    assert done.exit_code == 2
    assert said in done.stderr and "--force" in done.stderr
    assert file.read_text() == content
    forced = run("metrics", "import", "-", "--out", file, "--force", input=b"a 1\n")
    assert forced.exit_code == 0
    valid(file.read_text())


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/metrics"
        server.shutdown()
        thread.join()


def sending(status: int, body: bytes = b"", **headers: str) -> Callable[[Any], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def test_a_page_is_fetched() -> None:
    with serving(sending(200, b"a 1\n")) as there, serving(sending(302, Location=there)) as url:
        done = run("metrics", "import", url, "--out", "-")
    assert done.exit_code == 0, done.stderr
    assert "- name: a\n" in done.stdout


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (sending(404), "the server answers 404 Not Found"),
        (sending(302, Location="file:///etc/passwd"), "answers 302 Found - Redirection"),
        (sending(302, Location="ftp://x/y"), "`ftp:` is not fetched"),
        (sending(302, Location="/metrics"), "would lead to an infinite loop.\n"),
        (sending(200, b"a" * 11), "the page is larger than"),
        (lambda request: request.wfile.write(b"nonsense\r\n"), "cannot be fetched: "),
    ],
)
def test_a_server_that_answers_something_else(
    answer: Callable[[Any], None], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch.get, "__defaults__", (10,))
    with serving(answer) as url:
        done = run("metrics", "import", url, "--out", "-")
    assert done.exit_code == 2
    assert said in done.stderr


def slowly(request: BaseHTTPRequestHandler) -> None:
    sending(200)(request)
    with suppress(OSError):
        for _ in range(40):
            request.wfile.write(b"a")
            request.wfile.flush()
            time.sleep(0.05)


def silently(request: BaseHTTPRequestHandler) -> None:
    sending(200)(request)
    time.sleep(0.6)


@pytest.mark.parametrize("answer", [slowly, silently])
def test_a_server_that_takes_its_time(answer: Callable[[Any], None]) -> None:
    with serving(answer) as url:
        start = time.monotonic()
        done = run("metrics", "import", url, "--out", "-", "--timeout", "0.3")
        assert time.monotonic() - start < 1.5
    assert done.exit_code == 2
    assert "no answer within 0.3 seconds" in done.stderr


@pytest.mark.parametrize("url", ["ftp://x/y", "file:///etc/passwd", "http://", "http://[x/"])
def test_an_address_that_is_not_fetched(url: str) -> None:
    done = run("metrics", "import", url, "--out", "-")
    assert done.exit_code == 2
    assert f"{url} cannot be fetched: " in done.stderr


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        port = taken.getsockname()[1]
        done = run("metrics", "import", f"http://127.0.0.1:{port}/", "--out", "-")
    assert done.exit_code == 2
    assert "Connection refused" in done.stderr


@pytest.fixture
def page_of_node_exporter(node_exporter: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [node_exporter, f"--web.listen-address={address}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        yield f"http://{address}/metrics"
        process.terminate()


@pytest.mark.real
def test_what_a_real_exporter_exposes(
    page_of_node_exporter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(100):
        if run("metrics", "import", page_of_node_exporter).exit_code == 0:
            break
        time.sleep(0.05)
    file = tmp_path / "rules" / "metrics" / "node_exporter.yaml"
    first = file.read_text()
    valid(first)
    found = {entry["name"]: entry for entry in yaml.safe_load(first)["metrics"]}
    assert found["node_cpu_seconds_total"] == {
        "name": "node_cpu_seconds_total",
        "type": "counter",
        "unit": "seconds",
        "labels": ["cpu", "mode"],
        "help": "Seconds the CPUs spent in each mode.",
    }
    assert found["go_gc_duration_seconds"]["labels"] == []
    assert run("metrics", "import", page_of_node_exporter).exit_code == 0
    assert file.read_text() == first
