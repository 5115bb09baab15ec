"""A metrics page is fetched, from whatever answers."""

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
from commands_kit import run
from metrics_kit import valid

from tocsin import fetch


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
