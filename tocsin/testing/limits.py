"""Generated tests of kinds with limits: `threshold` and `ratio`.

One test per branch, tier and side: the value stays at the limit (or as near as it can get), goes
just past it for longer than `for`, comes back. Before and after every change of what fires, one
evaluation each, promtool is asked.
"""

from collections.abc import Iterator

from tocsin.promql.operators import CannotTell
from tocsin.testing import gaps
from tocsin.testing.courses import Course, Subject, count, course, test
from tocsin.testing.model import Generated, Unsolved
from tocsin.testing.oracle import Limits
from tocsin.testing.series import Phase
from tocsin.testing.solve import Bench


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
                found = course(subject, tier, side, template)
            except CannotTell as exc:
                yield Unsolved(rule, name, str(exc), number, tier.paths[side])
                continue
            yield _there_and_back(subject, tier, side, found, name)
            yield from gaps.tests(subject, tier, side, found)
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
