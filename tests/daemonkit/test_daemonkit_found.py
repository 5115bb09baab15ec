"""Daemons as docs/daemons.md has them, under the eyes of a real Prometheus: found, dead, told."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from daemonkit_kit import FOUND_SECONDS, ROOT, Watching, until
from prometheus_client import CollectorRegistry

from daemonkit import expose

pytestmark = pytest.mark.real

GUIDE = (ROOT / "docs" / "daemons.md").read_text()
# A block of code whose first line names the file that it is.
FILE = re.compile(r"^```\w+\n(?:#|//) (\S+\.\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILES = dict(FILE.findall(GUIDE))

Process = subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def watching(prometheus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watching]:
    config = yaml.safe_load(FILES["prometheus.yml"])
    state = tmp_path_factory.mktemp("watching")
    # One that stays: with nothing left of it, the platform would be down, not a daemon.
    with Watching(prometheus, state, config) as started:
        block = expose("standing", "p1", folder=started.targets, registry=CollectorRegistry())
        with block:
            yield started


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with the guide's files in it, and nothing else."""
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def live_and_die(
    watching: Watching, service: str, counter: str, start: Callable[[], Process]
) -> list[float]:
    """A clean stop is no matter; a kill fires. Says how long it took to be found, each time.

    Prometheus takes note of changed targets every 5 seconds, so being found takes up to that.
    """
    found = []
    for number in (signal.SIGTERM, signal.SIGKILL):
        process = start()
        try:
            found.append(until(lambda: watching.is_target(service), f"{service} as a target"))
            until(lambda: watching.rises(counter), f"{counter} being scraped")
        finally:
            process.send_signal(number)
            process.wait(20)
        if number == signal.SIGTERM:
            assert watching.registration(service) is None
            until(lambda: not watching.is_target(service), f"{service} being dropped")
            time.sleep(2)  # the next start does not just miss the moment
    until(lambda: watching.query("up").get(service) == 0, f"up == 0 of {service}")
    until(lambda: watching.fires("DaemonDown", service), f"DaemonDown of {service}")
    assert not watching.fires("DaemonDown", "standing")
    return found


def test_a_daemon_from_the_guide_is_found_within_seconds_and_its_death_fires(
    watching: Watching, written: Path
) -> None:
    def start() -> Process:
        environment = watching.environment()
        return subprocess.Popen([sys.executable, "mill.py"], cwd=written, env=environment)

    found = live_and_die(watching, "mill", 'mill_sacks_total{grain="rye"}', start)
    assert min(found) < FOUND_SECONDS, found
    buckets = "count by (service, instance) (last_over_time(mill_grinding_seconds_bucket[2m]))"
    assert watching.query(f"max by (service) ({buckets})") == {"mill": 7}


def test_prometheus_has_read_every_file_that_was_there(watching: Watching) -> None:
    """After all that was written, renamed and removed above."""
    log = (watching.state / "prometheus.log").read_text()
    assert "Error reading file" not in log
    assert os.listdir(watching.state / ".targets.drafts") == []  # noqa: PTH208 - names will do
