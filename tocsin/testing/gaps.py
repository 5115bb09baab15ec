"""Generated tests of what is not there: values that vanish, are new, or never came; closed windows.

For kinds with limits. A series that ends while a rule is silent, and one that ends while it fires.
"""

from collections.abc import Iterator
from dataclasses import replace

from tocsin import windows
from tocsin.testing import calendar
from tocsin.testing.courses import Course, Subject, count, test
from tocsin.testing.model import Check, Generated
from tocsin.testing.oracle import Limits
from tocsin.testing.series import Phase
from tocsin.testing.solve import Bench

SETTLE = 300_000  # what is expected gets so long to appear where a tier has no `for`
MAX_STEPS, LONGEST_STEP = 1000, 120_000  # what fires must be younger than Prometheus's lookback


def tests(subject: Subject, tier: Limits, side: str, course: Course) -> Iterator[Generated]:
    """The tests of one tier."""
    if not subject.branch.number or tier.missing is not None:
        yield _vanishing(subject, tier, side, course)
    if not subject.branch.number and not course.bench.lead:
        yield _brand_new(subject, tier, side, course)
    if subject.branch.rule.data.get("active"):
        yield _outside_its_hours(subject, tier, side, course)


def _vanishing(subject: Subject, tier: Limits, side: str, course: Course) -> Generated:
    bench = course.bench
    wait = max(tier.wait, 0) + (tier.missing or 0) + bench.span
    past = Phase(course.past, count(bench, bench.span + tier.wait))
    gone = Phase(None, count(bench, wait))
    calm = course.inside if course.cleared is None else course.cleared
    phases = [Phase(calm, count(bench, bench.span)), gone, past, gone]
    name = f"{tier.severity}: the value vanishes, comes back too far, and vanishes again"
    written = ("no_data",) if tier.missing is not None else tier.paths[side]
    return test(subject, bench, phases, name, written)


def _brand_new(subject: Subject, tier: Limits, side: str, course: Course) -> Generated:
    bench = course.bench
    phases = [Phase(None, 3), Phase(course.past, count(bench, bench.span + tier.wait))]
    name = f"{tier.severity}: a new series that is past the limit from the start"
    return test(subject, bench, phases, name, tier.paths[side])


def _outside_its_hours(subject: Subject, tier: Limits, side: str, course: Course) -> Generated:
    """Past the limit from before the window opens until after it has closed."""
    rule, bench = subject.branch.rule, course.bench
    spans, zone = windows.spans(rule), str(rule.data["active"].get("timezone", windows.UTC))
    begin = bench.start * bench.interval // 1000
    closes = calendar.first_closing(spans, zone, begin) or begin
    opens = calendar.first_opening(spans, zone, 60, closes) or closes
    ends = calendar.first_closing(spans, zone, opens) or opens
    while (ends - closes) * 1000 / bench.step > MAX_STEPS and bench.step < LONGEST_STEP:
        bench = replace(bench, step=2 * bench.step)
    bench = replace(bench, start=closes * 1000 // bench.interval - count(bench, bench.span))
    past = Phase(course.past, count(bench, 2 * bench.span + (ends - closes) * 1000))
    name = f"{tier.severity}: past the limit when its window closes, opens and closes"
    return test(subject, bench, [past], name, ("active",))


def expected(subject: Subject, template: Bench) -> Iterator[Generated]:
    """Label sets of `expect` that never had a value."""
    rule = subject.branch.rule
    wanted = {
        index: {name: rule.text("expect", index, name) for name in labels}
        for index, labels in enumerate(rule.data.get("expect") or ())
    }
    mine = [labels for labels in wanted.values() if subject.branch.takes(labels)]
    if not mine:
        return
    step, opens = template.step, template.start * template.interval
    edges = {tier.severity: max(opens, _since(tier)) + tier.wait for tier in subject.tiers}
    asked = {edge + sign * step for edge in edges.values() for sign in (-2, 2)}
    checks = tuple(
        Check(time, frozenset(name for name, edge in edges.items() if edge <= time), labels)
        for time in sorted(asked)
        if all(abs(time - edge) > step for edge in edges.values())
        for labels in mine
    )
    yield Generated(
        rule,
        "expected, and never seen",
        ("expect",),
        step,
        step,
        {},
        {},
        checks,
        subject.branch.number,
    )


def _since(tier: Limits) -> int:
    missing = tier.missing or 0
    return missing if tier.wait else max(missing, SETTLE)
