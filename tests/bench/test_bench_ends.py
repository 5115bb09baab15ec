"""A benchmark that is ended by a signal ends all that it started, and leaves no folder."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from real_kit import missing

from bench import postgres
from bench.measure import Failed, family

TINY = """
import runpy, sys, time
from bench import postgres, programs, registry
from bench.standin import StandIn

def tiny(options):
    with (
        StandIn() as slack,
        postgres.server() as fresh,
        programs.relay(options.scratch / "relay", slack.url, "", fresh()) as relay,
        programs.alertmanager(options.scratch, programs.to_relay(relay), "group_wait: 1s"),
    ):
        print("all runs", flush=True)
        time.sleep(600)

registry.BENCHES["relay"] = tiny
sys.argv = ["bench", "relay"]
runpy.run_module("bench", run_name="__main__")
"""


def command_of(pid: int) -> str:
    """Its words; "" for what has ended, whether or not somebody has asked how."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def folder_of(pid: int) -> Path:
    """The temporary folder that it works in, or below."""
    works_in = Path(f"/proc/{pid}/cwd").readlink()
    folders = (works_in, *works_in.parents)
    return next(folder for folder in folders if folder.name.startswith("tocsin-bench-"))


@pytest.mark.real
@pytest.mark.usefixtures("alertmanager")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_stays_of_a_benchmark_that_is_ended(number: signal.Signals) -> None:
    try:
        postgres.programs()
    except Failed as error:
        missing(str(error))
    bench = subprocess.Popen([sys.executable, "-c", TINY], stdout=subprocess.PIPE, text=True)
    with bench:
        assert bench.stdout
        assert bench.stdout.readline() == "all runs\n"
        started = [pid for pid in family(bench.pid) if pid != bench.pid]
        folders = {folder_of(pid) for pid in started}
        told = " ".join(map(command_of, started))
        for program in ("postgres", "tocsin-relay", "alertmanager"):
            assert program in told
        bench.send_signal(number)
        status = bench.wait(60)
    end = time.monotonic() + 60
    while left := [command_of(pid) for pid in started if command_of(pid)]:
        assert time.monotonic() < end, left
        time.sleep(0.1)
    if number is signal.SIGKILL:
        for folder in folders:
            shutil.rmtree(folder)
    else:
        assert status == 1
        assert [folder for folder in folders if folder.exists()] == []
