"""Generated tests of `deviation`: weeks that differ, and one that differs more."""

from collections.abc import Iterator

from tocsin import durations
from tocsin.kinds import deviation
from tocsin.model import Compiled, Rule
from tocsin.overrides import Branch, branches
from tocsin.promql.operators import CannotTell
from tocsin.promql.selectors import named_labels, selectors
from tocsin.testing.courses import judge_of
from tocsin.testing.labels import branch_labels
from tocsin.testing.model import Check, Generated, Unsolved
from tocsin.testing.series import Phase, made
from tocsin.testing.solve import Bench, benches

MINUTE, HOUR, WEEK = 60_000, 3_600_000, 604_800_000


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
