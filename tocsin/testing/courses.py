"""Ways for a value to pass its limits: levels of series just inside and just past them.

What a test expects is what the rule means for the values that the series give (`oracle`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tocsin import windows
from tocsin.model import Rule
from tocsin.overrides import Branch
from tocsin.promql import text
from tocsin.promql.operators import CannotTell, Vector
from tocsin.promql.selectors import Selector
from tocsin.promql.simulate import World
from tocsin.source import Path
from tocsin.testing import calendar, oracle
from tocsin.testing.model import Check, Generated
from tocsin.testing.oracle import Limits
from tocsin.testing.series import Phase, made
from tocsin.testing.solve import Bench, Judge, benches

_MORE = 40  # ways to move the value that are tried for one that meets a limit exactly
NEAR = 0.004  # of the limit: how near to it "just past" is


@dataclass(frozen=True)
class Subject:
    """A branch to be tested: what it judges, and the tiers that may fire."""

    branch: Branch
    judge: Judge
    selectors: Sequence[Selector]
    common: dict[str, str]
    tiers: Sequence[Limits]
    base: Sequence[Limits]  # the tiers of the rule without overrides
    clocks: bool  # the expression asks for the time


@dataclass(frozen=True)
class Course:
    """A bench and the levels at which the value is just inside, and just past, a limit.

    between, cleared: just short of `clear`, and there.
    """

    bench: Bench
    inside: float
    past: float
    between: float | None = None
    cleared: float | None = None
    exact: bool = True  # the value is at the limit, and at `clear`, to the last bit


def course(subject: Subject, tier: Limits, side: str, template: Bench) -> Course:
    """Solves for the levels of a tier's test. Raises CannotTell: why the last try failed."""
    reason = "no series were found on which the value reaches the limit"
    ways = benches(
        subject.judge, subject.selectors, subject.common, template, clocks=subject.clocks
    )
    best: Course | None = None
    for tried, bench in enumerate(ways):
        if best is not None and tried > _MORE:
            break
        try:
            found = _levels(bench, tier, side)
        except CannotTell as exc:
            reason = str(exc)
            continue
        if found is not None and found.exact:
            return found
        best = best or found
    if best is None:
        raise CannotTell(reason)
    return best


def _levels(bench: Bench, tier: Limits, side: str) -> Course | None:
    limit = tier.high if side == "high" else tier.low
    assert limit is not None  # noqa: S101 # the caller asks for sides that are there
    sign = 1 if side == "high" else -1
    past = _level(bench, limit, sign, tier)
    if past is None:
        return None
    inside = bench.exactly(limit, bench.between(*_ordered(limit, 1e-9 * sign, tier)) or past)
    if inside is None:
        inside = _level(bench, limit, -sign, tier)
    if inside is None:
        return None
    exact = bench.settled(inside) == limit
    if tier.clear is None:
        return Course(bench, inside, past, exact=exact)
    between = _level(bench, tier.clear, sign, tier)
    cleared = bench.exactly(tier.clear, between) if between is not None else None
    if cleared is None:
        cleared = _level(bench, tier.clear, -sign, tier)
    if between is None or cleared is None:
        raise CannotTell("no series were found on which the value is between limit and `clear`")
    exact = exact and bench.settled(cleared) == tier.clear
    return Course(bench, inside, past, between, cleared, exact)


def beyond(bench: Bench, tier: Limits, side: str) -> float | None:
    """A level at which the value is just past a tier's limit; None where there is none."""
    limit = tier.high if side == "high" else tier.low
    return None if limit is None else _level(bench, limit, 1 if side == "high" else -1, tier)


def _near(tier: Limits) -> float:
    ends = [abs(end) for end in (tier.low, tier.high) if end]
    near = NEAR * (min(ends) if ends else 1.0)
    if tier.low is not None and tier.high is not None:
        near = min(near, (tier.high - tier.low) / 4)
    if tier.clear is not None:
        gap = min(abs(end - tier.clear) for end in (tier.low, tier.high) if end is not None)
        near = min(near, gap / 8) if gap else near
    return near


def _ordered(limit: float, offset: float, tier: Limits) -> tuple[float, float]:
    near = _near(tier) * offset
    return min(limit, limit + near), max(limit, limit + near)


def _level(bench: Bench, limit: float, sign: int, tier: Limits) -> float | None:
    """A level just beyond `limit` on one side; where values jump, the nearest beyond it."""
    low, high = _ordered(limit, sign, tier)
    found = bench.between(low + (high - low) / 4, high) if sign > 0 else None
    found = bench.between(low, high - (high - low) / 4) if sign < 0 else found
    if found is not None:
        return found
    return bench.nearest(lambda value: sign * (value - limit) > 0, limit)


def count(bench: Bench, time: int) -> int:
    """Samples that fill a time, and two evaluations more."""
    return -(-(time + 2 * bench.step) // bench.interval) + 1


def test(subject: Subject, bench: Bench, phases: list[Phase], name: str, about: Path) -> Generated:
    """The series of the phases, and what the rule's meaning makes of them."""
    phases = [*bench.before, *phases]
    series = [made(stand, phases, bench.interval) for stand in bench.stands]
    world = World([found for found, _ in series], bench.step, bench.recorded)
    starts = [at * bench.interval for at in accumulate(phase.count for phase in phases)]
    times = range(0, starts[-1], bench.step)
    results = [bench.result(world, time) for time in times]
    values = [found[1] if found else None for found in results]
    return Generated(
        subject.branch.rule,
        name,
        about,
        bench.interval,
        bench.step,
        {stand.selector: values for stand, (_, values) in zip(bench.stands, series, strict=True)}
        | bystanders(subject, bench, sum(phase.count for phase in phases)),
        dict(bench.watched or frozenset()),
        tuple(_checks(subject, values, bench.step, starts)),
        subject.branch.number,
    )


def bystanders(subject: Subject, bench: Bench, count: int) -> dict[str, str]:
    """Alerts of another rule that fire for the same labels: what holds an alert must not see them.

    None where nothing of the rule looks at alerts.
    """
    if all(tier.clear is None and tier.missing is None for tier in subject.tiers):
        return {}
    labels = dict(bench.watched or frozenset())
    labels |= {"alertname": f"Not{subject.branch.rule.name}", "alertstate": "firing"}
    alike = (labels | {"severity": tier.severity} for tier in subject.tiers)
    return {f"ALERTS{{{text.matchers(one)}}}": f"1x{count - 1}" for one in alike}


def _checks(
    subject: Subject, values: list[float | None], step: int, starts: Iterable[int]
) -> Iterator[Check]:
    """Before and after each change of what fires, soon after each phase begins, and at the end."""
    opened = window(subject.branch.rule, len(values), step)
    fires = {tier.severity: oracle.firing(tier, values, step, opened) for tier in subject.tiers}
    asked = {len(values) - 1}
    asked |= {after for start in starts if (after := start // step + 2) < len(values)}
    for found in fires.values():
        for index in oracle.changes(found):
            asked |= {index - 1, index}
    for index in sorted(asked):
        yield Check(index * step, frozenset(name for name, at in fires.items() if at[index]))


def window(rule: Rule, count: int, step: int) -> list[bool] | None:
    """Whether the rule's active window is open at each step; None for a rule without one."""
    if not rule.data.get("active"):
        return None
    spans = windows.spans(rule)
    zone = str(rule.data["active"].get("timezone", windows.UTC))
    return [calendar.is_open(spans, zone, index * step // 1000) for index in range(count)]


def judge_of(rule: Rule) -> tuple[Judge, list[str]]:
    """What a rule judges, by what its author wrote, and the expressions that it reads."""
    if rule.kind == "ratio":
        return _ratio(rule), [rule.text("ratio", "of"), rule.text("ratio", "to")]
    expr = rule.text(rule.kind, "value")

    def judge(world: World, time: int) -> Vector:
        return _vector(world.value(expr, time))

    return judge, [expr]


def _ratio(rule: Rule) -> Judge:
    part, whole = rule.text("ratio", "of"), rule.text("ratio", "to")
    least = float(rule.body.get("min_traffic", 0))
    scale = 100.0 if rule.body.get("unit") == "percent" else 1.0

    def judge(world: World, time: int) -> Vector:
        parts = _vector(world.value(part, time))
        wholes = _vector(world.value(whole, time))
        return {
            labels: scale * parts.get(labels, 0.0) / value
            for labels, value in wholes.items()
            if value > 0 and value >= least
        }

    return judge


def _vector(value: float | Vector) -> Vector:
    return {frozenset(): value} if isinstance(value, float) else value
