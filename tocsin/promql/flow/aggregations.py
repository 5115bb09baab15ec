"""Aggregations: which labels they leave, and which numbers they give."""

from tocsin.promql import tree
from tocsin.promql.flow import numbers
from tocsin.promql.flow.branch import GONE, NAME, SURE, Branch
from tocsin.promql.flow.finding import Finding, Kind
from tocsin.promql.flow.numbers import Numbers
from tocsin.promql.flow.reason import Reason, Why


def aggregate(node: tree.Aggregation, inner: Branch, found: list[Finding]) -> Branch:
    """The results of an aggregation of one branch."""
    if node.name in tree.KEEPERS:
        return inner._replace(chosen=node)
    labels = node.labels or ()
    found.extend(_lost(node, inner))
    if node.without:
        branch = inner.without_name(node)
        for label in labels:
            reason = Reason(Why.DROPPED, node, "grouping", label)
            branch = branch.with_label(label, GONE, reason)
        joined = tuple(reason for reason in branch.joined if reason.label not in labels)
        branch = branch._replace(joined=joined)
    else:
        found.extend(_gone(node, inner))
        part = "grouping" if labels else "name"
        branch = inner.using(labels).only(labels, Reason(Why.AGGREGATED, node, part))
    if node.name == "count_values" and isinstance(node.parameter, tree.Text):
        label = node.parameter.value
        if not (node.without and label in labels):  # it would be taken away at once
            branch = branch.with_label(label, SURE, Reason(Why.ADDED, node, "name"))
    return branch._replace(numbers=_numbers(node, inner), chosen=None)


def _gone(node: tree.Aggregation, inner: Branch) -> list[Finding]:
    """The labels of `by` that are not there."""
    return [
        Finding(Kind.LABEL_GONE, node, "grouping", label, reason)
        for label in node.labels or ()
        if (reason := inner.cannot(label)) is not None and not (label == NAME and inner.dead)
    ]


def _lost(node: tree.Aggregation, inner: Branch) -> list[Finding]:
    """The labels that were joined in vain."""
    labels = node.labels or ()
    part = "grouping" if labels else "name"
    return [
        Finding(Kind.JOIN_LOST, node, part, reason.label, reason)
        for reason in inner.joined
        if (reason.label in labels) == node.without
    ]


def _numbers(node: tree.Aggregation, inner: Branch) -> Numbers:
    if node.name == "sum":
        return numbers.total(inner.numbers, single=inner.labelless)
    if node.name == "count" and inner.labelless:
        return numbers.ONE
    if node.name == "quantile":
        level = node.parameter.value if isinstance(node.parameter, tree.Number) else -1
        return inner.numbers if 0 <= level <= 1 else numbers.ANY
    if node.name in numbers.BETWEEN:
        return inner.numbers
    return numbers.OF_AGGREGATION.get(node.name, numbers.ANY)
