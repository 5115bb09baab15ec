"""How often an alert would have fired in the last week. It asks the server of `--prometheus`.

The expression is evaluated again for each minute of the last days, with the alert's `for` and
`keep_firing_for`; what fires again within five minutes is one alert. An alert that never would have
fired is not told. `max` says how often is too often. All settings and their defaults:

    alerts/count: {range: 7d, step: 1m, resolve: 5m, min: 1}

Bad, where `up` has been 0:

    - alert: HostDown
      expr: up == 0

Good:

    - alert: HostDown
      expr: up == 0
      for: 30d
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin import durations
from tocsin.asking import firing
from tocsin.asking.firing import Watched
from tocsin.checks.check import Check, OfServer
from tocsin.model import Alert, Compiled
from tocsin.problem import Severity
from tocsin.written import place_of, tier_of


def gather(compiled: Compiled) -> Iterator[Watched]:
    """The alerts of a file."""
    for alert in compiled.alerts:
        if alert.rule.kind != "heartbeat":
            yield _watched(alert, compiled.catalogue.options(CHECK.id, alert.rule))


def _watched(alert: Alert, options: Mapping[str, Any]) -> Watched:
    return Watched(
        place=place_of(alert.rule),
        rule=alert.name,
        tier=tier_of(alert),
        expr=alert.expr,
        wait=_seconds(alert.for_ or "0s"),
        keep=_seconds(alert.keep_firing_for or "0s"),
        back=_seconds(options.get("range", "7d")),
        step=max(1.0, _seconds(options.get("step", "1m"))),
        resolve=_seconds(options.get("resolve", "5m")),
        least=max(1, options.get("min", 1)),
        most=options.get("max"),
    )


def _seconds(duration: str) -> float:
    return durations.parse(duration) / 1000


CHECK = Check(
    "alerts/count",
    Severity.INFO,
    documentation=__doc__,
    server=OfServer("how often alerts fired", gather, firing.find),
)
