"""The aggregator: files become events, go through a queue, and into the store.

It serves what is stored to the scenarios: http://HOST:PORT/events?after=ID, a JSON array a line.
"""

import json
import queue
import threading
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from daemonkit import declare
from demo.platform.flows import FLOWS, Event, parse
from demo.platform.store import Store
from demo.trouble import SLOW_STORE, Troubles

LOOK_SECONDS = 0.1
QUEUE_EVENTS = 1_000
BATCH_EVENTS = 500
BUFFER_BYTES = 10_000_000
ANSWER_EVENTS = 1_000


class FlowMetrics:
    """What is counted of one flow, its label bound."""

    def __init__(self) -> None:
        metrics = declare("flows.yaml")
        self.events = metrics.counter("flow_events_total", "flow")
        self.files = metrics.counter("flow_files_total", "flow")
        self.bytes = metrics.counter("flow_received_bytes_total", "flow")
        self.errors = metrics.counter("flow_event_errors_total", "flow")
        self.queued = metrics.gauge("flow_queue_events", "flow")
        self.capacity = metrics.gauge("flow_queue_capacity_events", "flow")
        self.handled_until = metrics.gauge("flow_handled_until_timestamp_seconds", "flow")
        self.latency = metrics.histogram("flow_latency_seconds", "flow")
        self.buffer = metrics.gauge("flow_buffer_bytes")
        metrics.gauge("flow_buffer_capacity_bytes").set(BUFFER_BYTES)
        sent = declare("network.yaml").counter("service_network_transmit_bytes_total", "peer")
        self.sent_to_scenario = sent.labels(peer="scenario")


class Flow:
    """One flow: its folder, its queue, and what is counted of it."""

    def __init__(self, name: str, inbox: Path, metrics: FlowMetrics) -> None:
        self.name = name
        self.folder = inbox / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.queue: queue.Queue[Event] = queue.Queue(QUEUE_EVENTS)
        self._events = metrics.events.labels(flow=name)
        self._files = metrics.files.labels(flow=name)
        self._bytes = metrics.bytes.labels(flow=name)
        self._errors = metrics.errors.labels(flow=name)
        self._handled_until = metrics.handled_until.labels(flow=name)
        self._latency = metrics.latency.labels(flow=name)
        metrics.capacity.labels(flow=name).set(QUEUE_EVENTS)
        metrics.queued.labels(flow=name).set_function(self.queue.qsize)

    def read(self) -> None:
        """Takes each file of the folder. A full queue makes files wait where they are."""
        for file in sorted(self.folder.glob("*.csv")):
            content = file.read_bytes()
            self._files.inc()
            self._bytes.inc(len(content))
            for line in content.decode().splitlines():
                self._events.inc()
                try:
                    event = parse(self.name, line)
                except ValueError:
                    self._errors.inc()
                    continue
                self.queue.put(event)
            file.unlink()

    def take(self) -> list[Event]:
        """A batch of what is queued, perhaps none."""
        batch: list[Event] = []
        while len(batch) < BATCH_EVENTS:
            try:
                batch.append(self.queue.get_nowait())
            except queue.Empty:
                break
        return batch

    def stored(self, events: list[Event]) -> None:
        """Counts what is in the store now."""
        now = time.time()
        for event in events:
            self._latency.observe(now - event.at)
        if events:
            self._handled_until.set(events[-1].at)


class Aggregator:
    """A thread per flow reads, one stores, one serves."""

    def __init__(self, inbox: Path, store: Path, serve: tuple[str, int], troubles: Troubles):
        self._metrics = FlowMetrics()
        self._flows = [Flow(name, inbox, self._metrics) for name in FLOWS]
        self._metrics.buffer.set_function(self._waiting_bytes)
        self._path = store
        self._troubles = troubles
        Store(store)
        self._server = ThreadingHTTPServer(serve, _handler(store, self._metrics))

    def run(self) -> None:
        """Works for ever."""
        for flow in self._flows:
            threading.Thread(target=_read, args=(flow,), daemon=True).start()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        store = Store(self._path)
        while True:
            taken = {flow: flow.take() for flow in self._flows}
            store.put(event for events in taken.values() for event in events)
            for flow, events in taken.items():
                flow.stored(events)
            time.sleep(LOOK_SECONDS)
            while SLOW_STORE in self._troubles:
                time.sleep(LOOK_SECONDS)

    def _waiting_bytes(self) -> float:
        return sum(_size(file) for flow in self._flows for file in flow.folder.glob("*.csv"))


def _read(flow: Flow) -> None:
    while True:
        flow.read()
        time.sleep(LOOK_SECONDS)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0  # read meanwhile


def _handler(store: Path, metrics: FlowMetrics) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            after = parse_qs(urlsplit(self.path).query).get("after", ["0"])[0]
            if not after.isdecimal():
                self.send_error(400, "after must be a number")
                return
            body = _lines(Store(store).after(int(after), ANSWER_EVENTS))
            self.send_response(200)
            self.send_header("Content-Type", "application/jsonl")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            metrics.sent_to_scenario.inc(len(body))

        def log_message(self, format: str, *args: object) -> None:
            """Each scrape of events is not worth a line."""

    return Handler


def _lines(rows: Iterable[object]) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()
