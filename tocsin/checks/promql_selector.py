"""A selector that does not say what it must, such as from which job its series are.

Asked for in the `lint` section of catalogue.yaml or tocsin.yaml. `pattern` is a regular expression
for the metric's name, as a whole, all by default; `call` is one for the functions within which
selectors are looked at; `of: alert` or `of: record` speaks of one sort of rules.

    lint:
      checks:
        promql/selector:
          selectors:
            - {pattern: "up|probe_.+", labels: [job], of: alert}
            - {call: "absent|absent_over_time", labels: [job, env]}

Bad, with that section:

    - alert: TargetDown
      expr: up == 0

Good:

    - alert: TargetDown
      expr: up{job="node"} == 0

Bad:

    - alert: NoOrders
      expr: absent(orders_total{job="shop"})
      for: 5m
"""

from collections.abc import Iterator

from tocsin import demands
from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity
from tocsin.promql import tree
from tocsin.promql.tree import Node, Selector
from tocsin.written import expressions


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per selector and label that it lacks."""
    for expression in expressions(compiled):
        rule = expression.rule
        for entry in compiled.catalogue.options(CHECK.id, rule).get("selectors", ()):
            if not demands.concerns(entry.get("of", ""), rule):
                continue
            call = entry.get("call", "")
            level = demands.severity(entry) or CHECK.severity
            for node, around in _selectors(expression.root, ()):
                within = not call or any(demands.matches(call, name, rule) for name in around)
                named = demands.matches(entry.get("pattern", ".*"), _name(node), rule)
                for label in entry["labels"] if within and named else ():
                    if all(matcher.label != label for matcher in node.matchers):
                        message = f"this selector must say which `{label}` it means"
                        hint = entry.get("comment") or f'such as `{label}="..."`'
                        place = expression.at(node)
                        yield Problem(place, CHECK.id, level, message, hint, rule.name)


def _selectors(node: Node, around: tuple[str, ...]) -> Iterator[tuple[Selector, tuple[str, ...]]]:
    """Each selector, and the functions that it is within."""
    if isinstance(node, Selector):
        yield node, around
    elif isinstance(node, tree.Call):
        around = (*around, node.name)
    for child in node.children:
        yield from _selectors(child, around)


def _name(node: Selector) -> str:
    """The metric's name, or what the selector says of it."""
    said = (matcher.value for matcher in node.matchers if matcher.label == "__name__")
    return node.name or next(said, "")


CHECK = Check("promql/selector", Severity.WARNING, run, __doc__, opt_in=True, alone=True)
