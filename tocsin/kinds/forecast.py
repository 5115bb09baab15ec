"""`forecast`: on the present trend, a value reaches a mark too soon.

A straight line is laid through the last hours (`trend`) and drawn on for `within`. A trend alone
cries wolf: a disk that is nearly empty may fill up fast for a while. So the alert fires only where
the present state is worrying already (`while`). What is at its mark and stays there has reached it.

    - alert: DiskFillsUp
      forecast:
        value: min by (host, mountpoint) (node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs"})
        falls_to: 0
        while: {below: 10e9}
        trend: 6h
        within:
          warning: {at: 1d, for: 30m}
          critical: {at: 4h, for: 10m}
"""

from collections.abc import Iterator

from tocsin import durations, problem, severities
from tocsin.kinds.kind import Kind
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.tier import Tier

TREND = "6h"
_POINTS = 12  # that a trend of an expression has at least
_RESOLUTION = 300_000  # of a longer trend, in milliseconds


def expand(rule: Rule, settings: Settings) -> Iterator[Tier]:
    """A tier per horizon, mildest first."""
    written = text.clean(value(rule))
    present = text.operand(written)
    trend = str(rule.body.get("trend", TREND))
    # A subquery needs a resolution; a selector has its samples.
    past = f"{written}[{trend}]" if text.is_selector(written) else _steps(written, trend)
    falls = "falls_to" in rule.body
    sign, mark = ("<=", rule.body["falls_to"]) if falls else (">=", rule.body["rises_to"])
    worrying = " and ".join(
        f"{present} {'<' if side == 'below' else '>'} {text.limit(limit)}"
        for side, limit in rule.body["while"].items()
    )
    for severity, tier in _tiers(rule, settings).items():
        ahead = durations.parse(tier["at"]) // 1000
        expr = f"predict_linear({past}, {ahead}) {sign} {text.limit(mark)}\nand\n  {worrying}"
        yield Tier(severity, expr, str(tier.get("for") or ""), limit=float(mark))


def _steps(written: str, trend: str) -> str:
    """An expression's values over a time: a short trend needs its points, too."""
    step = min(_RESOLUTION, durations.parse(trend) // _POINTS // 1000 * 1000)
    return f"({written})[{trend}:{durations.text(max(step, 1000))}]"


def value(rule: Rule) -> str:
    """The value as it was written."""
    return rule.text("forecast", "value")


def _tiers(rule: Rule, settings: Settings) -> dict[str, dict[str, str]]:
    written = rule.body.get("within") or {}
    return {
        name: written[name] for name in settings.severities if isinstance(written.get(name), dict)
    }


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """No mark or two, undeclared severities, a severer tier that looks further ahead."""
    if sort := text.not_a_value(rule.text("forecast", "value")):
        message = f"`value` must be one number per series, not {sort}"
        yield problem.error(rule.at("forecast", "value"), "rule/value", message, rule=rule.name)
    place = rule.at("forecast", key=True)
    if len({"falls_to", "rises_to"} & set(rule.body)) != 1:
        message = "a forecast needs either `falls_to` or `rises_to`"
        yield problem.error(place, "schema/missing", message, rule=rule.name)
    for severity in rule.body.get("within") or {}:
        if severity not in settings.severities:
            where = rule.at("forecast", "within", severity, key=True)
            yield severities.unknown(where, severity, settings.severities, rule.name)
    tiers = _tiers(rule, settings)
    if not tiers:
        message, hint = "the forecast has no tier", "say `within: {warning: {at: 1d}}`"
        yield problem.error(place, "schema/missing", message, hint, rule.name)
    milder = ""
    for severity, tier in tiers.items():
        horizon = durations.parse(str(tier.get("at", "0s")))
        if milder and horizon > durations.parse(str(tiers[milder].get("at", "0s"))):
            message = f"`{severity}` looks further ahead than `{milder}`"
            at = rule.at("forecast", "within", severity, "at")
            hint = "the severer the tier, the nearer the trouble"
            yield problem.warning(at, "rule/tiers", message, hint, rule.name)
        milder = severity


KIND = Kind("forecast", expand, (("forecast", "value"),), problems, value)
