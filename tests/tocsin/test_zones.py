"""Local time in PromQL against Python's time zone database, evaluated by a real Prometheus."""

import json
import random
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tocsin import zones

CHANGES = {
    "Europe/Paris": [(2026, 3, 29, 1), (2026, 10, 25, 1), (2031, 3, 30, 1)],
    "America/New_York": [(2026, 3, 8, 7), (2026, 11, 1, 6), (2032, 3, 14, 7)],
    "Australia/Sydney": [(2026, 4, 4, 16), (2026, 10, 3, 16)],
    "Australia/Lord_Howe": [(2026, 4, 4, 15)],
    "Africa/Casablanca": [(2026, 2, 15, 2), (2026, 3, 22, 2)],  # no rule but a list of changes
    "Asia/Kolkata": [(2026, 3, 29, 1)],
    "UTC": [(2026, 3, 29, 1)],
}


def get(url: str) -> object:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 # our own Prometheus
        return json.load(answer)


@pytest.fixture(scope="module")
def query(prometheus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "prometheus.yml").write_text("global: {}\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        prometheus,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{address}/-/ready", timeout=1).close()  # noqa: S310 # ours
                break
            except OSError:
                time.sleep(0.1)
        yield f"{address}/api/v1/query"
        process.terminate()
        process.wait(timeout=20)


def evaluated(query: str, expr: str, at: datetime) -> int:
    asked = urllib.parse.urlencode({"query": expr, "time": at.timestamp()})
    answer = get(f"{query}?{asked}")
    assert isinstance(answer, dict)
    return int(float(answer["data"]["result"][1]))


def expected(zone: str, at: datetime) -> int:
    local = at.astimezone(ZoneInfo(zone))
    return local.weekday() * 86_400 + local.hour * 3600 + local.minute * 60 + local.second


@pytest.mark.parametrize("zone", sorted(CHANGES))
def test_local_time_is_right_around_each_change(zone: str, query: str) -> None:
    for change in CHANGES[zone]:
        moment = datetime(*change, tzinfo=UTC)
        for minutes in (-1500, -61, -1, 0, 1, 61, 1500):
            at = moment + timedelta(minutes=minutes)
            assert evaluated(query, zones.week_second(zone), at) == expected(zone, at), at
            ago = at - timedelta(seconds=900)
            assert evaluated(query, zones.week_second(zone, 900), at) == expected(zone, ago), at


def test_local_time_is_right_in_any_zone_at_any_time(query: str) -> None:
    chosen = random.Random(2)
    for zone in chosen.sample(sorted(zones.known()), 60):
        for _ in range(3):
            at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(
                minutes=chosen.randrange(14 * 525_600)
            )
            assert evaluated(query, zones.week_second(zone), at) == expected(zone, at), (zone, at)
