"""The whole chain of the demo: rules/ in time-lapse, every real part, and a platform to watch."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from daemonkit import expose
from daemonkit.supervisor import Supervisor
from demo.exporters import node_exporter, process_exporter
from demo.parts import HOST_NAME, PLATFORM, ROOT, Parts

TIME_LAPSE = 60  # the rules' minutes are seconds
START_SECONDS = 30.0

# What would lead a local program to somebody's real Slack, or a local request to a proxy.
_PRIVATE = ("RELAY_", "SLACK_")
_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}


@contextmanager
def supervised(parts: Parts, tell: Callable[[str], None] = lambda _: None) -> Iterator[Supervisor]:
    """The supervisor of all parts, which is itself scraped. At the end it stops them."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_PRIVATE) and name.lower() not in _PROXIES
    }
    registry = CollectorRegistry()
    supervisor = Supervisor(
        {"platform": PLATFORM, "host": HOST_NAME},
        folder=parts.targets,
        logs=parts.state / "logs",
        environment=environment,
        tell=tell,
        registry=registry,
    )
    itself = expose("supervisor", PLATFORM, host=HOST_NAME, folder=parts.targets, registry=registry)
    with supervisor, itself:
        yield supervisor


def start(parts: Parts, supervisor: Supervisor) -> None:
    """Compiles, starts everything, and returns once all of it answers."""
    parts.compile(ROOT / "rules", "--time-lapse", str(TIME_LAPSE))
    supervisor.start(
        parts.relay(),
        parts.alertmanager(),
        node_exporter(parts),
        process_exporter(parts),
        parts.source,
        parts.daemon("aggregator"),
        parts.daemon("scenario"),
        parts.prometheus("1s"),
    )
    supervisor.wait_ready(START_SECONDS)
