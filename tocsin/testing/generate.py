"""A catalogue to the tests that come with its rules without a word from their authors."""

from collections.abc import Iterator
from dataclasses import replace

from tocsin import durations, windows
from tocsin.model import Compiled, Recording, Rule
from tocsin.overrides import branches
from tocsin.promql import text
from tocsin.promql.operators import CannotTell
from tocsin.promql.selectors import Selector, named_labels, selectors
from tocsin.testing import budgets, calendar, deviations, limits, oracle, silences, trends
from tocsin.testing.courses import Subject, judge_of
from tocsin.testing.labels import branch_labels
from tocsin.testing.model import Generated, Tests, Unsolved
from tocsin.testing.solve import Bench

MAX_STEPS = 1500  # evaluations; a longer test is evaluated less often


def tests(compiled: Compiled) -> Tests:
    """The tests of all typed rules that compile, and what could not be tested."""
    found = Tests()
    done = {id(output.rule.group) for output in compiled.outputs}
    for rule in compiled.catalogue.rules:
        if rule.valid and id(rule.group) in done and rule.kind in GENERATORS:
            for made in GENERATORS[rule.kind](rule, compiled):
                if isinstance(made, Generated):
                    found.generated.append(made)
                else:
                    found.unsolved.append(made)
    return found


def _of_limits(rule: Rule, compiled: Compiled) -> Iterator[Generated | Unsolved]:
    settings = compiled.catalogue.settings
    judge, exprs = judge_of(rule)
    base = oracle.tiers(rule, settings.severities)
    for branch in branches(rule):
        tiers = oracle.tiers(branch.rule, settings.severities)
        label = f"override {branch.number}" if branch.number else ""
        try:
            read = [selector for expr in exprs for selector in selectors(expr)]
            if not read:
                raise CannotTell("it reads no series")
            clocks = any("time()" in expr or "timestamp(" in expr for expr in exprs)
            template = _bench(rule, read, compiled, [*tiers, *base], clocks=clocks)
            if any("histogram_quantile(" in expr for expr in exprs):
                template = replace(template, bounds=_bounds([*tiers, *base]))
            subject = Subject(
                branch,
                judge,
                read,
                branch_labels(
                    rule, branch, [name for expr in exprs for name in named_labels(expr)]
                ),
                tiers,
                base,
                clocks,
            )
            made = list(limits.tests(subject, template))
        except CannotTell as exc:
            yield Unsolved(rule, label or "the rule", str(exc), branch.number)
            continue
        for one in made:
            if not label:
                yield one
            elif isinstance(one, Unsolved):
                yield replace(one, what=f"{label}, {one.what}")
            else:
                yield replace(one, name=f"{label}, {one.name}")


def _bench(
    rule: Rule,
    read: list[Selector],
    compiled: Compiled,
    tiers: list[oracle.Limits],
    *,
    clocks: bool,
) -> Bench:
    """How often there are samples and evaluations: as in the catalogue, less often where long."""
    settings = compiled.catalogue.settings
    interval = durations.parse(settings.scrape_interval)
    step = durations.parse(rule.group.every(settings))
    span, past = _spans(read)
    # An age is only possible when so much time has passed since promtool's beginning.
    ages = [abs(end) for tier in tiers for end in (tier.low, tier.high) if end] if clocks else []
    start = round(1500 * max(ages, default=0))
    wait = max((tier.wait for tier in tiers), default=0)
    if span + past > 3 * 3_600_000:
        interval = max(interval, 60_000)
    span += 2 * interval
    start = max(start, _opening(rule, 4 * span + 2 * wait))
    for coarser in (60_000, 240_000):
        if (start + past + span * 4 + 2 * wait) / step > MAX_STEPS:
            step = max(step, coarser)
    return Bench(
        lambda _world, _time: {},
        (),
        span,
        interval,
        step,
        _recorded(rule, compiled),
        start=start // interval,
        lead=past and past // interval + 3,
        shares=tuple(_shares(tiers)),
    )


def _shares(tiers: list[oracle.Limits]) -> Iterator[tuple[float, ...]]:
    """What is left of a whole beside a limit: where the part is in the whole, both are round."""
    for end in dict.fromkeys(e for t in tiers for e in (t.low, t.high, t.clear) if e):
        if 0 < end < 100:
            yield (float(f"{100 - end:.9g}"),)
        if 0 < end < 1:
            yield (float(f"{1000 * (1 - end):.9g}"),)


def _bounds(tiers: list[oracle.Limits]) -> tuple[str, ...]:
    """Bounds of a histogram's buckets between which there are all limits."""
    ends = [end for tier in tiers for end in (tier.low, tier.high, tier.clear) if end]
    if not ends:
        return ("1", "+Inf")
    return (text.limit(min(ends) / 2), text.limit(4 * max(ends)), "+Inf")


def _spans(read: list[Selector]) -> tuple[int, int]:
    """How far back what happens counts, and what was before that.

    Where an expression holds a series against its own past, only what is new moves the value.
    """
    whole = max(selector.range + selector.offset for selector in read)
    present = {selector.name for selector in read if not selector.offset}
    if not any(selector.offset and selector.name in present for selector in read):
        return whole, 0
    return max(selector.range for selector in read if not selector.offset), whole


def _recorded(rule: Rule, compiled: Compiled) -> dict[str, tuple[str, frozenset[tuple[str, str]]]]:
    """The recordings that people wrote in the rule's file: they have no series of their own."""
    return {
        output.record: (output.expr, frozenset(output.labels.items()))
        for output in compiled.outputs
        if isinstance(output, Recording)
        and output.rule.kind == "record"
        and output.rule.source.name == rule.source.name
    }


def _opening(rule: Rule, length: int) -> int:
    """When the active window opens for so long, in milliseconds; 0 without one."""
    if not rule.data.get("active"):
        return 0
    zone = str(rule.data["active"].get("timezone", windows.UTC))
    spans = windows.spans(rule)
    opening = calendar.first_opening(spans, zone, length // 1000 + 600)
    if opening is None:
        opening = calendar.first_opening(spans, zone, 60) or 0
    return opening * 1000


GENERATORS = {
    "threshold": _of_limits,
    "ratio": _of_limits,
    "no_events": silences.of_silences,
    "down": silences.of_silences,
    "absent": silences.of_absent,
    "heartbeat": silences.of_heartbeat,
    "burn_rate": budgets.of_burn_rate,
    "forecast": trends.of_forecast,
    "deviation": deviations.of_deviation,
}
