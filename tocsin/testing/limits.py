"""Generated tests of kinds with limits: `threshold` and `ratio`.

One test per branch, tier and side: the value stays at the limit (or as near as it can get), goes
just past it for longer than `for`, comes back. Before and after every change of what fires, one
evaluation each, promtool is asked.
"""

from collections.abc import Iterator
from dataclasses import replace

from tocsin.kinds import KINDS
from tocsin.promql.operators import CannotTell
from tocsin.testing import contrasts, gaps
from tocsin.testing.contrasts import Value
from tocsin.testing.courses import Course, Subject, beyond, count, course, test, window
from tocsin.testing.model import Generated, Unsolved
from tocsin.testing.oracle import Limits
from tocsin.testing.series import Phase
from tocsin.testing.solve import Bench


def tests(subject: Subject, template: Bench) -> Iterator[Generated | Unsolved]:
    """The tests of a branch."""
    rule, number = subject.branch.rule, subject.branch.number
    found_: list[tuple[Limits, Course]] = []
    for tier in subject.tiers:
        for side in ("low", "high"):
            if getattr(tier, side) is None:
                continue
            name = f"{tier.severity}: at the limit, past it, and back"
            if tier.low is not None and tier.high is not None:
                name = f"{tier.severity}: {side} end: at the limit, past it, and back"
            try:
                found = course(subject, tier, side, template)
            except CannotTell as exc:
                yield Unsolved(rule, name, str(exc), number, tier.paths[side])
                continue
            found_.append((tier, found))
            yield _there_and_back(subject, tier, side, found, name)
            yield from _too_short(subject, tier, side, found)
            yield from gaps.tests(subject, tier, side, found)
    if found_:
        yield from _parts(subject, found_[-1][1], list(subject.tiers), held=False)
    for tier, found in found_:
        if found.between is not None:
            yield from _parts(subject, found, [tier], held=True)
    yield from gaps.expected(subject, template)
    yield from _switched_off(subject, template)


def _there_and_back(
    subject: Subject, tier: Limits, side: str, found: Course, name: str
) -> Generated:
    bench = found.bench
    hold = max(other.wait for other in subject.tiers) + bench.span
    long, short = count(bench, hold), count(bench, bench.span)
    phases = [Phase(found.inside, long), Phase(found.past, long)]
    if found.between is not None:
        phases.append(Phase(found.between, count(bench, bench.span)))
    back = found.inside if found.cleared is None else found.cleared
    phases.append(Phase(back, short + tier.keep // bench.interval))
    return test(subject, bench, phases, name, tier.paths[side])


def _too_short(subject: Subject, tier: Limits, side: str, found: Course) -> Iterator[Generated]:
    """Past the limit for less than `for`, then where only what fires already goes on firing.

    Once more past the limits of severities that fire sooner: it must not be held by these.
    """
    if found.between is None or found.cleared is None or not tier.wait:
        return
    bench = found.bench
    rest = Phase(found.between, count(bench, bench.span + 2 * tier.wait))
    calm = Phase(found.cleared, count(bench, bench.span))
    past = Phase(found.past, max(1, tier.wait // 2 // bench.interval))
    name = f"{tier.severity}: past the limit for too short, then between limit and `clear`"
    yield test(subject, bench, [calm, past, rest], name, tier.paths[side])
    sooner = [other for other in subject.tiers if other.wait + 2 * bench.step < tier.wait]
    for other in sooner:
        if (far := beyond(bench, other, side)) is not None:
            phases = [calm, Phase(far, (tier.wait - bench.step) // bench.interval), rest]
            name = f"{tier.severity}: only {other.severity} fires, then between limit and `clear`"
            yield test(subject, bench, phases, name, tier.paths[side])


def _parts(
    subject: Subject, found: Course, tiers: list[Limits], *, held: bool
) -> Iterator[Generated]:
    """The parts of the value, at lasting levels; or those by which tiers go on firing."""
    rule, bench = subject.branch.rule, found.bench
    value = KINDS[rule.kind].value
    # A value that goes when its guard fails may be missing, which is another matter.
    vanishes = any(tier.missing is not None for tier in subject.tiers)
    if value is None or rule.data.get("expect") or (vanishes and (held or bench.lead)):
        return
    about = Value(
        value(rule),
        subject.judge,
        subject.selectors,
        [tier.severity for tier in tiers],
        lambda number: frozenset(t.severity for t in subject.tiers if t.beyond(number)),
        (lambda number: frozenset(t.severity for t in subject.tiers if t.not_clear(number)))
        if held
        else None,
        max(tier.wait + (tier.keep if held else 0) for tier in subject.tiers),
        bench,
        found.past,
        found.between,
    )
    like = Generated(rule, "", (rule.kind,), 0, 0, {}, {}, (), subject.branch.number)
    for made in contrasts.tests(about, like):
        checks = tuple(c for c in made.checks if subject.branch.takes(dict(c.labels or {})))
        if checks and _all_open(subject, bench, max(check.time for check in checks)):
            name = f"{tiers[0].severity}: {made.name}" if held else made.name
            yield replace(made, name=name, checks=checks)


def _all_open(subject: Subject, bench: Bench, end: int) -> bool:
    """Whether the rule's active window is open from when something happens."""
    opened = window(subject.branch.rule, end // bench.step + 1, bench.step)
    return opened is None or all(opened[bench.start * bench.interval // bench.step :])


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
            found = course(subject, tier, side, template)
        except CannotTell as exc:
            yield Unsolved(subject.branch.rule, name, str(exc), subject.branch.number, about)
            continue
        phases = [Phase(found.past, count(found.bench, found.bench.span + tier.wait))]
        yield test(subject, found.bench, phases, name, about)
