"""The benchmarks. One file each; this registry is the only place that lists them."""

from collections.abc import Callable

from bench import daemonkit, lint, relay
from bench.options import Options
from bench.report import Report

BENCHES: dict[str, Callable[[Options], Report]] = {
    "lint": lint.run,
    "daemonkit": daemonkit.run,
    "relay": relay.run,
}
