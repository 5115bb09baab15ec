"""`threshold`: a value must not go above, or below, a limit.

One alert per severity, each with its own limit and `for`. While a higher severity fires, the
lower ones of the same labels are muted in Alertmanager.

    - alert: HostCpuHigh
      threshold:
        value: 100 * (1 - avg by (host) (rate(node_cpu_seconds_total{mode="idle"}[5m])))
        unit: percent
        above:
          warning: {at: 80, for: 15m}
          critical: {at: 95, for: 5m}
"""

from collections.abc import Iterator
from typing import Any

from tocsin import problem, severities
from tocsin.kinds.kind import Kind
from tocsin.model import Rule, Settings, Tier
from tocsin.problem import Problem
from tocsin.promql import text

SIDES = {"above": ">", "below": "<"}


def expand(rule: Rule, settings: Settings) -> Iterator[Tier]:
    """A tier per limit, in the order of the catalogue's severities, mildest first."""
    value = text.operand(rule.text("threshold", "value"))
    for severity in settings.severities:
        sides = {side: limit for side in SIDES if (limit := _limit(rule, side, severity))}
        if not sides:
            continue
        tests = [
            f"{value} {SIDES[side]} {text.limit(limit['at'])}" for side, limit in sides.items()
        ]
        expr = " or ".join(f"({test})" for test in tests) if len(tests) > 1 else tests[0]
        # With both sides the schema's one `for` per limit must agree: see `problems`.
        yield Tier(severity, expr, str(next(iter(sides.values())).get("for") or ""))


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """Values that are none, undeclared severities, limits in the wrong order, no limit at all."""
    value = rule.text("threshold", "value")
    if sort := text.not_a_value(value):
        message = f"`value` must be one number per series, not {sort}"
        hint = "wrap it in a function such as `avg_over_time(...)`" if "range" in sort else ""
        yield problem.error(rule.at("threshold", "value"), "rule/value", message, hint, rule.name)
    for side in SIDES:
        for severity, limit in (rule.body.get(side) or {}).items():
            path = ("threshold", side, severity)
            if severity not in settings.severities:
                yield severities.unknown(
                    rule.at(*path, key=True), severity, settings.severities, rule.name
                )
            elif limit is True or (limit is not False and not isinstance(limit, dict)):
                message = f"`{severity}` must be a limit such as `{{at: 80, for: 15m}}`, or `off`"
                yield problem.error(rule.at(*path), "schema/type", message, rule=rule.name)
        yield from _disorder(rule, side, settings)
    yield from _two_sides(rule, settings)
    if not any(_limit(rule, side, name) for side in SIDES for name in settings.severities):
        message = "the threshold has no limit"
        hint = "say `above: {warning: {at: 80, for: 15m}}`, or `below`"
        place = rule.at("threshold", key=True)
        yield problem.error(place, "schema/missing", message, hint, rule.name)


def _limit(rule: Rule, side: str, severity: str) -> dict[str, Any] | None:
    limit = (rule.body.get(side) or {}).get(severity)
    return limit if isinstance(limit, dict) else None


def _disorder(rule: Rule, side: str, settings: Settings) -> Iterator[Problem]:
    """A severer tier that is easier to reach than a milder one."""
    sign = 1 if side == "above" else -1
    mildest: tuple[str, float] | None = None
    for severity in settings.severities:
        limit = _limit(rule, side, severity)
        if limit is None or "at" not in limit:
            continue
        if mildest and sign * limit["at"] < sign * mildest[1]:
            message = f"`{severity}` is reached before `{mildest[0]}`"
            hint = "the severer the tier, the further its limit"
            at = rule.at("threshold", side, severity, "at")
            yield problem.warning(at, "rule/tiers", message, hint, rule.name)
        mildest = (severity, limit["at"])


def _two_sides(rule: Rule, settings: Settings) -> Iterator[Problem]:
    for severity in settings.severities:
        above, below = (_limit(rule, side, severity) for side in SIDES)
        if above and below and above.get("for") != below.get("for"):
            message = f"`{severity}` has a different `for` above and below"
            hint = "give both the same, or make two rules of it"
            place = rule.at("threshold", "below", severity)
            yield problem.error(place, "rule/tiers", message, hint, rule.name)


KIND = Kind("threshold", expand, (("threshold", "value"),), problems)
