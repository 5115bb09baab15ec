"""Rules with every duration divided by a factor: an hour passes in a minute.

For demonstrations and for watching one's own rules at work. Durations are those of `for`, of
ranges, offsets and resolutions in PromQL, of intervals and of Alertmanager's grouping. Numbers
that mean seconds (`time() - x > 600`) are not durations to PromQL and stay.
"""

from dataclasses import replace

from tocsin import durations
from tocsin.model import Alert, Compiled, Recording, Routing, Rule, RuleGroup
from tocsin.promql.lexer import Kind, tokens


def shrunk(compiled: Compiled, factor: float) -> Compiled:
    """`compiled` as it would be if time ran `factor` times as fast."""
    settings = compiled.catalogue.settings
    groups = {
        id(group): replace(group, interval=_short(group.interval, factor))
        for group in compiled.catalogue.groups
    }
    outputs = tuple(
        replace(_output(output, factor), rule=_moved(output.rule, groups))
        for output in compiled.outputs
    )
    catalogue = replace(
        compiled.catalogue,
        groups=tuple(groups.values()),
        settings=replace(settings, routing=_routing(settings.routing, factor)),
    )
    return Compiled(catalogue, outputs)


def _moved(rule: Rule, groups: dict[int, RuleGroup]) -> Rule:
    return replace(rule, group=groups[id(rule.group)])


def _output(output: Alert | Recording, factor: float) -> Alert | Recording:
    if isinstance(output, Recording):
        return replace(output, expr=expression(output.expr, factor))
    return replace(
        output,
        expr=expression(output.expr, factor),
        for_=_short(output.for_, factor),
        keep_firing_for=_short(output.keep_firing_for, factor),
    )


def expression(expr: str, factor: float) -> str:
    """PromQL with its durations divided."""
    return "".join(
        _short(token.text, factor) if token.kind is Kind.DURATION else token.text
        for token in tokens(expr, blanks=True)
    )


def _routing(routing: Routing, factor: float) -> Routing:
    return replace(
        routing,
        group_wait=_short(routing.group_wait, factor),
        group_interval=_short(routing.group_interval, factor),
        repeat_interval=_short(routing.repeat_interval, factor),
    )


def _short(duration: str, factor: float) -> str:
    """A duration divided, at least 1s: Alertmanager and Prometheus's own clocks need that much."""
    if not duration or durations.parse(duration) == 0:
        return duration
    return durations.text(max(1000, round(durations.parse(duration) / factor)))
