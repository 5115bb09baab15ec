"""A small daemon of the demo platform, as a product would have many:

    python -m demo.daemon aggregator --targets DIR --troubles DIR

It exposes its metrics on a free port and registers itself with Prometheus while it lives.
"""

import argparse
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from demo.ports import HOST
from demo.targets import register
from demo.trouble import BUSY, Troubles, silent

TICK_SECONDS = 0.1
FLOWS = {"cdr": 120, "xdr": 40, "syslog": 15}  # events a second
EVENTS_PER_FILE = 50
ERROR_RATIO = 0.0005
QUEUE_EVENTS = 10_000
BUFFER_BYTES = 1e9
SCENARIOS = ("churn", "fraud")
SCHEMA_BYTES = 2e9
SCHEMA_QUOTA_BYTES = 100e9

Step = Callable[[], None]


def aggregator(registry: CollectorRegistry, troubles: Troubles) -> Step:
    """Receives files of events on several flows."""
    events = Counter("flow_events", "Events received on a flow.", ["flow"], registry=registry)
    files = Counter("flow_files", "Files received on a flow.", ["flow"], registry=registry)
    errors = Counter("flow_event_errors", "Events not taken.", ["flow"], registry=registry)
    queue = Gauge("flow_queue_events", "Events not yet handled.", ["flow"], registry=registry)
    room = Gauge(
        "flow_queue_capacity_events", "Events that the queue can hold.", ["flow"], registry=registry
    )
    handled = Gauge(
        "flow_handled_until_timestamp_seconds",
        "Time of the latest event handled.",
        ["flow"],
        registry=registry,
    )
    buffered = Gauge("flow_buffer_bytes", "What waits on disk.", registry=registry)
    Gauge("flow_buffer_capacity_bytes", "Room for it.", registry=registry).set(BUFFER_BYTES)
    unread = dict.fromkeys(FLOWS, 0)
    for flow in FLOWS:
        room.labels(flow).set(QUEUE_EVENTS)
        errors.labels(flow)

    def step() -> None:
        for flow, rate in FLOWS.items():
            received = 0
            if silent(flow) not in troubles:
                received = round(random.uniform(0.5, 1.5) * rate * TICK_SECONDS)  # noqa: S311
            events.labels(flow).inc(received)
            # A file begins with its first event, also after a silence.
            if received and unread[flow] <= 0:
                files.labels(flow).inc()
                unread[flow] += EVENTS_PER_FILE
            unread[flow] = max(0, unread[flow] - received) if received else 0
            errors.labels(flow).inc(random.random() < received * ERROR_RATIO)  # noqa: S311
            queue.labels(flow).set(received)
            if received:
                handled.labels(flow).set_to_current_time()
        buffered.set(random.uniform(0.0, 0.1) * BUFFER_BYTES)  # noqa: S311

    return step


def scenario(registry: CollectorRegistry, troubles: Troubles) -> Step:
    """Computes scenarios; sometimes one runs wild and takes all CPUs."""
    label = ["scenario"]
    runs = Counter("scenario_runs", "Runs that have ended.", label, registry=registry)
    failures = Counter("scenario_run_failures", "Runs that failed.", label, registry=registry)
    last_run = Gauge(
        "scenario_last_run_timestamp_seconds", "Last success.", label, registry=registry
    )
    entered = Gauge(
        "scenario_state_entered_timestamp_seconds",
        "When the scenario entered its state.",
        [*label, "state"],
        registry=registry,
    )
    size = Gauge("scenario_schema_bytes", "Size of a schema.", ["schema"], registry=registry)
    quota = Gauge("scenario_schema_quota_bytes", "Its limit.", ["schema"], registry=registry)
    size.labels("results").set(SCHEMA_BYTES)
    quota.labels("results").set(SCHEMA_QUOTA_BYTES)
    for name in SCENARIOS:
        failures.labels(name)
        entered.labels(name, "idle").set_to_current_time()
    wild: list[multiprocessing.Process] = []

    def step() -> None:
        if BUSY in troubles and not wild:
            wild.extend(
                multiprocessing.Process(target=_burn, args=(os.getpid(),))
                for _ in range(os.cpu_count() or 1)
            )
            for process in wild:
                process.start()
        elif BUSY not in troubles:
            while wild:
                process = wild.pop()
                process.kill()
                process.join()
            for name in SCENARIOS:
                runs.labels(name).inc()
                last_run.labels(name).set_to_current_time()

    return step


def _burn(parent: int) -> None:
    """Takes all of a CPU that nobody else wants, while its parent lives."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(19)
    while os.getppid() == parent:
        until = time.monotonic() + TICK_SECONDS
        while time.monotonic() < until:
            pass


DAEMONS: dict[str, Callable[[CollectorRegistry, Troubles], Step]] = {
    "aggregator": aggregator,
    "scenario": scenario,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.daemon")
    parser.add_argument("service", choices=sorted(DAEMONS))
    parser.add_argument("--platform", default="p1")
    parser.add_argument("--host", default="h1")
    parser.add_argument("--targets", type=Path, required=True)
    parser.add_argument("--troubles", type=Path, required=True)
    arguments = parser.parse_args()

    # A registry of its own: the default one adds metrics of the Python process.
    registry = CollectorRegistry()
    step = DAEMONS[arguments.service](registry, Troubles(arguments.troubles))
    step()
    server, _ = start_http_server(0, addr=HOST, registry=registry)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    registration = register(
        arguments.targets,
        arguments.service,
        f"{HOST}:{server.server_port}",
        platform=arguments.platform,
        host=arguments.host,
    )
    try:
        while True:
            time.sleep(TICK_SECONDS)
            step()
    finally:
        registration.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
