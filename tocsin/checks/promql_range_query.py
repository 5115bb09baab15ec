"""A query that reaches further back than there are samples.

With `--prometheus` it asks the server how long it keeps them. Without, `max` in the `lint` section
says how far a query may reach:

    lint:
      checks:
        promql/range_query: {max: 7d}

Ranges and offsets within each other count together: `x[1d] offset 1w` reaches eight days back.

Bad, with that section:

    - alert: ErrorsGrow
      expr: rate(errors_total[1h]) > 2 * rate(errors_total[1h] offset 1w)

Good:

    - alert: ErrorsGrow
      expr: rate(errors_total[1h]) > 2 * rate(errors_total[1h] offset 1d)
"""

from collections.abc import Iterator
from typing import NamedTuple

from tocsin import durations, problem
from tocsin.checks.check import Check, OfServer
from tocsin.model import Compiled
from tocsin.problem import Position, Problem, Severity
from tocsin.promql import tree
from tocsin.promql.tree import Node
from tocsin.server import Server
from tocsin.written import Expression, expressions


class Reach(NamedTuple):
    """How far back a selector reaches, in seconds."""

    place: Position
    rule: str
    seconds: float

    @property
    def text(self) -> str:
        """The same for people."""
        return durations.text(round(self.seconds * 1000))


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per selector that reaches further than is allowed."""
    for expression in expressions(compiled):
        most = compiled.catalogue.options(CHECK.id, expression.rule).get("max", "")
        for found in _reaches(expression) if most else ():
            if found.seconds > durations.parse(most) / 1000:
                message = f"this reaches {found.text} back, further than the {most} allowed"
                yield problem.warning(found.place, CHECK.id, message, rule=found.rule)


def gather(compiled: Compiled) -> Iterator[Reach]:
    """How far back the selectors of a file reach."""
    for expression in expressions(compiled):
        yield from _reaches(expression)


def find(item: Reach, server: Server) -> Iterator[Problem]:
    """A problem where that is further than samples are kept."""
    kept = server.retention()
    if kept is not None and item.seconds > kept:
        period = durations.text(round(kept * 1000))
        message = f"this reaches {item.text} back, and Prometheus keeps samples for {period}"
        hint = "shorten it, or keep them for longer"
        yield problem.warning(item.place, CHECK.id, message, hint, item.rule)


def _reaches(expression: Expression) -> Iterator[Reach]:
    left: list[tuple[Node, float]] = [(expression.root, 0.0)]
    while left:
        node, back = left.pop()
        if isinstance(node, tree.Selector):
            seconds = back + node.offset + (node.range or 0.0)
            if seconds > 0 and not node.at:
                yield Reach(expression.at(node), expression.rule.name, seconds)
            continue
        if isinstance(node, tree.Subquery):
            back += node.offset + node.range
        left.extend((child, back) for child in reversed(node.children))


CHECK = Check(
    "promql/range_query",
    Severity.WARNING,
    run,
    __doc__,
    server=OfServer("how far queries reach", gather, find),
    alone=True,
)
