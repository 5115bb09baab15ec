"""Which labels an expression's results may have.

`None` means "cannot tell": a metric that nothing declares, or syntax that is too new.
Source: how each operator treats labels is in Prometheus's documentation, querying/operators.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import promql_parser as pp

from tocsin.known import Recorded
from tocsin.model import Metric, Settings
from tocsin.promql.parse import parse

Labels = frozenset[str] | None
_SET_OPERATORS = {"and", "unless"}


class LabelSets:
    """Label sets of expressions over the metrics that a catalogue declares and records.

    `recorded`: the name of each recorded series to its expression and its own labels.
    """

    def __init__(
        self,
        settings: Settings,
        metrics: Mapping[str, Metric],
        recorded: Mapping[str, Recorded] | None = None,
    ) -> None:
        self._target = frozenset(settings.target_labels)
        self._metrics = metrics
        self._recorded: Mapping[str, Recorded] = {} if recorded is None else recorded
        self._open: set[str] = set()  # records whose own labels are being found

    def possible(self, expr: str) -> Labels:
        """The labels that results of `expr` may have, without the metric's name."""
        ast = parse(expr).ast
        return None if ast is None else self._of(ast)

    def _of(self, node: Any) -> Labels:
        if isinstance(node, pp.ParenExpr | pp.UnaryExpr | pp.SubqueryExpr):
            return self._of(node.expr)
        if isinstance(node, pp.VectorSelector):
            return self._selector(node)
        if isinstance(node, pp.MatrixSelector):
            return self._selector(node.vector_selector)
        if isinstance(node, pp.AggregateExpr):
            return self._aggregate(node)
        if isinstance(node, pp.Call):
            return self._call(node)
        if isinstance(node, pp.BinaryExpr):
            return self._binary(node)
        return frozenset()  # numbers and strings have no labels

    def _selector(self, node: Any) -> Labels:
        metric = self._metrics.get(_base_name(node.name or "", self._metrics))
        if node.name == "up":
            return self._target
        if metric is None:
            return self._record(node.name or "")
        extra = {"le"} if metric.type == "histogram" else set()
        extra |= {"quantile"} if metric.type == "summary" else set()
        return self._target | frozenset(metric.labels) | extra

    def _record(self, name: str) -> Labels:
        if name in self._open:
            return None  # a record of itself has no end
        found = self._recorded.get(name)
        if found is None:
            return None
        expr, own = found
        self._open.add(name)
        labels = self.possible(expr)
        self._open.discard(name)
        return None if labels is None else labels | own

    def _aggregate(self, node: Any) -> Labels:
        operator = str(node.op)
        inner = self._of(node.expr)
        if operator in {"topk", "bottomk", "limitk", "limit_ratio"}:
            return inner
        named = frozenset(node.modifier.labels) if node.modifier else frozenset()
        if node.modifier and str(node.modifier.type).endswith("Without"):
            kept: Labels = None if inner is None else inner - named
        else:
            kept = named
        if operator == "count_values" and kept is not None:
            return kept | {str(getattr(node.param, "val", ""))}
        return kept

    def _call(self, node: Any) -> Labels:
        name = node.func.name
        arguments = list(node.args)
        if name in {"absent", "absent_over_time"}:
            return _equal_matchers(arguments[0])
        if name in {"vector", "scalar", "time", "pi"} or not arguments:
            return frozenset()
        if name in {"histogram_quantile", "quantile_over_time"}:
            inner = self._of(arguments[1])
            return inner if inner is None or name == "quantile_over_time" else inner - {"le"}
        inner = self._of(arguments[0])
        if name in {"label_replace", "label_join"} and inner is not None:
            return inner | {str(getattr(arguments[1], "val", ""))}
        return inner

    def _binary(self, node: Any) -> Labels:
        left, right = self._of(node.lhs), self._of(node.rhs)
        operator = str(node.op)
        if operator in _SET_OPERATORS:
            return left
        if operator == "or":
            return None if left is None or right is None else left | right
        if _is_scalar(node.lhs):
            return right
        if _is_scalar(node.rhs) or node.modifier is None:
            return left
        return _matched(node.modifier, left, right)


def _matched(modifier: Any, left: Labels, right: Labels) -> Labels:
    """Labels of a one-to-one or a group_left/group_right operation."""
    card = str(modifier.card)
    matching = modifier.matching
    if "ManyToOne" in card or "OneToMany" in card:
        many = left if "ManyToOne" in card else right
        return None if many is None else many | frozenset(modifier.group_labels or ())
    if matching is None:
        return left
    named = frozenset(matching.labels)
    if str(matching.type).endswith("Include"):
        return named
    return None if left is None else left - named


def _is_scalar(node: Any) -> bool:
    node = _bare(node)
    if isinstance(node, pp.BinaryExpr):
        return _is_scalar(node.lhs) and _is_scalar(node.rhs)
    if isinstance(node, pp.Call):
        return node.func.name in {"scalar", "time", "pi"}
    return isinstance(node, pp.NumberLiteral)


def _bare(node: Any) -> Any:
    while isinstance(node, pp.ParenExpr | pp.UnaryExpr):
        node = node.expr
    return node


def _base_name(name: str, metrics: Mapping[str, Metric]) -> str:
    """The declared name behind a histogram's or summary's series."""
    for suffix in ("_bucket", "_sum", "_count"):
        base = name.removesuffix(suffix)
        if name not in metrics and base != name and base in metrics:
            return base
    return name


def _equal_matchers(node: Any) -> Labels:
    """The labels of `absent(node)`: Prometheus looks at plain selectors only, not into calls."""
    if isinstance(node, pp.MatrixSelector):
        node = node.vector_selector
    if not isinstance(node, pp.VectorSelector):
        return frozenset()
    return frozenset(
        matcher.name for matcher in node.matchers.matchers if matcher.op == pp.MatchOp.Equal
    )


def fixed(expr: str) -> dict[str, set[str]]:
    """Labels that every selector of `expr` fixes by `=`, and the values that they fix them to."""
    selectors = list(_selectors(parse(expr).ast))
    found: dict[str, set[str]] = {}
    for label in {name for matchers in selectors for name in matchers}:
        if all(label in matchers for matchers in selectors):
            found[label] = {matchers[label] for matchers in selectors}
    return found


def _selectors(node: Any) -> Iterator[dict[str, str]]:
    """The equality matchers of each selector in an expression."""
    if isinstance(node, pp.MatrixSelector):
        node = node.vector_selector
    if isinstance(node, pp.VectorSelector):
        yield {m.name: m.value for m in node.matchers.matchers if m.op == pp.MatchOp.Equal}
    elif isinstance(node, pp.BinaryExpr):
        yield from _selectors(node.lhs)
        yield from _selectors(node.rhs)
    elif isinstance(node, pp.Call):
        for argument in node.args:
            yield from _selectors(argument)
    elif isinstance(node, pp.ParenExpr | pp.UnaryExpr | pp.SubqueryExpr | pp.AggregateExpr):
        yield from _selectors(node.expr)
