"""Two operands whose series never meet, because of their values or of declared labels.

Prometheus pairs series whose labels are all equal, but for those that `on` or `ignoring` leaves
out. So `up{job="a"} / up{job="b"}` has no result, nor has an operation on two metrics of which one
has a label that the other has not. Which labels a metric has is declared in `rules/metrics/`; what
follows from the expression alone is told by promql/impossible.

Two aggregations that are grouped by other labels meet only where those labels are empty.

Bad:

    - record: orders:ratio
      expr: orders_sent{job="shop"} / orders_seen{job="store"}

Bad:

    - record: orders:ratio
      expr: sum by (shop) (orders_sent) / sum(orders_seen)

Good:

    - record: orders:ratio
      expr: sum by (shop) (orders_sent) / on () group_left () sum(orders_seen)

Good:

    - record: orders:ratio
      expr: orders_sent{job="shop"} / ignoring (job) orders_seen{job="store"}

Good:

    - record: orders:ratio
      expr: sum(orders_sent{job="shop"}) / sum(orders_seen{job="store"})
"""

from collections.abc import Iterator

from tocsin import problem
from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity
from tocsin.promql import tree
from tocsin.promql.flow import Finding, Kind, Why
from tocsin.written import Expression, expressions

_CHOOSING = {*tree.KEEPERS, "count_values"}  # these keep, or add, labels that they do not name


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per operation whose operands never meet."""
    for expression in expressions(compiled):
        for finding in expression.analysis.findings:
            node = finding.node
            if isinstance(node, tree.Binary) and (told := _told(expression, finding, node)):
                message, hint = told
                fatal = finding.kind is Kind.VALUES and expression.analysis.empty
                severity = Severity.ERROR if fatal else Severity.WARNING
                place = expression.at(node, finding.part, finding.label)
                yield Problem(place, CHECK.id, severity, message, hint, expression.rule.name)
        yield from _groupings(expression)


def _groupings(expression: Expression) -> Iterator[Problem]:
    """Operations of aggregations that are grouped by different labels."""
    told = {id(finding.node) for finding in expression.analysis.findings}
    for node in expression.nodes:
        if not isinstance(node, tree.Binary) or node.on is not None or node.operator == "or":
            continue
        left, right = _grouped(node.left), _grouped(node.right)
        if left is None or right is None or node.filled or id(node) in told:
            continue
        apart = sorted((left ^ right) - {*(node.ignoring or ())})
        if apart:
            side, other = ("left", "right") if apart[0] in left else ("right", "left")
            message = f"the two sides meet only where `{apart[0]}` is empty: the {side} one is"
            message += f" grouped by it, the {other} one is not"
            hint = "group both alike, or match `on` what both have, with `group_left` or `_right`"
            place = expression.at(node, "operator")
            yield problem.warning(place, CHECK.id, message, hint, expression.rule.name)


def _grouped(node: tree.Node) -> frozenset[str] | None:
    """The labels that an aggregation is grouped by, as far as an operand is one; None otherwise."""
    node = tree.bare(node)
    if isinstance(node, tree.Negative):
        return _grouped(node.inner)
    if isinstance(node, tree.Binary):
        if node.operator in {"and", "unless"} or tree.is_number(node.right):
            return _grouped(node.left)
        return _grouped(node.right) if tree.is_number(node.left) else None
    plain = isinstance(node, tree.Aggregation) and node.name not in _CHOOSING
    if not isinstance(node, tree.Aggregation) or not plain or node.without:
        return None
    return frozenset(node.labels or ())


def _told(expression: Expression, finding: Finding, node: tree.Binary) -> tuple[str, str] | None:
    label, reason = finding.label, finding.reason
    if finding.kind is Kind.VALUES and reason is not None:
        other = expression.text(reason.node)
        message = f"the two sides never match: the left one has another `{label}` than `{other}`"
        return message, f"match with `ignoring ({label})`, or `on` other labels"
    if reason is None or reason.why is not Why.DECLARED:
        return None
    if finding.kind is Kind.UNMATCHED:
        side = "left" if finding.side is node.left else "right"
        message = f"the two sides never match: the {side} one has no `{label}`"
        hint = f"match with `ignoring ({label})`, or `on` labels that both have"
        return f"{message}, since {reason.text}", hint
    if finding.kind is Kind.LABEL_GONE and finding.part == "matching":
        message = f"`on` names `{label}`, which neither side has, since {reason.text}"
        return message, "match on labels that both sides have"
    return None


CHECK = Check("promql/vector_matching", Severity.WARNING, run, __doc__)
