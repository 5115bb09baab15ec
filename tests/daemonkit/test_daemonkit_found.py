"""Daemons as docs/daemons.md has them, under the eyes of a real Prometheus: found, dead, told."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from daemonkit_kit import FOUND_SECONDS, ROOT, Watching, until
from prometheus_client import CollectorRegistry
from real_kit import missing, without_cpp

from daemonkit import expose

pytestmark = pytest.mark.real

GUIDE = (ROOT / "docs" / "daemons.md").read_text()
# A block of code whose first line names the file that it is.
FILE = re.compile(r"^```\w+\n(?:#|//) (\S+\.\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILES = dict(FILE.findall(GUIDE))

Process = subprocess.Popen[bytes]


@pytest.fixture
def watching(prometheus: Path, tmp_path: Path) -> Iterator[Watching]:
    config = yaml.safe_load(FILES["prometheus.yml"])
    state = tmp_path / "watching"
    state.mkdir()
    # One that stays: with nothing left of it, the platform would be down, not a daemon.
    with Watching(prometheus, state, config) as started:
        block = expose("standing", "p1", folder=started.targets, registry=CollectorRegistry())
        with block:
            yield started


def guide(folder: Path) -> tuple[Path, ...]:
    """The guide's files, and nothing else: a daemon in Python."""
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return (Path(sys.executable), folder / "mill.py")


def built(example: str) -> Callable[[Path], tuple[Path, ...]]:
    """A daemon of examples/, built by its Makefile in a copy."""

    def build(folder: Path) -> tuple[Path, ...]:
        examples = shutil.copytree(ROOT / "examples", folder / "examples")
        flags = ["CFLAGS=-Wall -Wextra -Werror", "CXXFLAGS=-Wall -Wextra -Werror"]
        command = ["make", "-C", examples / example, f"PYTHON={sys.executable}", *flags]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return (examples / example / "mill",)

    return build


DAEMONS = {"mill": guide, "cpp-mill": built("cpp"), "c-mill": built("c")}


def live_and_die(
    watching: Watching, service: str, counter: str, start: Callable[[], Process]
) -> float:
    """A clean stop is no matter; a kill fires. Says how long it took to be found."""
    with running(start, signal.SIGTERM):
        until(lambda: watching.registration(service), f"{service} registering")
    assert watching.registration(service) is None
    until(lambda: not watching.is_target(service), f"{service} being dropped, had it been seen")
    with running(start, signal.SIGKILL):
        found = until(lambda: watching.is_target(service), f"{service} as a target")
        until(lambda: watching.rises(counter), f"{counter} being scraped")
    until(lambda: watching.query("up").get(service) == 0, f"up == 0 of {service}")
    until(lambda: watching.fires("DaemonDown", service), f"DaemonDown of {service}")
    assert not watching.fires("DaemonDown", "standing")
    return found


@contextmanager
def running(start: Callable[[], Process], end: signal.Signals) -> Iterator[None]:
    process = start()
    try:
        yield
    finally:
        process.send_signal(end)
        process.wait(20)


def lives(watching: Watching, folder: Path, *services: str) -> None:
    """The whole life of each daemon, side by side, since most of it is waiting."""

    def live(service: str) -> float:
        home = folder / service
        home.mkdir()
        command = DAEMONS[service](home)
        return live_and_die(
            watching,
            service,
            f'mill_sacks_total{{service="{service}", grain="rye"}}',
            lambda: subprocess.Popen(command, cwd=home, env=watching.environment()),
        )

    with ThreadPoolExecutor() as pool:
        found = dict(zip(services, pool.map(live, services), strict=True))
    # Prometheus takes note of new targets every 5 seconds, so it takes up to that, and what this
    # machine takes to start a process.
    assert min(found.values()) < FOUND_SECONDS + 2, found
    series = "last_over_time(mill_grinding_seconds_bucket[2m])"
    buckets = f"max by (service) (count by (service, instance) ({series}))"
    assert watching.query(buckets) == dict.fromkeys(services, 7)
    # After all that was written, renamed and removed:
    assert "Error reading file" not in (watching.state / "prometheus.log").read_text()
    assert list((watching.state / ".targets.drafts").iterdir()) == []


def test_a_daemon_from_the_guide_is_found_within_seconds_and_its_death_fires(
    watching: Watching, tmp_path: Path
) -> None:
    """And so are the daemons in C and C++, where these can be built."""
    lacking = without_cpp()
    lives(watching, tmp_path, *(["mill"] if lacking else DAEMONS))
    if lacking:
        missing(lacking)
