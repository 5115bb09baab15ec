"""An aggregation that drops a label that must stay, or keeps one that must go.

Asked for in the `lint` section of catalogue.yaml or tocsin.yaml. `pattern` is a regular expression
for the names of the rules, as a whole, all by default; `of: record` or `of: alert` speaks of one
sort. A label that the rule itself gives is there in any case. What `and`, `unless` or `group_left`
take no labels from is not looked at.

    lint:
      checks:
        promql/aggregate:
          aggregations:
            - {of: record, keep: [job], comment: "dashboards link series to their job"}
            - {pattern: "cluster:.+", strip: [instance]}

Bad, with that section:

    - record: cluster:errors:rate
      expr: sum by (cluster) (rate(errors_total[5m]))

Bad:

    - record: cluster:errors:rate
      expr: sum without (path) (rate(errors_total[5m]))

Good:

    - record: cluster:errors:rate
      expr: sum by (cluster, job) (rate(errors_total[5m]))
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin import demands
from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity
from tocsin.promql import tree
from tocsin.promql.tree import Aggregation, Node
from tocsin.written import Expression, expressions


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per label and aggregation."""
    for expression in expressions(compiled):
        rule = expression.rule
        for entry in compiled.catalogue.options(CHECK.id, rule).get("aggregations", ()):
            asked = demands.concerns(entry.get("of", ""), rule)
            if asked and demands.matches(entry.get("pattern", ".*"), rule.name, rule):
                yield from _judge(expression, entry)


def _judge(expression: Expression, entry: Mapping[str, Any]) -> Iterator[Problem]:
    level = demands.severity(entry) or CHECK.severity
    for key in ("keep", "strip"):
        for label in entry.get(key, ()):
            if label in expression.rule.own_labels:
                continue
            for node in _wrong(expression.root, label, keep=key == "keep"):
                message, hint = _told(node, label, keep=key == "keep")
                place = expression.at(node, "grouping" if node.labels is not None else "name")
                hint = entry.get("comment", hint)
                yield Problem(place, CHECK.id, level, message, hint, expression.rule.name)


def _told(node: Aggregation, label: str, *, keep: bool) -> tuple[str, str]:
    if keep:
        hint = f"leave `{label}` out of `without`" if node.without else f"add `{label}` to `by`"
        return f"`{node.name}` must keep the label `{label}`", hint
    hint = f"add `{label}` to `without`" if node.without else f"leave `{label}` out of `by`"
    return f"`{node.name}` must drop the label `{label}`", hint


def _wrong(node: Node, label: str, *, keep: bool) -> Iterator[Aggregation]:
    """The aggregations that do with a label what they should not, from the outermost on."""
    if isinstance(node, Aggregation) and node.name not in tree.KEEPERS:
        kept = (label not in (node.labels or ())) == node.without
        if kept != keep:
            yield node
        elif not keep:
            return  # it is gone, whatever is inside
    for child in _handing_on(node):
        yield from _wrong(child, label, keep=keep)


def _handing_on(node: Node) -> tuple[Node, ...]:
    """The operands whose labels come out."""
    if not isinstance(node, tree.Binary):
        return node.children
    if node.operator in {"and", "unless"} or node.many == "left":
        return (node.left,)
    return (node.right,) if node.many == "right" else node.children


CHECK = Check("promql/aggregate", Severity.WARNING, run, __doc__, opt_in=True, alone=True)
