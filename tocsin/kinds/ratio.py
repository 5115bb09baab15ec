"""`ratio`: a part of something must not be too large, or too small: errors of requests.

`of / to`, per label set. Where there is no `to` there is no ratio, so nothing is divided by zero;
where there is `to` but no `of` (no error was ever counted) the ratio is 0. Below `min_traffic`,
in the unit of `to`, too little happens to judge. That is not to be without data: `no_data` is
about `to`. With `unit: percent` limits are percentages.

    - alert: ApiErrors
      ratio:
        of: sum by (service) (rate(http_requests_total{code=~"5.."}[5m]))
        to: sum by (service) (rate(http_requests_total[5m]))
        min_traffic: 0.1
        unit: percent
        above:
          warning: {at: 1, for: 10m}
          critical: {at: 5, for: 5m}
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
    """A tier per limit on the ratio."""
    yield from limits.expand(rule, settings, value(rule))


def value(rule: Rule) -> str:
    """PromQL for the ratio."""
    part, whole = (text.clean(rule.text("ratio", key)) for key in ("of", "to"))
    least = rule.body.get("min_traffic", 0)
    enough = f">= {text.limit(least)}" if least else "> 0"
    ratio = f"(({part}) or 0 * ({whole}))\n/\n(({whole}) {enough})"
    return f"100 * {ratio}" if rule.body.get("unit") == "percent" else ratio


def watched(rule: Rule) -> str:
    """What must be there to judge it: the whole."""
    return text.clean(rule.text("ratio", "to"))


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """Operands that are no values, and what can be wrong with limits."""
    for key in ("of", "to"):
        if sort := text.not_a_value(rule.text("ratio", key)):
            message = f"`{key}` must be one number per series, not {sort}"
            yield problem.error(rule.at("ratio", key), "rule/value", message, rule=rule.name)
    yield from limits.problems(rule, settings)


KIND = Kind("ratio", expand, (("ratio", "of"), ("ratio", "to")), problems, value, watched)
