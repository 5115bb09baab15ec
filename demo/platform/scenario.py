"""The scenarios: each loads new events, computes what it makes of them, and rests.

Sometimes one runs wild and takes all CPUs.
"""

import json
import multiprocessing
import os
import sqlite3
import threading
import time
import urllib.request
from pathlib import Path

from prometheus_client import Counter, Gauge

from daemonkit import declare
from demo.trouble import BUSY, Troubles

SCENARIOS = ("churn", "fraud")
WILD = "fraud"
STATES = ("idle", "loading", "computing", "done")
REST_SECONDS = 1.0
KEPT_RESULTS = 1_000
QUOTA_BYTES = 100e6

_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ScenarioMetrics:
    """What is counted, of all scenarios."""

    def __init__(self) -> None:
        metrics = declare("scenarios.yaml")
        self.runs = metrics.counter("scenario_runs_total", "scenario")
        self.failures = metrics.counter("scenario_run_failures_total", "scenario")
        self.last_run = metrics.gauge("scenario_last_run_timestamp_seconds", "scenario")
        self.entered = metrics.gauge(
            "scenario_state_entered_timestamp_seconds", "scenario", "state"
        )
        self.size = metrics.gauge("scenario_schema_bytes", "schema")
        self.quota = metrics.gauge("scenario_schema_quota_bytes", "schema")
        in_state = metrics.gauge("scenario_in_state", "state")
        self.in_state = {state: in_state.labels(state=state) for state in STATES}
        received = declare("network.yaml").counter("service_network_receive_bytes_total", "peer")
        self.received = received.labels(peer="aggregator")


class Scenario:
    """One scenario, and the schema that holds its results."""

    def __init__(self, name: str, events: str, folder: Path, metrics: ScenarioMetrics) -> None:
        self.name = name
        self._events = events
        self._metrics = metrics
        self._schema = folder / f"{name}.sqlite"
        self._last = 0
        self._state = ""
        self._runs: Counter = metrics.runs.labels(scenario=name)
        self._failures: Counter = metrics.failures.labels(scenario=name)
        self._last_run: Gauge = metrics.last_run.labels(scenario=name)
        metrics.size.labels(schema=name).set_function(self._bytes)
        metrics.quota.labels(schema=name).set(QUOTA_BYTES)
        self._enter("idle")

    def run(self, troubles: Troubles) -> None:
        """Runs again and again, for ever."""
        schema = sqlite3.connect(self._schema)
        schema.execute("CREATE TABLE IF NOT EXISTS result (at REAL, flow TEXT, total INTEGER)")
        while True:
            try:
                self._once(schema, troubles)
                self._last_run.set_to_current_time()
            except OSError:
                self._failures.inc()  # the aggregator does not answer
            self._runs.inc()
            self._enter("idle")
            time.sleep(REST_SECONDS)

    def _once(self, schema: sqlite3.Connection, troubles: Troubles) -> None:
        self._enter("loading")
        rows = self._load()
        self._enter("computing")
        if self.name == WILD:
            _run_wild(troubles)
        totals: dict[str, int] = {}
        for _, flow, _, value in rows:
            totals[flow] = totals.get(flow, 0) + value
        with schema:
            now = time.time()
            results = ((now, flow, total) for flow, total in totals.items())
            schema.executemany("INSERT INTO result VALUES (?, ?, ?)", results)
            schema.execute(
                "DELETE FROM result WHERE rowid <= (SELECT max(rowid) FROM result) - ?",
                (KEPT_RESULTS,),
            )
        self._enter("done")

    def _load(self) -> list[tuple[int, str, float, int]]:
        with _LOCAL.open(f"{self._events}?after={self._last}", timeout=10) as answer:
            body = answer.read()
        self._metrics.received.inc(len(body))
        rows = [tuple(json.loads(line)) for line in body.splitlines()]
        self._last = rows[-1][0] if rows else self._last
        return rows

    def _enter(self, state: str) -> None:
        """Only the present state has a series of when it was entered."""
        metrics, before, self._state = self._metrics, self._state, state
        metrics.entered.labels(scenario=self.name, state=state).set_to_current_time()
        metrics.in_state[state].inc()
        if before:
            metrics.in_state[before].dec()
            metrics.entered.remove(scenario=self.name, state=before)

    def _bytes(self) -> float:
        return self._schema.stat().st_size if self._schema.exists() else 0.0


class Scenarios:
    """A thread per scenario."""

    def __init__(self, events: str, folder: Path, troubles: Troubles) -> None:
        metrics = ScenarioMetrics()
        self._scenarios = [Scenario(name, events, folder, metrics) for name in SCENARIOS]
        self._troubles = troubles

    def run(self) -> None:
        """Works for ever."""
        threads = [
            threading.Thread(target=each.run, args=(self._troubles,), daemon=True)
            for each in self._scenarios
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _run_wild(troubles: Troubles) -> None:
    """Takes all CPUs while there is that trouble."""
    if BUSY not in troubles:
        return
    made = multiprocessing.get_context("spawn")
    wild = [
        made.Process(target=burn, args=(os.getpid(),), daemon=True)
        for _ in range(os.cpu_count() or 1)
    ]
    for process in wild:
        process.start()
    while BUSY in troubles:
        time.sleep(0.1)
    for process in wild:
        process.kill()
        process.join()


def burn(parent: int) -> None:
    """Takes all of a CPU that nobody else wants, while its parent lives."""
    os.nice(19)
    while os.getppid() == parent:
        until = time.monotonic() + 0.1
        while time.monotonic() < until:
            pass
