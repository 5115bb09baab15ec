"""Generated tests of kinds with limits: `threshold` and `ratio`.

One test per branch, tier and side: the value stays at the limit (or as near as it can get), goes
just past it for longer than `for`, comes back. Before and after every change of what fires, one
evaluation each, promtool is asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tocsin import windows
from tocsin.model import Rule
from tocsin.overrides import Branch
from tocsin.promql.operators import CannotTell, Vector
from tocsin.promql.selectors import Selector
from tocsin.promql.simulate import World
from tocsin.source import Path
from tocsin.testing import oracle
from tocsin.testing.model import Check, Generated, Unsolved
from tocsin.testing.oracle import Limits
from tocsin.testing.series import Phase, made
from tocsin.testing.solve import Bench, Judge, benches

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
    """A bench and the levels at which the value is just inside, and just past, a limit."""

    bench: Bench
    inside: float
    past: float
    between: float | None = None
    cleared: float | None = None


def tests(subject: Subject, template: Bench) -> Iterator[Generated | Unsolved]:
    """The tests of a branch."""
    rule, number = subject.branch.rule, subject.branch.number
    for tier in subject.tiers:
        for side in ("low", "high"):
            if getattr(tier, side) is None:
                continue
            name = f"{tier.severity}: at the limit, past it, and back"
            if tier.low is not None and tier.high is not None:
                name = f"{tier.severity}: {side} end: at the limit, past it, and back"
            try:
                course = _course(subject, tier, side, template)
            except CannotTell as exc:
                yield Unsolved(rule, name, str(exc), number, tier.paths[side])
                continue
            yield _there_and_back(subject, tier, side, course, name)
            if side in tier.paths and not subject.branch.number:
                yield _vanishing(subject, tier, side, course)
                yield _brand_new(subject, tier, side, course)
    yield from _switched_off(subject, template)


def _course(subject: Subject, tier: Limits, side: str, template: Bench) -> Course:
    """Solves for the levels of a tier's test. Raises CannotTell: why the last try failed."""
    reason = "no series were found on which the value reaches the limit"
    found = benches(
        subject.judge, subject.selectors, subject.common, template, clocks=subject.clocks
    )
    for bench in found:
        try:
            course = _levels(bench, tier, side)
        except CannotTell as exc:
            reason = str(exc)
            continue
        if course is not None:
            return course
    raise CannotTell(reason)


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
    if tier.clear is None:
        return Course(bench, inside, past)
    middle = (limit + tier.clear) / 2
    between = bench.between(*sorted((middle - _near(tier), middle + _near(tier))))
    cleared = _level(bench, tier.clear, -sign, tier)
    if between is None or cleared is None:
        raise CannotTell("no series were found on which the value is between limit and `clear`")
    return Course(bench, inside, past, between, cleared)


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


def _there_and_back(
    subject: Subject, tier: Limits, side: str, course: Course, name: str
) -> Generated:
    bench = course.bench
    hold = max(other.wait for other in subject.tiers) + bench.span
    long, short = _count(bench, hold), _count(bench, bench.span)
    phases = [Phase(course.inside, long), Phase(course.past, long)]
    if course.between is not None:
        phases.append(Phase(course.between, _count(bench, bench.span)))
    back = course.inside if course.cleared is None else course.cleared
    phases.append(Phase(back, short + tier.keep // bench.interval))
    return _test(subject, course.bench, phases, name, tier.paths[side])


def _vanishing(subject: Subject, tier: Limits, side: str, course: Course) -> Generated:
    bench = course.bench
    wait = max(tier.wait, 0) + (tier.missing or 0) + bench.span
    past = Phase(course.past, _count(bench, bench.span + tier.wait))
    gone = Phase(None, _count(bench, wait))
    calm = course.inside if course.cleared is None else course.cleared
    phases = [Phase(calm, _count(bench, bench.span)), gone, past, gone]
    name = f"{tier.severity}: the value vanishes, comes back too far, and vanishes again"
    written = ("no_data",) if tier.missing is not None else tier.paths[side]
    return _test(subject, bench, phases, name, written)


def _brand_new(subject: Subject, tier: Limits, side: str, course: Course) -> Generated:
    bench = course.bench
    phases = [Phase(None, 3), Phase(course.past, _count(bench, bench.span + tier.wait))]
    name = f"{tier.severity}: a new series that is past the limit from the start"
    return _test(subject, bench, phases, name, tier.paths[side])


def _switched_off(subject: Subject, template: Bench) -> Iterator[Generated | Unsolved]:
    """An override without a tier that the rule has: past that limit, it keeps quiet."""
    mine = {tier.severity for tier in subject.tiers}
    for tier in subject.base:
        if tier.severity in mine or not subject.branch.number:
            continue
        side = "high" if tier.high is not None else "low"
        name = f"{tier.severity}: is off"
        about = ("overrides", subject.branch.number - 1)
        try:
            course = _course(subject, tier, side, template)
        except CannotTell as exc:
            yield Unsolved(subject.branch.rule, name, str(exc), subject.branch.number, about)
            continue
        phases = [Phase(course.past, _count(course.bench, course.bench.span + tier.wait))]
        yield _test(subject, course.bench, phases, name, about)


def _count(bench: Bench, time: int) -> int:
    """Samples that fill a time, and two evaluations more."""
    return -(-(time + 2 * bench.step) // bench.interval) + 1


def _test(subject: Subject, bench: Bench, phases: list[Phase], name: str, about: Path) -> Generated:
    """The series of the phases, and what the rule's meaning makes of them."""
    phases = [*bench.before, *phases]
    series = [made(stand, phases, bench.interval) for stand in bench.stands]
    world = World([found for found, _ in series], bench.step, bench.recorded)
    length = sum(phase.count for phase in phases) * bench.interval
    times = range(0, length, bench.step)
    results = [bench.result(world, time) for time in times]
    values = [found[1] if found else None for found in results]
    return Generated(
        subject.branch.rule,
        name,
        about,
        bench.interval,
        bench.step,
        {stand.selector: text for stand, (_, text) in zip(bench.stands, series, strict=True)},
        dict(bench.watched or frozenset()),
        tuple(_checks(subject, values, bench.step)),
        subject.branch.number,
    )


def _checks(subject: Subject, values: list[float | None], step: int) -> Iterator[Check]:
    """Before and after each change of what fires, and at the end."""
    opened = window(subject.branch.rule, len(values), step)
    fires = {tier.severity: oracle.firing(tier, values, step, opened) for tier in subject.tiers}
    asked = {len(values) - 1}
    for found in fires.values():
        for index in oracle.changes(found):
            asked |= {index - 1, index}
    for index in sorted(asked):
        yield Check(index * step, frozenset(name for name, at in fires.items() if at[index]))


def window(rule: Rule, count: int, step: int) -> list[bool] | None:
    """Whether the rule's active window is open at each step; None for a rule without one."""
    from tocsin.testing.calendar import is_open  # noqa: PLC0415

    if not rule.data.get("active"):
        return None
    spans = windows.spans(rule)
    zone = str(rule.data["active"].get("timezone", windows.UTC))
    return [is_open(spans, zone, index * step // 1000) for index in range(count)]


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
            if value > least
        }

    return judge


def _vector(value: float | Vector) -> Vector:
    return {frozenset(): value} if isinstance(value, float) else value
