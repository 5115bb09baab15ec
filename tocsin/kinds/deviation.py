"""`deviation`: a value is not what it usually is at this time of the week.

The usual value is the mean of the hour around this time in each of the last `weeks`. How far values
usually are from it (the spread) is the larger of how much the weeks differ from each other and how
much the value moves within such an hour. Limits count spreads: `above: {warning: {at: 3}}` is three
times as far above as usual. Differences of less than `at_least`, in the value's unit, never count:
something that never moves has no spread at all. At least two weeks must have been seen.

    - alert: TrafficUnusual
      deviation:
        value: sum by (platform) (rate(flow_events_total[10m]))
        weeks: 3
        at_least: 5
        above: {warning: {at: 4, for: 30m}}
        below: {warning: {at: 4, for: 30m}}
"""

from collections.abc import Iterator
from typing import Any

from tocsin import generated, problem
from tocsin.kinds.kind import Kind
from tocsin.kinds.parts import limits
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.tier import Helper, Part, Tier

WEEKS = 3
_HOUR = "1h"
_WEEK = "tocsin_week"  # a label that only lives within the expressions


def expand(rule: Rule, settings: Settings) -> Iterator[Tier | Helper]:
    """What is usual, how far values usually are from it, then a tier per severity."""
    kept, usual = generated.value(rule.name), generated.usual(rule.name)
    spread = generated.spread(rule.name)
    weeks = int(rule.body.get("weeks", WEEKS))
    yield Helper(kept, text.clean(value(rule)))
    means = _each_week(f"avg_over_time({kept}[{_HOUR}] offset ", weeks)
    moves = _each_week(f"stddev_over_time({kept}[{_HOUR}] offset ", weeks)
    yield Helper(
        usual,
        f"avg without ({_WEEK}) (\n{means}\n)\nand\ncount without ({_WEEK}) (\n{means}\n) >= 2",
    )
    apart, within = (
        f"{name} without ({_WEEK}) (\n{found}\n)"
        for name, found in (("stddev", means), ("avg", moves))
    )
    yield Helper(spread, f"(\n{apart}\n) > (\n{within}\n)\nor\n{within}")
    least = text.limit(rule.body.get("at_least", 0))
    for severity in settings.severities:
        sides = {
            side: limit for side in ("above", "below") if (limit := _limit(rule, side, severity))
        }
        if not sides:
            continue
        parts = tuple(
            Part(side, _off(rule.name, side, limit["at"], least), ("deviation", side, severity))
            for side, limit in sides.items()
        )
        wait = str(next(iter(sides.values())).get("for") or "")
        if len(parts) == 1:
            yield Tier(severity, parts[0].expr, wait)
            continue
        expr = "\nor\n".join(f"(\n{part.expr}\n)" for part in parts)
        yield Tier(severity, expr, wait, parts=parts)


def value(rule: Rule) -> str:
    """The value as it was written."""
    return rule.text("deviation", "value")


def _off(rule: str, side: str, times: float, least: str) -> str:
    """Values further from the usual one than so many spreads, and than `at_least`."""
    value, usual, spread = generated.value(rule), generated.usual(rule), generated.spread(rule)
    sign, far = ("+", ">") if side == "above" else ("-", "<")
    beyond = f"  {value} {far} {usual} {sign} {text.limit(times)} * {spread}"
    return f"{beyond}\nand\n  {value} {far} {usual} {sign} {least}"


def _each_week(function: str, weeks: int) -> str:
    """The same expression of each earlier week, told apart by a label."""
    return "\nor\n".join(
        f'  label_replace({function}{week}w), "{_WEEK}", "{week}", "", "")'
        for week in range(1, weeks + 1)
    )


def _limit(rule: Rule, side: str, severity: str) -> dict[str, Any] | None:
    limit = (rule.body.get(side) or {}).get(severity)
    return limit if isinstance(limit, dict) and "at" in limit else None


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """A value that is none, and what can be wrong with limits."""
    if sort := text.not_a_value(rule.text("deviation", "value")):
        message = f"`value` must be one number per series, not {sort}"
        yield problem.error(rule.at("deviation", "value"), "rule/value", message, rule=rule.name)
    yield from limits.problems(rule, settings, distances=True)


KIND = Kind("deviation", expand, (("deviation", "value"),), problems, value, records=True)
