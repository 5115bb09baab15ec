"""`no_events`: a counter of events must not stand still for too long.

One expression holds for a source that is flat, one that vanished because its daemon died or was
deregistered, a brand-new one (silent until it has been known for as long as the limit) and a
counter that was reset:

    ( sum by (flow) (increase(flow_events_total[15m]))
      or 0 * count by (flow) (last_over_time(flow_events_total[1d])) ) == 0
    and count by (flow) (last_over_time(flow_events_total[1d] offset 15m))

`remember` (here `1d`) is how long a source that vanished is still expected.

Sources named in `expect` alert even if their series never existed: `absent_over_time` finds them.
It would find them on the first evaluation, too, before anything could be scraped. `for` cannot
hold it back, as it would hold back the rest of the expression; so the rule records that it was
evaluated, and an expected source is missing only where the rule was evaluated `15m` ago.

    - alert: FlowSilent
      no_events:
        counter: flow_events_total
        by: [flow]
        for: {warning: 15m, critical: 1h}
        expect: [{flow: cdr}]
        remember: 1d
"""

from collections.abc import Iterator, Mapping

from tocsin import durations, problem, severities
from tocsin.kinds.kind import Kind
from tocsin.model import Helper, Rule, Settings, Tier
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.promql.parse import parse

REMEMBER = "1d"
EVALUATED = "tocsin:evaluated"


def expand(rule: Rule, settings: Settings) -> Iterator[Tier | Helper]:
    """A tier per duration; with `expect`, the record of having been evaluated before them."""
    counter = text.clean(rule.text("no_events", "counter"))
    by = text.by(rule.body.get("by", ()))
    remember = str(rule.body.get("remember", REMEMBER))
    expected = [_label_set(rule, index) for index in range(len(rule.body.get("expect") or ()))]
    if expected:
        yield Helper(EVALUATED, "vector(1)", {"rule": rule.name})
    for severity, limit in silences(rule, settings).items():
        expr = silent(counter, by, limit, remember)
        if expected:
            missing = never_seen(counter, by, expected, remember)
            since = f"{EVALUATED}{{rule={text.quoted(rule.name)}}}[{remember}] offset {limit}"
            expr = f"(\n{_indented(expr)}\n)\nor\n(\n{_indented(missing)}\n)"
            expr += f"\nand on ()\n  last_over_time({since})"
        yield Tier(severity, expr)


def silent(counter: str, by: str, limit: str, remember: str) -> str:
    """Sources seen within `remember`, and known for `limit`, without an event for `limit`."""
    return (
        f"(\n"
        f"    sum{by} (increase({counter}[{limit}]))\n"
        f"  or\n"
        f"    0 * count{by} (last_over_time({counter}[{remember}]))\n"
        f") == 0\n"
        f"and\n"
        f"  count{by} (last_over_time({counter}[{remember}] offset {limit}))"
    )


def never_seen(counter: str, by: str, expected: list[dict[str, str]], remember: str) -> str:
    """Expected sources without a series; 0, since that is how many events they had."""
    return "\nor\n".join(
        f"0 * max{by} (absent_over_time({text.narrowed(counter, labels)}[{remember}]))"
        for labels in expected
    )


def _indented(expr: str) -> str:
    return "\n".join(f"  {line}" for line in expr.splitlines())


def silences(rule: Rule, settings: Settings) -> dict[str, str]:
    """Severity to the duration without events that it allows."""
    written = rule.body.get("for") or {}
    if isinstance(written, str):
        return {str(rule.data.get("severity") or settings.default_severity): written}
    limits = {name: limit for name, limit in written.items() if isinstance(limit, str)}
    order = [name for name in settings.severities if name in limits]
    return {name: limits[name] for name in [*order, *(limits.keys() - set(order))]}


def _label_set(rule: Rule, index: int) -> dict[str, str]:
    names: Mapping[str, object] = rule.body["expect"][index]
    return {name: rule.text("no_events", "expect", index, name) for name in names}


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """A counter that is none, unknown severities, memory that is too short, wrong `expect`."""
    counter = text.clean(str(rule.body.get("counter", "")))
    if counter and not parse(counter).fault and not text.is_selector(counter):
        message = "`counter` must be a metric name or a selector"
        hint = 'such as `flow_events_total` or `flow_events_total{kind="cdr"}`'
        place = rule.at("no_events", "counter")
        yield problem.error(place, "rule/counter", message, hint, rule.name)
    yield from _tier_problems(rule, settings)
    yield from _expect_problems(rule)


def _tier_problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    limits = silences(rule, settings)
    path = ("no_events", "for")
    if not limits:
        message = "`for` has no tier"
        yield problem.error(rule.at(*path), "schema/missing", message, rule=rule.name)
    remember = durations.parse(str(rule.body.get("remember", REMEMBER)))
    for severity, limit in limits.items():
        tiered = isinstance(rule.body.get("for"), dict)
        place = (*path, severity) if tiered else path
        if severity not in settings.severities:
            where = rule.at(*place, key=True) if tiered else rule.at("severity")
            yield severities.unknown(where, severity, settings.severities, rule.name)
        if durations.parse(limit) == 0:
            message = "a limit of no time at all would always fire"
            yield problem.error(rule.at(*place), "schema/value", message, rule=rule.name)
        elif remember <= durations.parse(limit):
            message = f"`remember` ({durations.text(remember)}) must be longer than `for` ({limit})"
            hint = "a source is forgotten before its silence is too long"
            yield problem.error(rule.at(*place), "rule/remember", message, hint, rule.name)


def _expect_problems(rule: Rule) -> Iterator[Problem]:
    by = list(rule.body.get("by", ()))
    for index, labels in enumerate(rule.body.get("expect") or ()):
        if labels is None or set(labels) == set(by):
            continue
        named = ", ".join(f"`{name}`" for name in by) or "no label"
        message = f"each entry of `expect` must name just the labels of `by`: {named}"
        place = rule.at("no_events", "expect", index)
        yield problem.error(place, "rule/expect", message, rule=rule.name)


KIND = Kind("no_events", expand, (("no_events", "counter"),), problems)
