"""`no_events`: a source of events must not be silent for too long.

With `counter`, one expression holds for a source that is flat, one that vanished because its daemon
died or was deregistered, a brand-new one (silent until it has been known for as long as the limit)
and a counter that was reset:

    ( sum by (flow) (increase(flow_events_total[15m]))
      or 0 * count by (flow) (last_over_time(flow_events_total[1d])) ) == 0
    and count by (flow) (last_over_time(flow_events_total[1d] offset 15m))

With `last_event`, a gauge that holds the time of the last event, the latest time of the last day is
what counts: `time() - last_event > 900` alone would end when the daemon dies.

`remember` (here `1d`) is how long a source that vanished is still expected; without it a day, and
as long as an active window is ever closed.

Sources named in `expect` alert even if their series never existed: `absent_over_time` finds them.
It would find them on the first evaluation, too, before anything could be scraped. `for` cannot
hold it back, as it would hold back the rest of the expression; so the rule records that it was
evaluated, and an expected source is missing only where the rule was evaluated `15m` ago.

In an `active` window the clock starts when the window opens.

    - alert: FlowSilent
      no_events:
        counter: flow_events_total
        by: [flow]
        for: {warning: 15m, critical: 1h}
        expect: [{flow: cdr}]
        remember: 4d
      active: {hours: "06:00-22:00", days: mon-fri, timezone: Europe/Paris}
"""

from collections.abc import Iterator

from tocsin import durations, generated, problem
from tocsin.kinds.kind import Kind
from tocsin.kinds.parts import silences
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.promql.parse import parse
from tocsin.tier import Helper, Part, Tier


def expand(rule: Rule, settings: Settings) -> Iterator[Tier | Helper]:
    """A tier per duration; with `expect`, the record of having been evaluated before them."""
    source = "counter" if "counter" in rule.body else "last_event"
    selector = text.clean(rule.text("no_events", source))
    by = text.by(rule.body.get("by", ()))
    remember = silences.memory(rule)
    expected = silences.expected(rule)
    evaluated = generated.evaluated(rule.name)
    if expected:
        yield Helper(evaluated, "vector(1)")
    for severity, limit in silences.tiers(rule, settings).items():
        silent = _flat if source == "counter" else _old
        expr, parts = silent(selector, by, limit, remember), list[Part]()
        if expected:
            gate = f"last_over_time({evaluated}[{remember}] offset {limit})"
            parts = [Part("silent", expr, ("no_events", "for"))]
            parts += silences.each_expected(rule, selector, by, remember, gate)
            missing = silences.never_seen(selector, by, expected, remember)
            expr = f"(\n{_indented(expr)}\n)\nor\n(\n{_indented(missing)}\n)"
            expr += f"\nand on ()\n  {gate}"
        yield Tier(severity, expr, silence=limit, parts=tuple(parts))


def _flat(counter: str, by: str, limit: str, remember: str) -> str:
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


def _old(gauge: str, by: str, limit: str, remember: str) -> str:
    """Sources known for `limit` whose latest event within `remember` is older than `limit`."""
    seconds = text.limit(durations.parse(limit) / 1000)
    return (
        f"time() - max{by} (max_over_time({gauge}[{remember}])) > {seconds}\n"
        f"and\n"
        f"  count{by} (last_over_time({gauge}[{remember}] offset {limit}))"
    )


def _indented(expr: str) -> str:
    return "\n".join(f"  {line}" for line in expr.splitlines())


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """No source or two, one that is no selector, a limit of nothing, wrong tiers or `expect`."""
    given = [key for key in ("counter", "last_event") if key in rule.body]
    if len(given) != 1:
        message = "no_events needs either `counter` or `last_event`"
        place = rule.at("no_events", key=True)
        yield problem.error(place, "schema/missing", message, rule=rule.name)
    for key in given:
        selector = text.clean(rule.text("no_events", key))
        if selector and not parse(selector).fault and not text.is_selector(selector):
            message = f"`{key}` must be a metric name or a selector"
            hint = 'such as `flow_events_total` or `flow_events_total{kind="cdr"}`'
            place = rule.at("no_events", key)
            yield problem.error(place, "rule/counter", message, hint, rule.name)
    for severity, limit in silences.tiers(rule, settings).items():
        if durations.parse(limit) == 0:
            tiered = isinstance(rule.body.get("for"), dict)
            place = rule.at("no_events", "for", *([severity] if tiered else []))
            message = "a limit of no time at all would always fire"
            yield problem.error(place, "schema/value", message, rule=rule.name)
    yield from silences.problems(rule, settings)


def watched(rule: Rule) -> str:
    """The sources that are there."""
    source = "counter" if "counter" in rule.body else "last_event"
    by = text.by(rule.body.get("by", ()))
    return f"count{by} ({text.clean(rule.text('no_events', source))})"


KIND = Kind(
    "no_events",
    expand,
    (("no_events", "counter"), ("no_events", "last_event")),
    problems,
    watched=watched,
)
