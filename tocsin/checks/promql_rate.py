"""A rate that cannot be worked out: over too short a time, of no counter, or of a sum.

`rate`, `increase` and their kin need two samples within their range, so it must be at least twice
as long as the time between two scrapes (`scrape_interval` in catalogue.yaml or tocsin.yaml; where
nothing says it, Prometheus's default of 1m counts, for a word only). `rate`, `irate` and `increase`
are for counters: they take every fall of a gauge for a restart. For the same reason `rate` comes
before `sum`: of a sum, nobody can tell which counter started anew. The server of `--prometheus` is
asked of which metrics it knows that they are gauges.

Bad, where Prometheus scrapes every 15 seconds:

    - record: job:errors:rate
      expr: sum by (job) (rate(errors_total[20s]))

Good:

    - record: job:errors:rate
      expr: sum by (job) (rate(errors_total[1m]))

Bad:

    - record: instance:room:rate
      expr: rate(room_temperature_celsius[5m])

Good:

    - record: instance:room:deriv
      expr: deriv(room_temperature_celsius[5m])

Bad:

    - record: job:errors:sum
      expr: sum by (job) (increase(errors_total[5m]))
    - record: job:errors:rate
      expr: rate(job:errors:sum[5m])

Good:

    - record: job:errors:rate
      expr: sum by (job) (rate(errors_total[5m]))
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tocsin import durations, problem
from tocsin.checks.check import Check, OfServer
from tocsin.counters import Sort, sort_of
from tocsin.known import Recorded
from tocsin.model import Compiled, Metric
from tocsin.problem import Position, Problem, Severity
from tocsin.promql import tree
from tocsin.promql.parse import parse
from tocsin.promql.tree import Node
from tocsin.server import Server
from tocsin.written import Expression, expressions

_OF_COUNTERS = {"rate", "irate", "increase"}
_OF_TWO = {*_OF_COUNTERS, "delta", "idelta", "deriv", "predict_linear"}
_SUMS = {"sum", "avg"}
_UNTOLD = "1m"  # Prometheus's own default


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per fault of each call."""
    judge = _Judge(compiled)
    for expression in expressions(compiled):
        for node in expression.nodes:
            if isinstance(node, tree.Call) and node.name in _OF_TWO:
                yield from judge.call(expression, node)


class _Judge:
    """What must be known of the catalogue to judge a call."""

    def __init__(self, compiled: Compiled) -> None:
        self._settings = compiled.catalogue.settings
        self._metrics: Mapping[str, Metric] = compiled.catalogue.metrics
        self._recorded: Mapping[str, tuple[Recorded, ...]] = compiled.known.recorded
        self._told = self._settings.source is not None

    def call(self, expression: Expression, node: tree.Call) -> Iterator[Problem]:
        """What is wrong with a call of `rate` or its kin."""
        argument = tree.bare(node.arguments[0])
        if isinstance(argument, tree.Selector):
            recorded = bool(self._recorded.get(argument.name))
            if not recorded or ":" not in argument.name:
                yield from self._too_short(expression, node, argument)
            if node.name in _OF_COUNTERS and not recorded:
                yield from self._of_gauge(expression, node, argument)
        if node.name in _OF_COUNTERS:
            yield from self._of_sum(expression, node, argument)

    def _too_short(
        self, expression: Expression, node: tree.Call, argument: tree.Selector
    ) -> Iterator[Problem]:
        every = self._settings.scrape_interval if self._told else _UNTOLD
        least = 2 * durations.parse(every)
        if argument.range is None or argument.range * 1000 >= least:
            return
        message = f"`{node.name}` needs two samples, and there is one every {every}"
        hint = f"look back {durations.text(least)} at least"
        if not self._told:
            message += ", Prometheus's default"
            hint += ", or say `scrape_interval` in a tocsin.yaml"
        severity = Severity.ERROR if self._told else Severity.INFO
        place = expression.at(argument, "range")
        yield Problem(place, CHECK.id, severity, message, hint, expression.rule.name)

    def _of_gauge(
        self, expression: Expression, node: tree.Call, argument: tree.Selector
    ) -> Iterator[Problem]:
        sort, declared = sort_of(argument.name, self._metrics)
        if sort is Sort.GAUGE:
            by = "" if declared else " by its name"
            message = f"`{node.name}` is for counters, and `{argument.name}` is a gauge{by}"
            severity = Severity.ERROR if declared else Severity.WARNING
            hint = "use `delta` or `deriv`"
            place = expression.at(argument, "name")
            yield Problem(place, CHECK.id, severity, message, hint, expression.rule.name)

    def _of_sum(self, expression: Expression, node: tree.Call, argument: Node) -> Iterator[Problem]:
        if isinstance(argument, tree.Subquery):
            summed = self._summed(argument.inner)
            part, source = "", ""
            roots = [argument.inner]
        elif isinstance(argument, tree.Selector):
            parsed = (parse(expr).tree for expr, _ in self._recorded.get(argument.name, ()))
            roots = [root for root in parsed if root is not None]
            names = [self._summed(root) for root in roots]
            summed = names[0] if names and all(names) else None
            part, source = "name", f", which `{argument.name}` records"
        else:
            return
        if summed is not None:
            place = expression.at(argument, part)
            message = f"`{node.name}` of a `{summed}`{source}: it does not show what started anew"
            hint = f"`{summed}` the rates instead: `{summed}({node.name}(...))`"
            yield Problem(place, CHECK.id, CHECK.severity, message, hint, expression.rule.name)
        elif twice := _rates(roots):
            place = expression.at(argument, part)
            message = f"`{node.name}` of a `{twice}`{source}: that is no counter"
            hint = "use `deriv` or `delta`, or leave one of the two out"
            yield Problem(place, CHECK.id, CHECK.severity, message, hint, expression.rule.name)

    def _summed(self, node: Node) -> str | None:
        """The aggregation that an expression is, if it is one of what may be counters."""
        node = tree.bare(node)
        if not isinstance(node, tree.Aggregation) or node.name not in _SUMS:
            return None
        selectors = [part for part in tree.walk(node.inner) if isinstance(part, tree.Selector)]
        gauges = [sort_of(part.name, self._metrics)[0] is Sort.GAUGE for part in selectors]
        return None if gauges and all(gauges) else node.name


def _rates(roots: list[Node]) -> str:
    """The function of counters, if each expression is the call of one."""
    calls = [root for root in map(tree.bare, roots) if isinstance(root, tree.Call)]
    names = [call.name for call in calls if call.name in _OF_TWO]
    return names[0] if names and len(names) == len(roots) else ""


class Rated(NamedTuple):
    """A metric that a function of counters reads."""

    place: Position
    rule: str
    function: str
    metric: str


def gather(compiled: Compiled) -> Iterator[Rated]:
    """The metrics of a file that should be counters, and of which no more is known here."""
    for expression in expressions(compiled):
        for node in expression.nodes:
            if not isinstance(node, tree.Call) or node.name not in _OF_COUNTERS:
                continue
            argument = tree.bare(node.arguments[0])
            if not isinstance(argument, tree.Selector) or not argument.name:
                continue
            sort, declared = sort_of(argument.name, compiled.catalogue.metrics)
            if sort is not Sort.GAUGE and not declared:
                place = expression.at(argument, "name")
                yield Rated(place, expression.rule.name, node.name, argument.name)


def find(item: Rated, server: Server) -> Iterator[Problem]:
    """A problem where every target says that it is a gauge."""
    if server.types(item.metric) == {"gauge"}:
        message = (
            f"`{item.function}` is for counters, and Prometheus knows `{item.metric}` as a gauge"
        )
        yield problem.warning(item.place, CHECK.id, message, "use `delta` or `deriv`", item.rule)


CHECK = Check(
    "promql/rate",
    Severity.WARNING,
    run,
    __doc__,
    server=OfServer("of what type metrics are", gather, find, lesser=True),
)
