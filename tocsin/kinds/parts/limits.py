"""What kinds with limits share: tiers above, below or outside limits, hysteresis.

Not a kind itself: `threshold`, `ratio` and `deviation` say what the value is, this says when it is
too much.
"""

from collections.abc import Iterator
from typing import Any

from tocsin import presence, problem, severities
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.tier import Part, Tier

SIDES = ("above", "below", "outside")
Limit = dict[str, Any]


def expand(rule: Rule, settings: Settings, value: str) -> Iterator[Tier]:
    """A tier per severity with a limit, mildest first."""
    value = text.operand(value)
    for severity in settings.severities:
        sides = {side: limit for side in SIDES if (limit := _limit(rule, side, severity))}
        if not sides:
            continue
        parts = [
            Part(name, past, (rule.kind, side, severity))
            for side, limit in sides.items()
            for name, past in _past(value, side, limit).items()
        ]
        clear = _clear(rule, severity)
        if clear is not None:
            sign = ">" if "above" in sides else "<"
            firing = presence.firing_already(rule, severity)
            held = f"{value} {sign} {text.limit(clear)}\nand {firing}"
            parts.append(Part("clear", held, (rule.kind, "clear"), holds=True))
        wait = str(next(iter(sides.values())).get("for") or "")
        shown = _main_limit(sides)
        if len(parts) == 1:
            yield Tier(severity, parts[0].expr, wait, shown)
            continue
        expr = "\nor\n".join(_bracketed(part.expr) for part in parts)
        yield Tier(severity, expr, wait, shown, parts=tuple(parts))


def _past(value: str, side: str, limit: Limit) -> dict[str, str]:
    if side == "outside":
        below = f"{value} < {text.limit(limit['low'])}"
        return {"below the band": below, "above the band": f"{value} > {text.limit(limit['high'])}"}
    return {side: f"{value} {'>' if side == 'above' else '<'} {text.limit(limit['at'])}"}


def _main_limit(sides: dict[str, Limit]) -> float | None:
    """The limit to show beside the value, where there is just one."""
    if len(sides) != 1 or "outside" in sides:
        return None
    return float(next(iter(sides.values()))["at"])


def _clear(rule: Rule, severity: str) -> float | None:
    written = rule.body.get("clear")
    if isinstance(written, dict):
        written = written.get(severity)
    return float(written) if isinstance(written, int | float) and written is not False else None


def _bracketed(part: str) -> str:
    lines = "\n".join(f"  {line}" for line in part.splitlines())
    return f"(\n{lines}\n)" if "\n" in part else f"({part})"


def problems(rule: Rule, settings: Settings, *, distances: bool = False) -> Iterator[Problem]:
    """Undeclared severities, limits in the wrong order or of the wrong shape, no limit at all."""
    for side in SIDES:
        for severity, limit in (rule.body.get(side) or {}).items():
            path = (rule.kind, side, severity)
            if severity not in settings.severities:
                place = rule.at(*path, key=True)
                yield severities.unknown(place, severity, settings.severities, rule.name)
            elif limit is True or (limit is not False and not isinstance(limit, dict)):
                shape = "{low: 10, high: 30}" if side == "outside" else "{at: 80, for: 15m}"
                message = f"`{severity}` must be a limit such as `{shape}`, or `off`"
                yield problem.error(rule.at(*path), "schema/type", message, rule=rule.name)
        if side != "outside":
            # Distances have no other side: further is severer, above as well as below.
            sign = 1 if side == "above" or distances else -1
            yield from _disorder(rule, side, sign, settings)
    yield from _several_sides(rule, settings)
    yield from _clear_problems(rule, settings)
    if not any(_limit(rule, side, name) for side in SIDES for name in settings.severities):
        message = f"the {rule.kind} has no limit"
        hint = "say `above: {warning: {at: 80, for: 15m}}`, or `below`"
        place = rule.at(rule.kind, key=True)
        yield problem.error(place, "schema/missing", message, hint, rule.name)


def _limit(rule: Rule, side: str, severity: str) -> Limit | None:
    limit = (rule.body.get(side) or {}).get(severity)
    wanted = {"low", "high"} if side == "outside" else {"at"}
    return limit if isinstance(limit, dict) and wanted <= limit.keys() else None


def _disorder(rule: Rule, side: str, sign: int, settings: Settings) -> Iterator[Problem]:
    """A severer tier that is easier to reach than a milder one."""
    milder: tuple[str, float] | None = None
    for severity in settings.severities:
        limit = _limit(rule, side, severity)
        if limit is None:
            continue
        if milder and sign * limit["at"] < sign * milder[1]:
            message = f"`{severity}` is reached before `{milder[0]}`"
            hint = "the severer the tier, the further its limit"
            place = rule.at(rule.kind, side, severity, "at")
            yield problem.warning(place, "rule/tiers", message, hint, rule.name)
        milder = (severity, limit["at"])


def _several_sides(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """One alert per severity has one `for`, so its sides must agree on it."""
    for severity in settings.severities:
        found = [(side, limit) for side in SIDES if (limit := _limit(rule, side, severity))]
        for side, limit in found[1:]:
            if limit.get("for") != found[0][1].get("for"):
                message = f"`{severity}` has a different `for` {found[0][0]} and {side}"
                hint = "give both the same, or make two rules of it"
                place = rule.at(rule.kind, side, severity)
                yield problem.error(place, "rule/tiers", message, hint, rule.name)


def _clear_problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """Hysteresis that cannot be: past the limit, or on two sides at once."""
    for severity in settings.severities:
        clear = _clear(rule, severity)
        if clear is None:
            continue
        tiered = isinstance(rule.body.get("clear"), dict)
        place = rule.at(rule.kind, "clear", *([severity] if tiered else []))
        sides = {side: limit for side in SIDES if (limit := _limit(rule, side, severity))}
        if len(sides) > 1 or "outside" in sides:
            message = "`clear` needs a limit on one side only"
            yield problem.error(place, "rule/clear", message, "make two rules of it", rule.name)
        for side, limit in sides.items():
            sign = 1 if side == "above" else -1
            if side != "outside" and sign * clear > sign * limit["at"]:
                message = f"`{severity}` would clear at {text.limit(clear)}, while it still fires"
                hint = f"`clear` must be {'at or below' if sign > 0 else 'at or above'} the limit"
                yield problem.error(place, "rule/clear", message, hint, rule.name)
