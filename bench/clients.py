"""One Python client at work: `python -m bench.clients plain|daemonkit LOOPS SERIES`.

Prints the seconds that each operation took, then the port at which its series can be scraped, and
serves until its standard input ends. bench/clients.cpp is the same in C++.
"""

import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

from daemonkit import declare

Operation = Callable[[], object]
DECLARED = """\
metrics:
  - {name: bench_plain_total, type: counter, help: Counted.}
  - {name: bench_total, type: counter, labels: [flow, peer], help: Counted.}
  - {name: bench_plain_seconds, type: histogram, help: Observed.}
  - {name: bench_seconds, type: histogram, labels: [flow, peer], help: Observed.}
  - {name: bench_many_total, type: counter, labels: [flow, peer], help: Scraped.}
"""
LABELS = {"flow": "cdr", "peer": "p1"}
EACH_TIME = ", labels each time"


def plain(registry: CollectorRegistry, series: int) -> dict[str, Operation]:
    """prometheus-client as its own guide has it."""
    names = tuple(LABELS)
    counter = Counter("bench_total", "Counted.", names, registry=registry)
    histogram = Histogram("bench_seconds", "Observed.", names, registry=registry)
    one = Counter("bench_plain", "Counted.", registry=registry)
    seen = Histogram("bench_plain_seconds", "Observed.", registry=registry)
    many = Counter("bench_many", "Scraped.", names, registry=registry)
    for labels in _labels(series):
        many.labels(**labels).inc()
    return {
        **_without_labels(one, seen),
        **_bound(counter.labels(**LABELS), histogram.labels(**LABELS)),
        f"increment{EACH_TIME}": lambda: counter.labels(flow="cdr", peer="p1").inc(),
        f"observation{EACH_TIME}": lambda: histogram.labels(flow="cdr", peer="p1").observe(0.3),
    }


def daemonkit(registry: CollectorRegistry, series: int) -> dict[str, Operation]:
    """The same, declared in a file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.yaml"
        file.write_text(DECLARED, encoding="utf-8")
        metrics = declare(file, registry=registry)
    counter = metrics.counter("bench_total", "flow", "peer")
    histogram = metrics.histogram("bench_seconds", "flow", "peer")
    one, seen = metrics.counter("bench_plain_total"), metrics.histogram("bench_plain_seconds")
    many = metrics.counter("bench_many_total", "flow", "peer")
    for labels in _labels(series):
        many.labels(**labels).inc()
    return {
        **_without_labels(one, seen),
        **_bound(counter.labels(**LABELS), histogram.labels(**LABELS)),
        f"increment{EACH_TIME}": lambda: counter.labels(flow="cdr", peer="p1").inc(),
        f"observation{EACH_TIME}": lambda: histogram.labels(flow="cdr", peer="p1").observe(0.3),
    }


def _without_labels(counter: Counter, histogram: Histogram) -> dict[str, Operation]:
    return {"increment": counter.inc, "observation": lambda: histogram.observe(0.3)}


def _bound(counter: Counter, histogram: Histogram) -> dict[str, Operation]:
    return {
        "increment, labels bound": counter.inc,
        "observation, labels bound": lambda: histogram.observe(0.3),
    }


def _labels(series: int) -> Iterator[dict[str, str]]:
    return ({"flow": f"f{n // 100}", "peer": f"p{n % 100}"} for n in range(series))


def main() -> None:
    client, loops, series = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    registry = CollectorRegistry()
    operations = {"plain": plain, "daemonkit": daemonkit}[client](registry, series)
    took = {}
    for name, operation in operations.items():
        begin = time.perf_counter()
        for _ in itertools.repeat(None, loops):
            operation()
        took[name] = (time.perf_counter() - begin) / loops
    server, _ = start_http_server(0, addr="127.0.0.1", registry=registry)
    sys.stdout.write(f"{json.dumps(took)}\n{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
