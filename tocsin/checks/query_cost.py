"""A rule that takes the server too much. It asks the server of `--prometheus`.

Each expression is evaluated once, and the server says what that took. Limits are set in the `lint`
section: series that are returned (`series`), samples that are read in all (`samples`) and held at
one time (`peak`), the time of evaluation (`time`), and bytes of what a recording adds to the
server's memory (`memory`; only where the server scrapes itself). Those with a default:

    query/cost: {samples: 10000000, time: 5s}

With this section:

    lint:
      checks:
        query/cost: {samples: 100}

Bad:

    - record: "job:up:avg_1d"
      expr: avg by (job) (avg_over_time(up[1d]))

Good:

    - record: "job:up:avg"
      expr: avg by (job) (up)
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin import durations
from tocsin.asking import cost
from tocsin.asking.cost import Limits, Query
from tocsin.checks.check import Check, OfServer
from tocsin.model import Alert, Compiled
from tocsin.problem import Severity
from tocsin.written import place_of, tier_of

_SAMPLES = 10_000_000
_TIME = "5s"


def gather(compiled: Compiled) -> Iterator[Query]:
    """The expressions of a file as the server evaluates them."""
    for output in compiled.outputs:
        limits = _limits(compiled.catalogue.options(CHECK.id, output.rule))
        alert = isinstance(output, Alert)
        tier = tier_of(output) if isinstance(output, Alert) else ""
        place = place_of(output.rule)
        yield Query(place, output.rule.name, tier, output.expr, not alert, limits)


def _limits(options: Mapping[str, Any]) -> Limits:
    return Limits(
        series=options.get("series"),
        samples=options.get("samples", _SAMPLES),
        peak=options.get("peak"),
        seconds=durations.parse(options.get("time", _TIME)) / 1000,
        memory=options.get("memory"),
    )


CHECK = Check(
    "query/cost",
    Severity.WARNING,
    documentation=__doc__,
    server=OfServer("what rules cost", gather, cost.find),
)
