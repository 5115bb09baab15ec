"""`with expose(...)`: served, registered, and told apart: a clean stop from a crash."""

import gzip
import logging
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter

from daemonkit import KitError, expose, exposure
from daemonkit.folder import DAY_SECONDS

DAEMON = """\
import os, signal, sys, threading, time
from prometheus_client import CollectorRegistry
from daemonkit import expose
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
with expose("mill", "p1", host="h1", folder=sys.argv[1], registry=CollectorRegistry()) as here:
    print(here.address, flush=True)
    BODY
"""


@pytest.fixture
def registry() -> CollectorRegistry:
    made = CollectorRegistry()
    Counter("mill_sacks", "Sacks ground.", registry=made).inc(3)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "targets"


def registered(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.json"))


def read(address: str) -> str:
    headers = {"Accept-Encoding": "gzip"}
    request = urllib.request.Request(f"http://{address}/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - http, as written
        assert answer.headers["Content-Encoding"] == "gzip"
        return gzip.decompress(answer.read()).decode()


def test_metrics_are_served_and_registered_while_the_block_lasts(
    folder: Path, registry: CollectorRegistry
) -> None:
    with expose("mill", "p1", host="h1", folder=folder, registry=registry) as here:
        assert "mill_sacks_total 3.0" in read(here.address)
        assert here.file == folder / "p1@h1@mill.json"
        assert registered(folder) == ["p1@h1@mill.json"]
    assert registered(folder) == []
    assert folder.is_dir()
    with pytest.raises(OSError, match="refused"):
        read(here.address)


def test_settings_come_from_the_environment(
    folder: Path, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_TARGETS", str(folder))
    monkeypatch.setenv("TOCSIN_PLATFORM", "p7")
    with expose("mill", registry=registry) as here:
        assert here.file.name == f"p7@{socket.gethostname()}@mill.json"
    monkeypatch.setenv("TOCSIN_HOST", "h7")
    with expose("mill", registry=registry, labels={"instance": "2"}) as here:
        assert here.file == folder / "p7@h7@mill@2.json"


def test_a_listener_on_all_addresses_is_reached_by_the_machines_name(
    folder: Path, registry: CollectorRegistry
) -> None:
    with expose("mill", "p1", folder=folder, registry=registry, listen="0.0.0.0:0") as here:
        name, _, port = here.address.rpartition(":")
        assert name == socket.gethostname()
        assert "mill_sacks_total" in read(f"127.0.0.1:{port}")
    given = {"listen": "127.0.0.1:0", "advertise": "mill.example.org:9101"}
    with expose("mill", "p1", folder=folder, registry=registry, **given) as here:
        assert here.address == "mill.example.org:9101"


def test_what_cannot_start_is_told_and_registers_nothing(
    folder: Path, registry: CollectorRegistry, tmp_path: Path
) -> None:
    with pytest.raises(KitError, match="platform is missing"):
        expose("mill", folder=folder)
    with pytest.raises(KitError, match="`data-centre` is no label name"):
        expose("mill", "p1", folder=folder, labels={"data-centre": "x"})
    with pytest.raises(KitError, match=r"'h:x' is no address"):
        expose("mill", "p1", folder=folder, advertise="h:x")
    for wrong in ("localhost", "localhost:http", "localhost:70000"):
        with pytest.raises(KitError, match=r"is no address such as 127.0.0.1:9101"):
            expose("mill", "p1", folder=folder, listen=wrong).__enter__()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(KitError, match=f"cannot listen on {address}: Address already in use"):
            expose("mill", "p1", folder=folder, listen=address).__enter__()
    (tmp_path / "file").write_text("")
    with pytest.raises(KitError, match="cannot register in"):
        expose("mill", "p1", folder=tmp_path / "file" / "x", registry=registry).__enter__()
    assert registered(folder) == []


@pytest.mark.parametrize(
    ("error", "stays"),
    [
        (RuntimeError("a bug"), True),
        (SystemExit("cannot go on"), True),
        (SystemExit(3), True),
        (SystemExit(0), False),
        (SystemExit(), False),
        (KeyboardInterrupt(), False),
    ],
    ids=repr,
)
def test_only_a_crash_leaves_the_registration(
    folder: Path, registry: CollectorRegistry, error: BaseException, stays: bool
) -> None:
    block = expose("mill", "p1", host="h1", folder=folder, registry=registry)
    with pytest.raises(type(error)), block:
        raise error
    assert registered(folder) == (["p1@h1@mill.json"] if stays else [])


def daemon(folder: Path, body: str) -> "subprocess.Popen[str]":
    code = DAEMON.replace("BODY", textwrap.indent(textwrap.dedent(body), "    ").strip())
    return subprocess.Popen(
        [sys.executable, "-c", code, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("number", "status", "stays"),
    [
        (signal.SIGTERM, 0, False),
        (signal.SIGINT, -signal.SIGINT, False),
        (signal.SIGKILL, -signal.SIGKILL, True),
    ],
)
def test_a_signal_is_a_clean_stop_and_a_kill_is_none(
    folder: Path, number: signal.Signals, status: int, stays: bool
) -> None:
    with daemon(folder, "time.sleep(60)") as process:
        assert process.stdout
        process.stdout.readline()
        assert registered(folder) == ["p1@h1@mill.json"]
        process.send_signal(number)
        assert process.wait(20) == status
    assert registered(folder) == (["p1@h1@mill.json"] if stays else [])


def test_a_daemon_that_handles_sigterm_itself_is_left_to_it(folder: Path) -> None:
    body = """
        import signal
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        print("ready", flush=True)
        stop.wait()
        print("flushed", flush=True)
    """
    with daemon(folder, body) as process:
        assert process.stdout
        while process.stdout.readline() != "ready\n":
            pass
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20) == ("flushed\n", "")
    assert process.returncode == 0
    assert registered(folder) == []


def test_a_handler_that_was_there_is_neither_replaced_nor_reset(
    folder: Path, registry: CollectorRegistry
) -> None:
    def mine(*_: object) -> None:
        raise AssertionError

    before = signal.signal(signal.SIGTERM, mine)
    try:
        with expose("mill", "p1", folder=folder, registry=registry):
            assert signal.getsignal(signal.SIGTERM) is mine
        assert signal.getsignal(signal.SIGTERM) is mine
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with expose("mill", "p1", folder=folder, registry=registry):
            assert signal.getsignal(signal.SIGTERM) not in (mine, signal.SIG_DFL)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_forked_child_that_leaves_the_block_does_not_deregister_its_parent(folder: Path) -> None:
    body = """
        if os.fork() == 0:
            sys.exit(0)
        os.wait()
        print(*os.listdir(sys.argv[1]), flush=True)
        import urllib.request
        urllib.request.urlopen(f"http://{here.address}/metrics").read()
    """
    with daemon(folder, body) as process:
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert output.splitlines()[-1] == "p1@h1@mill.json"


def test_the_second_of_a_kind_is_warned_of(
    folder: Path, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    with expose("mill", "p1", host="h1", folder=folder, registry=registry) as first:
        with expose("mill", "p1", host="h1", folder=folder, registry=registry):
            assert f"the registration of {first.address}, which still answers" in caplog.text
        assert registered(folder) == []
    caplog.clear()
    with expose("mill", "p1", host="h1", folder=folder, registry=registry):
        assert caplog.text == ""


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(exposure, "KEEP_SECONDS", 0.05)
    yield


@pytest.mark.usefixtures("often")
def test_a_registration_is_kept_fresh_and_put_back_whatever_happens_to_the_folder(
    folder: Path, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    def until(condition: Callable[[], bool]) -> None:
        give_up = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < give_up
            time.sleep(0.02)

    with expose("mill", "p1", host="h1", folder=folder, registry=registry) as here:
        os.utime(here.file, (0, 0))
        until(lambda: here.file.stat().st_mtime > 0)
        here.file.unlink()
        until(here.file.exists)
        here.file.unlink()
        folder.rmdir()
        folder.write_text("a file in its place")
        with caplog.at_level(logging.WARNING):
            until(lambda: "cannot register" in caplog.text or "Not a directory" in caplog.text)
        folder.unlink()
        until(here.file.exists)


def test_a_start_collects_what_is_long_dead_on_its_host(
    folder: Path, registry: CollectorRegistry
) -> None:
    for host in ("h1", "h2"):
        block = expose("gone", "p1", host=host, folder=folder, registry=registry)
        with pytest.raises(RuntimeError), block:
            raise RuntimeError
        then = time.time() - 2 * DAY_SECONDS
        os.utime(block.file, (then, then))
    with expose("mill", "p1", host="h1", folder=folder, registry=registry):
        assert registered(folder) == ["p1@h1@mill.json", "p1@h2@gone.json"]
