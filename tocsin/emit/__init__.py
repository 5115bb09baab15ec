"""The emitters. One file each; this registry is the only place that lists them."""

from collections.abc import Callable

from tocsin.emit import alertmanager, kubernetes, prometheus, promtool_tests, routes
from tocsin.model import Compiled

EMITTERS: dict[str, Callable[[Compiled], dict[str, str]]] = {
    "prometheus": prometheus.emit,
    "kubernetes": kubernetes.emit,
    "alertmanager": alertmanager.emit,
    "relay": routes.emit,
    "tests": promtool_tests.emit,
}


def files(compiled: Compiled) -> dict[str, str]:
    """Everything that a build writes: path within the output folder to content."""
    written: dict[str, str] = {}
    for emit in EMITTERS.values():
        written.update(emit(compiled))
    return written
