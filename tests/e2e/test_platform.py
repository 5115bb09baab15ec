"""The demo's daemons move data: files to events to a queue to a store, and scenarios read it."""

import contextlib
import re
import socket
import sqlite3
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from daemonkit.folder import Folder
from daemonkit.supervisor import Supervisor
from demo.parts import Parts
from demo.trouble import SLOW_STORE, Troubles, silent

PATIENCE_SECONDS = 40.0


class Platform:
    """The daemons at work under a supervisor, without Prometheus: we scrape."""

    def __init__(self, parts: Parts, supervisor: Supervisor) -> None:
        self.parts = parts
        self.supervisor = supervisor
        self.troubles = Troubles(parts.troubles)

    def scrape(self, service: str) -> dict[str, float]:
        """Values by series, as `name{labels}`."""
        found = [each for each in Folder(self.parts.targets).registrations() if each.answers]
        address = next(each.addresses[0] for each in found if each.label("service") == service)
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {series: float(value) for series, _, value in pairs}

    def until(
        self, service: str, condition: Callable[[dict[str, float]], bool], what: str
    ) -> dict[str, float]:
        give_up = time.monotonic() + PATIENCE_SECONDS
        seen: dict[str, float] = {}
        while time.monotonic() < give_up:
            with contextlib.suppress(OSError, StopIteration, KeyError):
                seen = self.scrape(service)
                if condition(seen):
                    return seen
            time.sleep(0.1)
        ours = {name: value for name, value in seen.items() if re.match("flow|scen|serv", name)}
        pytest.fail(f"{what}: not seen, but {ours}")


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    parts = Parts(tmp_path)
    registry = CollectorRegistry()
    with Supervisor({}, logs=tmp_path / "logs", registry=registry) as supervisor:
        yield Platform(parts, supervisor)


def test_files_become_events_in_the_store_and_are_counted(platform: Platform) -> None:
    inbox = platform.parts.platform / "inbox" / "cdr"
    inbox.mkdir(parents=True)
    lines = [f"{time.time():.3f},{n},{n}\n" for n in range(200)] + ["half an ev\n", "1,2\n"]
    text = "".join(lines)
    (inbox / "1.csv").write_text(text)
    platform.supervisor.start(platform.parts.daemon("aggregator"))

    stored = 'flow_latency_seconds_count{flow="cdr"}'
    seen = platform.until("aggregator", lambda s: s[stored] == 200, "200 events stored")
    assert seen['flow_files_total{flow="cdr"}'] == 1
    assert seen['flow_events_total{flow="cdr"}'] == 202
    assert seen['flow_event_errors_total{flow="cdr"}'] == 2
    assert seen['flow_received_bytes_total{flow="cdr"}'] == len(text)
    assert seen['flow_queue_events{flow="cdr"}'] == 0
    assert seen['flow_handled_until_timestamp_seconds{flow="cdr"}'] > time.time() - 60
    assert list(inbox.iterdir()) == []
    with contextlib.closing(sqlite3.connect(platform.parts.platform / "events.sqlite")) as store:
        assert store.execute("SELECT count(*), sum(value) FROM event").fetchone() == (200, 19_900)


def test_a_slow_store_fills_the_queue_then_the_buffer(platform: Platform) -> None:
    platform.troubles.begin(SLOW_STORE)
    inbox = platform.parts.platform / "inbox" / "cdr"
    inbox.mkdir(parents=True)
    for number in range(4):
        rows = (f"{time.time():.3f},{n},{n}\n" for n in range(600))
        (inbox / f"{number}.csv").write_text("".join(rows))
    platform.supervisor.start(platform.parts.daemon("aggregator"))
    queued, room = (f'flow_queue_{what}events{{flow="cdr"}}' for what in ("", "capacity_"))
    seen = platform.until("aggregator", lambda s: s[queued] == s[room], "a full queue")
    assert seen["flow_buffer_bytes"] > 0
    platform.troubles.mend()
    platform.until(
        "aggregator", lambda s: s[queued] == 0 and s["flow_buffer_bytes"] == 0, "all of it handled"
    )


def test_scenarios_load_over_the_network_compute_and_change_state(platform: Platform) -> None:
    parts = platform.parts
    platform.supervisor.start(parts.source, parts.daemon("aggregator"), parts.daemon("scenario"))
    received = 'service_network_receive_bytes_total{peer="aggregator"}'
    seen = platform.until(
        "scenario",
        lambda s: s['scenario_runs_total{scenario="fraud"}'] > 2 and s[received] > 0,
        "runs",
    )
    assert sum(value for name, value in seen.items() if name.startswith("scenario_in_state")) == 2
    assert len([name for name in seen if name.startswith("scenario_state_entered")]) in (2, 3)
    assert seen['scenario_schema_bytes{schema="churn"}'] > 0
    sent = 'service_network_transmit_bytes_total{peer="scenario"}'
    assert platform.scrape("aggregator")[sent] >= seen[received]

    platform.supervisor.stop("aggregator")
    failed = 'scenario_run_failures_total{scenario="churn"}'
    platform.until("scenario", lambda s: s[failed] > 0, "a failed run")
    platform.supervisor.stop()
    assert Folder(parts.targets).registrations() == []


def test_a_silent_flow_brings_nothing(platform: Platform) -> None:
    platform.troubles.begin(silent("cdr"))
    platform.supervisor.start(platform.parts.source, platform.parts.daemon("aggregator"))
    xdr, cdr = (f'flow_events_total{{flow="{flow}"}}' for flow in ("xdr", "cdr"))
    seen = platform.until("aggregator", lambda s: s[xdr] > 50, "events of another flow")
    assert seen[cdr] == 0


def test_one_who_asks_for_events_wrongly_is_told(platform: Platform) -> None:
    platform.supervisor.start(platform.parts.daemon("aggregator"))
    platform.until("aggregator", bool, "the aggregator")
    host, _, port = platform.parts.events_address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"GET /events?after=soon HTTP/1.0\r\n\r\n")
        assert b"400 after must be a number" in connection.recv(4096)
