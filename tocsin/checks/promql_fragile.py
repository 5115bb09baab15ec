"""An alert that flaps, or fires when Prometheus restarts, because of how its expression is made.

`topk` and its like choose other series at every evaluation: alerts resolve and fire anew though
nothing has changed. After a restart, Prometheus has not yet scraped all targets: a ratio of two
aggregations over different targets is wrong then, and an alert on it needs a `for`.

Bad:

    - alert: BusyHosts
      expr: topk(3, load > 10)

Good:

    - alert: BusyHosts
      expr: load > 10

Good, since nothing of the choice is left in the labels:

    - alert: BusyHosts
      expr: min(topk(3, load)) > 10

Bad, since the two jobs are scraped at different times:

    - alert: OrdersLost
      expr: sum(orders_sent{job="shop"}) / sum(orders_seen{job="store"}) > 1.1

Good:

    - alert: OrdersLost
      expr: sum(orders_sent{job="shop"}) / sum(orders_seen{job="store"}) > 1.1
      for: 5m
"""

from collections.abc import Iterator, Mapping

from tocsin import durations, problem
from tocsin.checks.check import Check
from tocsin.flows import metric_of
from tocsin.model import Compiled, Metric
from tocsin.problem import Problem, Severity
from tocsin.promql import tree
from tocsin.promql.flow import Branch
from tocsin.promql.tree import Node
from tocsin.written import Expression, expressions

_ARITHMETIC = {"+", "-", "*", "/", "%", "^", "atan2"}
_TARGET = {"job", "instance"}
_JUDGED = {"threshold": ("value",), "expr": ("expr",)}  # where the value that is compared stands


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per choice, and per operation of two aggregations."""
    at_once = {alert.rule.path for alert in compiled.alerts if _is_nothing(alert.for_)}
    for expression in expressions(compiled):
        rule = expression.rule
        if rule.kind == "record":
            continue
        yield from _choices(expression)
        if rule.path in at_once and expression.path[-1:] == _JUDGED.get(rule.kind):
            metrics = compiled.catalogue.metrics
            for node in _apart(expression.root, metrics, compared=rule.kind != "expr"):
                message = "this can be wrong when Prometheus starts: its two sides look at "
                message += "different targets, and not all are scraped yet"
                place = expression.at(node, "operator")
                hint = "add a `for` of some scrape intervals"
                yield problem.warning(place, CHECK.id, message, hint, rule.name)


def _is_nothing(for_: str) -> bool:
    try:
        return not for_ or durations.parse(for_) == 0
    except ValueError:
        return False  # told elsewhere


def _choices(expression: Expression) -> Iterator[Problem]:
    told: set[Node] = set()
    if not any(name in expression.parsed.expr for name in tree.KEEPERS):
        return
    for branch in expression.analysis.branches:
        node = branch.chosen
        if isinstance(node, tree.Aggregation) and node not in told and _varies(branch):
            told.add(node)
            message = f"`{node.name}` may choose other series each time, so that alerts flap"
            hint = "alert on all series beyond a limit, or aggregate what was chosen"
            place = expression.at(node, "name")
            yield problem.warning(place, CHECK.id, message, hint, expression.rule.name)


def _varies(branch: Branch) -> bool:
    """Whether results can differ in their labels at all."""
    labels = branch.possible
    return labels is None or any(branch.value(label) is None for label in labels)


def _apart(node: Node, metrics: Mapping[str, Metric], *, compared: bool) -> Iterator[tree.Binary]:
    """The operations of two aggregations over different targets whose result is compared."""
    node = tree.bare(node)
    if isinstance(node, tree.Negative):
        yield from _apart(node.inner, metrics, compared=compared)
    if not isinstance(node, tree.Binary):
        return
    if node.operator in _ARITHMETIC and compared and not (node.joined and not _filtered(node)):
        both = _aggregates(node.left) and _aggregates(node.right)
        if both and not _same_targets(node, metrics):
            yield node
            return
    compared = compared or (node.operator in tree.COMPARISONS and not node.truth)
    sides = (node.left,) if node.operator in {"and", "unless"} else node.children
    for side in sides:
        yield from _apart(side, metrics, compared=compared)


def _filtered(node: tree.Binary) -> bool:
    """Whether the side that labels are joined from depends on more than being there."""
    single = node.right if node.many == "left" else node.left
    return any(
        isinstance(part, tree.Binary) and part.operator in tree.COMPARISONS
        for part in tree.walk(single)
    )


def _aggregates(node: Node) -> bool:
    """Whether an operand is an aggregation, maybe times a number."""
    node = tree.bare(node)
    if isinstance(node, tree.Negative):
        return _aggregates(node.inner)
    if isinstance(node, tree.Binary) and node.operator in tree.SET_OPERATORS:
        return _aggregates(node.left)
    if isinstance(node, tree.Binary):
        number_left = tree.is_number(node.left)
        kept = node.right if number_left or node.many == "right" else node.left
        return _aggregates(kept)
    return isinstance(node, tree.Aggregation) and node.name not in tree.KEEPERS


def _same_targets(node: tree.Binary, metrics: Mapping[str, Metric]) -> bool:
    """Whether both sides look at the same targets at the same time."""
    left, right = (_targets(side, metrics) for side in node.children)
    return left == right and len(left) == 1


def _targets(node: Node, metrics: Mapping[str, Metric]) -> set[object]:
    found: set[object] = set()
    for part in tree.walk(node):
        if isinstance(part, tree.Selector):
            metric = metric_of(part.name, metrics)
            family = metric.exposed_by or metric.name if metric else _family(part.name)
            asked = sorted((m.label, m.sign, m.value) for m in part.matchers if m.label in _TARGET)
            found.add((family, tuple(asked), part.offset, part.at))
    return found


def _family(name: str) -> str:
    """What series of one exporter have in common: the first words of their names."""
    words = name.split("_")
    return "_".join(words[:2]) if len(words) > 2 else name


CHECK = Check("promql/fragile", Severity.WARNING, run, __doc__)
