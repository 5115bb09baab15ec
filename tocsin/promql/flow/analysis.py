"""The walk over an expression: selectors, functions and operators put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tocsin.known import Recorded
from tocsin.promql import tree
from tocsin.promql.flow import aggregations, calls, comparing, matching, numbers, selectors, sets
from tocsin.promql.flow.branch import (
    EXPECTED,
    GONE,
    MAY,
    NAME,
    SURE,
    Branch,
    Presence,
    labelless,
)
from tocsin.promql.flow.finding import Finding
from tocsin.promql.flow.reason import Reason, Why
from tocsin.promql.parse import Comparison, Parsed, parse
from tocsin.promql.tree import Node

_MOST_BRANCHES = 8  # of a recorded series; beyond that it is as good as unknown


@dataclass(frozen=True)
class Declaration:
    """What is known of a metric: labels that it has, and labels that it may have."""

    expected: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Analysis:
    """What is known of an expression's results, and what is odd about it."""

    parsed: Parsed
    branches: tuple[Branch, ...]
    findings: tuple[Finding, ...]

    @property
    def empty(self) -> bool:
        """Whether it surely never returns anything."""
        return all(branch.dead for branch in self.branches)

    @property
    def possible(self) -> frozenset[str] | None:
        """The labels that results may have, without the metric's name; None for any."""
        found: set[str] = set()
        for branch in self.branches:
            labels = branch.possible
            if labels is None:
                return None
            found |= labels
        return frozenset(found)

    def presence(self, label: str) -> Presence:
        """What is known of a label in all results."""
        found = {branch.presence(label) for branch in self.branches if not branch.dead}
        return MAY if not found or (GONE in found and len(found) > 1) else min(found)

    def cannot(self, label: str) -> Reason | None:
        """Why no result has a label, None where one may."""
        reasons = self.missing(label)
        return reasons[0] if len(reasons) == len(self.branches) and reasons else None

    def missing(self, label: str) -> list[Reason]:
        """Why results of some kind lack a label: one reason for each branch that does."""
        found = [branch.cannot(label) for branch in self.branches]
        return [reason for reason in found if reason is not None]

    def place(self, reason: Reason) -> tuple[int, int]:
        """The characters of the expression that decide."""
        return self.parsed.places.of(reason.node, reason.part, reason.label)


class Flows:
    """Analyses of expressions over the metrics that are declared and recorded; each made once."""

    def __init__(
        self,
        declared: Mapping[str, Declaration] | None = None,
        recorded: Mapping[str, Sequence[Recorded]] | None = None,
    ) -> None:
        self._declared = {} if declared is None else declared
        self._recorded = {} if recorded is None else recorded
        self._known: dict[str, Analysis | None] = {}
        self._open: set[str] = set()

    def of(self, expr: str) -> Analysis | None:
        """The analysis of an expression; None where it does not parse."""
        if expr not in self._known:
            parsed = parse(expr)
            root = parsed.tree
            self._known[expr] = None if root is None else self._analyse(parsed, root)
        return self._known[expr]

    def branches(self, node: Node) -> Sequence[Branch]:
        """What a part of an expression returns."""
        return self._walk(node, [])

    def _analyse(self, parsed: Parsed, root: Node) -> Analysis:
        found: list[Finding] = []
        compared = parsed.comparison and self._compared(parsed.comparison, found)
        branches = compared or self._walk(root, found)
        told: dict[object, Finding] = {}
        for finding in found:
            told.setdefault((finding.kind, finding.node, finding.part, finding.label), finding)
        return Analysis(parsed, tuple(branches), tuple(told.values()))

    def _compared(self, of: Comparison, found: list[Finding]) -> Sequence[Branch]:
        """`left > 80`, from what is known of `left`; nothing where that has other nodes."""
        left = self.of(of.left.expr)
        if left is None or left.parsed is not of.left:
            return ()
        found.extend(left.findings)
        right = self._walk(of.node.right, found)
        return comparing.with_number(of.node, left.branches, right, found)

    def _walk(self, node: Node, found: list[Finding]) -> Sequence[Branch]:
        match node:
            case tree.Selector():
                return [selectors.select(node, base, found) for base in self._metric(node)]
            case tree.Aggregation():
                inner = self._walk(node.inner, found)
                return [aggregations.aggregate(node, branch, found) for branch in inner]
            case tree.Call():
                argument = calls.series_argument(node)
                branches: Sequence[Branch] = ()
                for part in node.arguments:
                    inner = self._walk(part, found)
                    branches = inner if part is argument else branches
                return calls.call(node, branches, found)
            case tree.Binary():
                left = self._walk(node.left, found)
                return _operation(node, left, self._walk(node.right, found), found)
            case tree.Paren() | tree.Subquery():
                return self._walk(node.inner, found)
            case tree.Negative():
                return [_negated(node, branch) for branch in self._walk(node.inner, found)]
        reason = Reason(Why.LABELLESS, node)
        return [labelless(reason, calls.constant(node))]

    def _metric(self, node: tree.Selector) -> Sequence[Branch]:
        """What is known of a metric before its matchers are looked at."""
        name = node.name
        if name in self._open:  # a record of itself has no end
            return (Branch({}),)
        if records := self._recorded.get(name):
            return self._record(node, records)
        given = numbers.OF_METRIC.get(name, numbers.ANY)
        declaration = self._declared.get(name)
        if declaration is None:
            return (Branch({}, numbers=given),)
        reason = Reason(Why.DECLARED, node, "name")
        labels = dict.fromkeys(declaration.possible, (MAY, reason))
        labels.update(dict.fromkeys(declaration.expected, (EXPECTED, reason)))
        return (Branch(labels, reason, given),)

    def _record(self, node: tree.Selector, records: Sequence[Recorded]) -> Sequence[Branch]:
        """A recorded series: what its expression gives, and the labels of the rule."""
        branches: list[Branch] = []
        self._open.add(node.name)
        for expr, labels in records:
            analysis = self.of(expr)
            if analysis is None or len(branches) + len(analysis.branches) > _MOST_BRANCHES:
                branches = [Branch({})]
                break
            branches += [_recorded(node, branch, labels) for branch in analysis.branches]
        self._open.discard(node.name)
        return branches


def _recorded(node: tree.Selector, branch: Branch, own: frozenset[str]) -> Branch:
    labels = {
        label: (presence, Reason(Why.RECORDED, node, "name", label, reason))
        for label, (presence, reason) in branch.labels.items()
        if label != NAME
    }
    labels |= dict.fromkeys(sorted(own), (SURE, Reason(Why.RECORDED, node, "name")))
    closed = branch.closed and Reason(Why.RECORDED, node, "name", "", branch.closed)
    return Branch(labels, closed, branch.numbers)


def _negated(node: tree.Negative, branch: Branch) -> Branch:
    return branch.without_name(node)._replace(numbers=numbers.negative(branch.numbers))


def _operation(
    node: tree.Binary, left: Sequence[Branch], right: Sequence[Branch], found: list[Finding]
) -> Sequence[Branch]:
    if node.operator in tree.SET_OPERATORS:
        return sets.combine(node, left, right, found)
    if tree.is_number(node.left) or tree.is_number(node.right):
        return comparing.with_number(node, left, right, found)
    return matching.match(node, left, right, found)
