"""A selector that reads very many series. It asks the server of `--prometheus`.

Every evaluation looks at each of them. `max` says how many are too many; default 10000. With this
section:

    lint:
      checks:
        promql/cardinality: {max: 2}

Bad, where `http_requests_total` has more:

    - record: job:http_requests:rate5m
      expr: sum by (job) (rate(http_requests_total[5m]))

Good:

    - record: job:http_errors:rate5m
      expr: sum by (job) (rate(http_requests_total{code="500"}[5m]))
"""

from collections.abc import Iterator
from typing import NamedTuple

from tocsin import problem
from tocsin.asking.selecting import asked
from tocsin.checks.check import Check, OfServer
from tocsin.model import Compiled
from tocsin.problem import Position, Problem, Severity
from tocsin.promql.tree import Selector
from tocsin.server import Server
from tocsin.written import expressions

_MOST = 10_000


class Wide(NamedTuple):
    """A selector, and how many series are too many."""

    place: Position
    rule: str
    text: str
    most: int


def gather(compiled: Compiled) -> Iterator[Wide]:
    """The selectors of a file."""
    for expression in expressions(compiled):
        most = compiled.catalogue.options(CHECK.id, expression.rule).get("max", _MOST)
        for node in expression.nodes:
            if isinstance(node, Selector) and not node.choice:
                found = asked(expression, node)
                yield Wide(expression.at(node), expression.rule.name, found.text, most)


def find(item: Wide, server: Server) -> Iterator[Problem]:
    """A problem where there are more."""
    count = server.count(item.text)
    if count > item.most:
        message = f"`{item.text}` reads {count:,} series, more than {item.most:,}"
        hint = "narrow it, or read a recording of it"
        yield problem.warning(item.place, CHECK.id, message, hint, item.rule)


CHECK = Check(
    "promql/cardinality",
    Severity.WARNING,
    documentation=__doc__,
    server=OfServer("how many series are read", gather, find),
)
