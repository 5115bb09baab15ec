"""Services that die, hang, refuse and are configured anew; and what stays when all is killed."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from daemonkit_kit import free_port, until
from prometheus_client import CollectorRegistry
from supervisor_kit import LABELS, Told, processes_of, python, server, value

from daemonkit import KitError
from daemonkit.supervisor import Service, Supervisor, process
from daemonkit.supervisor.backoff import Backoff


def test_it_waits_for_readiness_and_tells_its_state(
    supervisor: Supervisor, registry: CollectorRegistry, tmp_path: Path
) -> None:
    supervisor.start(server(tmp_path / "told", tmp_path / "config"), python("plain", "input()"))
    supervisor.start(Service("sleeper", ("sleep", "60")))
    until(lambda: value(registry, "ready", "server") == 1, "readiness")
    assert value(registry, "running", "server") == value(registry, "starts_total", "server") == 1
    supervisor.stop("server", "plain")
    assert value(registry, "running", "server") is None
    assert value(registry, "running", "sleeper") == 1
    supervisor.wait_ready(20)


def test_what_never_gets_ready_is_named_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    code = "print('still thinking', flush=True); import time; time.sleep(60)"
    supervisor.start(python("slow", code, ready=url))
    with pytest.raises(KitError, match=rf"(?s)slow does not answer at {url}.*still thinking"):
        supervisor.wait_ready(2)


def test_what_does_not_get_ready_in_its_time_is_started_anew(
    supervisor: Supervisor, told: Told, registry: CollectorRegistry
) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    supervisor.start(Service("slow", ("sleep", "60"), ready=url, ready_within=0.3))
    until(lambda: value(registry, "starts_total", "slow") == 2, "a second start")
    assert told.has(f"slow does not answer at {url} after 0 s; next start in 1 s")()


def test_what_ends_by_itself_is_started_again_and_told_with_the_end_of_its_log(
    supervisor: Supervisor, told: Told, registry: CollectorRegistry
) -> None:
    supervisor.start(python("crash", "print('no space'); exit(3)"))
    with pytest.raises(KitError, match=r"(?s)crash ended with status 3\..*no space"):
        until(lambda: supervisor.check() or False, "the failure")
    until(told.has("crash ended with status 3; next start in 2 s"), "the second failure")
    assert "no space" in told[0]
    assert value(registry, "failures_total", "crash") == 2
    assert value(registry, "ready", "crash") == 0


def test_what_cannot_be_started_or_is_killed_is_told(supervisor: Supervisor, told: Told) -> None:
    supervisor.start(
        Service("none", ("/nowhere/to/be/found",)),
        Service("lost", ("sleep", "60"), folder=Path("/nowhere")),
        python("killed", "import os; os.kill(os.getpid(), 9)"),
        python("odd", "import os; os.kill(os.getpid(), 40)"),
    )
    until(told.has("lost cannot be started: /nowhere: No such file or directory"), "lost")
    until(told.has("killed was ended by SIGKILL"), "killed")
    until(told.has("odd was ended by signal 40"), "odd")
    until(told.has("none "), "none")


def test_waits_grow_and_begin_anew_after_a_good_while() -> None:
    backoff = Backoff()
    waits = [backoff.after(lived) for lived in (0, 5, 0, 0, 0, 0, 0, 0, 61, 0)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 1, 2]


def test_one_that_no_longer_answers_is_told(
    supervisor: Supervisor, told: Told, registry: CollectorRegistry, tmp_path: Path
) -> None:
    supervisor.start(server(tmp_path / "told", tmp_path))
    supervisor.wait_ready(20)
    pid = int(re.findall(r"^\d+", (tmp_path / "logs" / "server.log").read_text())[0])
    os.kill(pid, signal.SIGSTOP)
    until(told.has("server does not answer any more"), "its silence")
    assert value(registry, "ready", "server") == 0
    assert value(registry, "running", "server") == 1
    os.kill(pid, signal.SIGCONT)
    until(told.has("server answers again"), "its answer")


def test_what_cannot_register_itself_is_registered(supervisor: Supervisor, tmp_path: Path) -> None:
    file = tmp_path / "targets" / "p1@h1@exporter.json"
    service = Service("exporter", ("sleep", "60"), scrape="127.0.0.1:9100")
    supervisor.start(service)
    until(file.exists, "the registration")
    supervisor.stop("exporter", kill=True)
    assert file.exists()
    supervisor.start(service)
    supervisor.wait_ready(20)
    supervisor.stop("exporter")
    assert not file.exists()


def test_a_registration_that_fails_keeps_nothing_from_running(
    supervisor: Supervisor, told: Told, tmp_path: Path
) -> None:
    (tmp_path / "targets").write_text("a file in its place")
    supervisor.start(Service("exporter", ("sleep", "60"), scrape="127.0.0.1:9100"))
    until(told.has("exporter cannot register in"), "the failure")
    supervisor.wait_ready(20)
    supervisor.tidy(60)
    assert told.has("cannot collect registrations")()


def test_another_list_stops_starts_and_leaves(
    supervisor: Supervisor, registry: CollectorRegistry
) -> None:
    same = Service("same", ("sleep", "60"))
    supervisor.apply([same, Service("gone", ("sleep", "60")), Service("other", ("sleep", "60"))])
    supervisor.wait_ready(20)
    supervisor.apply([same, Service("new", ("sleep", "60")), Service("other", ("sleep", "61"))])
    supervisor.wait_ready(20)
    starts = {n: value(registry, "starts_total", n) for n in ("same", "gone", "other", "new")}
    assert starts == {"same": 1, "gone": None, "other": 1, "new": 1}
    assert processes_of("61")


def test_a_long_log_is_started_anew(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LOG_BYTES", 100)
    code = "import time\nwhile True: print('x' * 50, flush=True); time.sleep(0.05)"
    supervisor.start(python("wordy", code))
    log = tmp_path / "logs" / "wordy.log"
    until(lambda: log.exists() and log.stat().st_size > 100, "a long log")
    supervisor.tidy(60)
    assert log.stat().st_size < 100
    assert (tmp_path / "logs" / "wordy.log.1").stat().st_size > 100
    until(lambda: log.stat().st_size > 0, "the rest")
    assert log.read_bytes()[:1] == b"x"


LONG = f"98.{os.getpid()}"  # seconds to sleep, which nobody else does
STUBBORN = "trap '' TERM; sleep {0} & sleep {0}; sleep {0}"


def test_what_heeds_no_request_is_killed_with_its_children(supervisor: Supervisor) -> None:
    command = ("sh", "-c", STUBBORN.format(LONG + "5"))
    supervisor.start(Service("stubborn", command, stop_within=0.5))
    until(lambda: len(processes_of(LONG + "5")) == 3, "three processes")
    started = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - started < 5
    until(lambda: not processes_of(LONG + "5"), "the end of all")


def test_children_of_what_ended_by_itself_do_not_stay(supervisor: Supervisor, told: Told) -> None:
    supervisor.start(Service("parent", ("sh", "-c", f"sleep {LONG}4 & exit 0")))
    until(told.has("parent ended with status 0"), "the end")
    supervisor.stop()
    until(lambda: not processes_of(LONG + "4"), "the end of all")


def test_nothing_stays_when_the_supervisor_itself_is_killed() -> None:
    """Not what heeds no request, and not its children, of which the kernel tells nobody."""
    code = f"""
from daemonkit.supervisor import Service, Supervisor
import time
with Supervisor({LABELS}) as supervisor:
    supervisor.start(Service("stubborn", ("sh", "-c", {STUBBORN.format(LONG + "3")!r})))
    supervisor.start(Service("mild", ("sleep", "{LONG}3")))
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        until(lambda: len(processes_of(f"sleep {LONG}3")) == 4, "all processes")
        process.kill()
    until(lambda: not processes_of(LONG + "3"), "the end of all")
