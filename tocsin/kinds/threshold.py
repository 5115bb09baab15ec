"""`threshold`: a value must not go above, below or outside limits.

One alert per severity, each with its own limit and `for`. While a higher severity fires, the
lower ones of the same labels are muted in Alertmanager. With `clear`, an alert that fires goes on
until the value has passed that mark, too: per series and tier, by Prometheus's own `ALERTS`.

    - alert: HostCpuHigh
      threshold:
        value: 100 * (1 - avg by (host) (rate(node_cpu_seconds_total{mode="idle"}[5m])))
        unit: percent
        above:
          warning: {at: 80, for: 15m}
          critical: {at: 95, for: 5m}
        clear: 70
"""

from collections.abc import Iterator

from tocsin import problem
from tocsin.kinds.kind import Kind
from tocsin.kinds.parts import limits
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.tier import Tier


def expand(rule: Rule, settings: Settings) -> Iterator[Tier]:
    """A tier per limit, in the order of the catalogue's severities, mildest first."""
    yield from limits.expand(rule, settings, value(rule))


def value(rule: Rule) -> str:
    """The value as it was written."""
    return rule.text("threshold", "value")


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """A value that is none, and what can be wrong with limits."""
    if sort := text.not_a_value(rule.text("threshold", "value")):
        message = f"`value` must be one number per series, not {sort}"
        hint = "wrap it in a function such as `avg_over_time(...)`" if "range" in sort else ""
        yield problem.error(rule.at("threshold", "value"), "rule/value", message, hint, rule.name)
    yield from limits.problems(rule, settings)


KIND = Kind("threshold", expand, (("threshold", "value"),), problems, value)
