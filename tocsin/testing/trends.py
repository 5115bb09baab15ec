"""Generated tests of `forecast` and `deviation`: what changes over a long time."""

from collections.abc import Callable, Iterator
from functools import partial

from tocsin import durations
from tocsin.kinds import deviation, forecast
from tocsin.model import Compiled, Rule
from tocsin.overrides import Branch, branches
from tocsin.promql import text
from tocsin.promql.operators import CannotTell
from tocsin.promql.selectors import named_labels, selectors
from tocsin.testing.courses import judge_of
from tocsin.testing.labels import branch_labels
from tocsin.testing.model import Check, Generated, Unsolved
from tocsin.testing.series import Phase, made
from tocsin.testing.solve import Bench, benches

MINUTE, HOUR, WEEK = 60_000, 3_600_000, 604_800_000


def of_forecast(rule: Rule, compiled: Compiled) -> Iterator[Generated | Unsolved]:
    """A straight way to the mark: too far off, near enough; flat; steep, but no worry."""
    for branch in branches(rule):
        horizons = forecast._tiers(branch.rule, compiled.catalogue.settings)
        try:
            yield from _forecasts(branch, horizons, compiled)
        except (CannotTell, OverflowError) as exc:
            yield Unsolved(rule, "the rule", str(exc) or "the numbers are too large", branch.number)


def _forecasts(
    branch: Branch, horizons: dict[str, dict[str, str]], compiled: Compiled
) -> Iterator[Generated]:
    rule, settings = branch.rule, compiled.catalogue.settings
    falls = "falls_to" in rule.body
    mark = float(rule.body["falls_to" if falls else "rises_to"])
    worry = rule.body["while"].get("below" if falls else "above")
    if worry is None or len(rule.body["while"]) != 1 or rule.data.get("active"):
        raise CannotTell("`while` is not on the side of the mark, or there is an active window")
    gap = float(worry) - mark  # from the mark to where worry begins
    step = durations.parse(rule.group.every(settings))
    bench, level = _straight(rule, branch, [mark + gap * part for part in (0.2, 0.5, 0.8)], step)
    lead = 15 * MINUTE

    def test(name: str, start: float, slope: float, count: int, checks: list[Check]) -> Generated:
        first, last = level(start), level(start + slope * count)
        series = {
            stand.selector: made(stand, [Phase(stand.fixed, count + 1)], step)[1]
            if stand.fixed is not None
            else f"{text.limit(first)}{'-' if last < first else '+'}"
            f"{text.limit(abs(last - first) / count)}x{count}"
            for stand in bench.stands
        }
        label = f"override {branch.number}, " if branch.number else ""
        about = ("forecast", "within")
        return Generated(
            rule,
            label + name,
            about,
            step,
            step,
            series,
            dict(bench.watched or ()),
            tuple(checks),
            branch.number,
        )

    for severity, tier in horizons.items():
        ahead = durations.parse(str(tier["at"]))
        slope = -0.5 * gap * step / ahead  # half of the gap within the horizon, per sample
        waits = {name: durations.parse(str(t.get("for") or "0s")) for name, t in horizons.items()}
        ends = {n: durations.parse(str(t["at"])) for n, t in horizons.items()}
        # When the way to the mark is as long as the horizon of each severity, and `for` after it.
        due = {n: lead + (ahead - ends[n]) + waits[n] for n in horizons}
        count = (lead + waits[severity]) // step + 6
        start = mark + 0.5 * gap - slope * lead / step
        checks = [
            Check(
                time,
                frozenset(n for n, at in due.items() if max(at, 5 * MINUTE + waits[n]) <= time),
            )
            for time in (due[severity] - 2 * step, due[severity] + 2 * step)
            if all(abs(time - at) > step for at in due.values())
        ]
        yield test(f"{severity}: the mark comes within reach", start, slope, count, checks)
    wait = max(durations.parse(str(t.get("for") or "0s")) for t in horizons.values())
    count = (lead + wait) // step + 4
    end = [Check(count * step, frozenset())]
    yield test("near the mark, and standing still", mark + 0.5 * gap, 0.0, count, end)
    nearest = min(durations.parse(str(tier["at"])) for tier in horizons.values())
    slope = -3 * gap * step / nearest
    if count * step < nearest / 2:
        start = float(worry) - 1.2 * slope * count
        yield test("steep, and nothing to worry about yet", start, slope, count, end)


def _straight(
    rule: Rule, branch: Branch, values: list[float], step: int
) -> tuple[Bench, Callable[[float], float]]:
    """A bench on which the value follows a series in a straight line, and the way back."""
    judge, (expr,) = judge_of(rule)
    read = selectors(expr)
    if any(selector.range for selector in read):
        raise CannotTell("a value over a range has no straight way")
    template = Bench(judge, (), step, step, step)
    for bench in benches(judge, read, branch_labels(rule, branch, named_labels(expr)), template):
        near = abs(values[2] - values[0]) * 1e-6
        levels = [bench.between(value - near, value + near) for value in values]
        first, middle, last = levels
        if first is None or middle is None or last is None or first == last:
            continue
        if abs((first + last) / 2 - middle) < 1e-3 * abs(last - first):
            rise = (last - first) / (values[2] - values[0])
            return bench, partial(_on_line, first, values[0], rise)
    raise CannotTell("no series moves the value in a straight line")


def _on_line(start: float, origin: float, rise: float, value: float) -> float:
    """The level on which a value that moves in a straight line takes `value`."""
    return start + (value - origin) * rise


def of_deviation(rule: Rule, compiled: Compiled) -> Iterator[Generated | Unsolved]:
    """Two weeks that differ, then a third just inside and just past a limit."""
    for branch in branches(rule):
        try:
            yield from _deviations(branch, compiled)
        except CannotTell as exc:
            yield Unsolved(rule, "the rule", str(exc), branch.number)


def _deviations(branch: Branch, compiled: Compiled) -> Iterator[Generated]:
    rule = branch.rule
    if rule.data.get("active"):
        raise CannotTell("an active window, and weeks")
    judge, (expr,) = judge_of(rule)
    read = selectors(expr)
    span = max(selector.range + selector.offset for selector in read)
    least = float(rule.body.get("at_least", 0))
    usual = 100 * max(1.0, least)
    template = Bench(judge, (), span + 2 * MINUTE, MINUTE, 15 * MINUTE)
    common = branch_labels(rule, branch, named_labels(expr))
    for severity in compiled.catalogue.settings.severities:
        for side, sign in (("above", 1), ("below", -1)):
            limit = deviation._limit(rule, side, severity)
            if limit is None:
                continue
            spread = min(0.1 * usual, 0.5 * usual / float(limit["at"]))
            spread = max(spread, 1.2 * least / float(limit["at"]))
            off = sign * float(limit["at"]) * spread
            wanted = [usual - spread, usual + spread, usual + 0.97 * off, usual + 1.03 * off]
            bench, levels = _levels(benches(judge, read, common, template), wanted)
            wait = durations.parse(str(limit.get("for") or "0s")) + 2 * HOUR + span
            days = WEEK // MINUTE
            hold = wait // MINUTE
            phases = [
                Phase(level, n) for level, n in zip(levels, (days, days, hold, hold), strict=True)
            ]
            series = {s.selector: made(s, phases, MINUTE)[1] for s in bench.stands}
            inside = (2 * WEEK + wait - 15 * MINUTE) // (15 * MINUTE) * 15 * MINUTE
            fires = frozenset(_severities(rule, compiled, side, 1.03 * float(limit["at"])))
            inner = frozenset(_severities(rule, compiled, side, 0.97 * float(limit["at"])))
            outside = (inside + wait) // (15 * MINUTE) * 15 * MINUTE
            checks = (Check(inside, inner), Check(outside, fires))
            name = f"{severity}: {side} what is usual, just inside and just past the limit"
            yield Generated(
                rule,
                name,
                ("deviation", side, severity, "at"),
                MINUTE,
                15 * MINUTE,
                series,
                dict(bench.watched or ()),
                checks,
                branch.number,
            )


def _severities(rule: Rule, compiled: Compiled, side: str, times: float) -> Iterator[str]:
    for severity in compiled.catalogue.settings.severities:
        limit = deviation._limit(rule, side, severity)
        if limit is not None and float(limit["at"]) < times:
            yield severity


def _levels(found: Iterator[Bench], wanted: list[float]) -> tuple[Bench, list[float]]:
    for bench in found:
        near = 1e-6 * wanted[0]
        levels = [bench.between(value - near, value + near) for value in wanted]
        known = [level for level in levels if level is not None]
        if len(known) == len(wanted):
            return bench, known
    raise CannotTell("no series were found on which the value is the usual one")
