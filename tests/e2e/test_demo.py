"""`python -m demo` as a person meets it: it ends by itself, and leaves nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def _programs(prometheus: Path, alertmanager: Path) -> None:
    """Without the real programs there is no demo."""


@contextlib.contextmanager
def demo(folder: Path, seconds: str = "") -> Iterator["subprocess.Popen[str]"]:
    """The demo with its state under `folder`, by which its processes are known."""
    environment = {**os.environ, "TMPDIR": str(folder), "DEMO_SECONDS": seconds}
    process = subprocess.Popen(
        [sys.executable, "-m", "demo"],
        cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.kill()


def left_behind(folder: Path) -> list[str]:
    """Command lines of the processes that have our TMPDIR in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"TMPDIR={folder}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


def wait_until_gone(folder: Path) -> None:
    give_up = time.monotonic() + 15
    while processes := left_behind(folder):
        assert time.monotonic() < give_up, processes
        time.sleep(0.1)


def read_until(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stdout
    for line in process.stdout:
        if words in line:
            return
    pytest.fail(f"the demo ended without saying {words!r}")


def test_it_shows_an_alert_firing_and_resolved_and_ends_by_itself(tmp_path: Path) -> None:
    started = time.monotonic()
    with demo(tmp_path, "80") as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert time.monotonic() - started < 80 + 10  # the rest is for stopping
    assert "FlowSilent" in output
    assert "RESOLVED" in output
    wait_until_gone(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_too_short_a_time_is_told_by_its_status(tmp_path: Path) -> None:
    with demo(tmp_path, "3") as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "no alert was seen firing" in output
    wait_until_gone(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_no_process_stays(number: signal.Signals, tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        read_until(process, "Everything runs")
        assert len(left_behind(tmp_path)) > 5
        process.send_signal(number)
        process.wait(20)
    assert process.returncode == (-number if number == signal.SIGKILL else 0)
    wait_until_gone(tmp_path)


def test_a_part_that_cannot_run_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    broken = tmp_path / "prometheus"
    broken.write_text("#!/bin/sh\necho no space for me\nexit 3\n")
    broken.chmod(0o755)
    code = (
        "import demo.parts, pathlib, runpy;"
        f"demo.parts.TOOLS = pathlib.Path({str(tmp_path)!r});"
        "runpy.run_module('demo', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "prometheus ended with status 3" in done.stderr
    assert "no space for me" in done.stderr
    wait_until_gone(tmp_path)


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    with demo(tmp_path, "soon") as process:
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "DEMO_SECONDS must be a number of seconds, such as 90, and is 'soon'" in output
