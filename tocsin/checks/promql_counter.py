"""A counter whose value is used as it is.

A counter says how much there has been since its process started. It only grows, and starts anew at
a restart: held against a limit, it fires once and never resolves. What happened lately is `rate` or
`increase` of it. Counters are those that `rules/metrics/` declares; of a metric that nothing
declares, a name such as `errors_total` tells. Asking only whether the series is there is fine.

Bad:

    - alert: ManyErrors
      expr: errors_total > 100

Good:

    - alert: ManyErrors
      expr: increase(errors_total[1h]) > 100

Good, since only the series count:

    - alert: Unseen
      expr: up == 1 unless on (instance) requests_total
"""

from collections.abc import Iterator

from tocsin import problem
from tocsin.checks.check import Check
from tocsin.counters import Sort, sort_of
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity
from tocsin.promql import tree
from tocsin.promql.tree import Node
from tocsin.written import expressions

_SAFE = frozenset(
    """
    absent absent_over_time present_over_time changes resets count_over_time increase irate rate
    timestamp count group
    """.split()
)


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per counter of an expression, at the first place where it is used so."""
    metrics, recorded = compiled.catalogue.metrics, compiled.known.recorded
    for expression in expressions(compiled):
        root = tree.bare(expression.root)
        if isinstance(root, tree.Selector):
            continue  # whether it is there, or a copy of it
        told = set()
        for node in _raw(root):
            name = node.name
            if name in told:
                continue
            sort, declared = sort_of(name, metrics)
            if sort is not Sort.COUNTER or recorded.get(name):
                continue
            told.add(name)
            message = f"`{name}` is a counter{'' if declared else ' by its name'}: "
            message += "its value only says how much there was since its process started"
            hint = f"use `rate({name}[5m])` or `increase({name}[5m])`"
            place = expression.at(node)
            yield problem.warning(place, CHECK.id, message, hint, expression.rule.name)


def _raw(node: Node) -> Iterator[tree.Selector]:
    """The selectors whose values are used as they are."""
    match node:
        case tree.Selector():
            yield node
        case tree.Call() | tree.Aggregation() if node.name in _SAFE:
            return
        case tree.Binary(operator="unless"):
            yield from _raw(node.left)
        case tree.Binary(operator="and") if isinstance(tree.bare(node.right), tree.Selector):
            yield from _raw(node.left)
        case _:
            for child in node.children:
                yield from _raw(child)


CHECK = Check("promql/counter", Severity.WARNING, run, __doc__)
