"""An expression as a tree of typed nodes: what the parser found, without the parser's classes.

Nodes know no positions (see `places`), because most expressions are right and nobody asks. Two
nodes are the same only when they are one object, so a node can name a part of an expression.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser as pp

SET_OPERATORS = frozenset({"and", "or", "unless"})
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_NUMBERS = frozenset({"scalar", "time", "pi", "start", "end", "range", "step", "min_of", "max_of"})
KEEPERS = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})  # aggregations that choose


class Node:
    """A part of an expression."""

    __slots__ = ()

    @property
    def children(self) -> tuple["Node", ...]:
        """The nodes right below, in reading order."""
        return ()


@dataclass(slots=True, eq=False)
class Number(Node):
    """A number, with its sign."""

    value: float


@dataclass(slots=True, eq=False)
class Text(Node):
    """A string."""

    value: str


@dataclass(slots=True, eq=False)
class Matcher:
    """What a selector asks of a label. sign: `=`, `!=`, `=~` or `!~`."""

    label: str
    sign: str
    value: str


@dataclass(slots=True, eq=False)
class Selector(Node):
    """Series. range: in seconds, None for an instant; choice: it has `or` between its matchers."""

    name: str
    matchers: tuple[Matcher, ...]
    range: float | None
    offset: float
    at: bool
    choice: bool


@dataclass(slots=True, eq=False)
class Subquery(Node):
    """`inner[range:step]`, in seconds; step None for the default."""

    inner: Node
    range: float
    step: float | None
    offset: float

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.inner,)


@dataclass(slots=True, eq=False)
class Call(Node):
    """A function and its arguments."""

    name: str
    arguments: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(slots=True, eq=False)
class Aggregation(Node):
    """`name by|without (labels) (parameter, inner)`; `labels` is None where nothing is said."""

    name: str
    inner: Node
    parameter: Node | None
    labels: tuple[str, ...] | None
    without: bool

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.inner,) if self.parameter is None else (self.parameter, self.inner)


@dataclass(slots=True, eq=False)
class Binary(Node):
    """`left operator right`.

    on: the labels of `on`; ignoring: those of `ignoring`; both None where nothing is said.
    truth: `bool` makes 0 or 1 of a comparison.
    many: "left" with `group_left`, "right" with `group_right`, else ""; joined: its labels.
    """

    operator: str
    left: Node
    right: Node
    truth: bool
    on: tuple[str, ...] | None
    ignoring: tuple[str, ...] | None
    many: str
    joined: tuple[str, ...]
    filled: bool  # `fill(...)`: what has no partner gets one

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(slots=True, eq=False)
class Paren(Node):
    """Brackets around an expression."""

    inner: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.inner,)


@dataclass(slots=True, eq=False)
class Negative(Node):
    """`-inner`; a plus leaves no node, nor does the sign of a number."""

    inner: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.inner,)


def bare(node: Node) -> Node:
    """A node without brackets around it."""
    while isinstance(node, Paren):
        node = node.inner
    return node


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in reading order."""
    left = [node]
    while left:
        node = left.pop()
        yield node
        left.extend(reversed(node.children))


def is_number(node: Node) -> bool:
    """Whether an expression gives one number rather than series: a scalar, in PromQL's words."""
    node = bare(node)
    if isinstance(node, Binary):
        return is_number(node.left) and is_number(node.right)
    if isinstance(node, Negative):
        return is_number(node.inner)
    if isinstance(node, Call):
        return node.name in _NUMBERS
    return isinstance(node, Number)


def of(ast: Any) -> Node:
    """The tree of what the parser returned."""
    return _MAKERS[type(ast)](ast)


def _number(ast: Any) -> Node:
    return Number(ast.val)


def _text(ast: Any) -> Node:
    return Text(ast.val)


def _selector(ast: Any) -> Selector:
    matchers = ast.matchers
    kept = tuple(Matcher(m.name, _SIGNS[int(m.op)], m.value) for m in matchers.matchers)
    offset = ast.offset
    return Selector(
        ast.name or next((m.value for m in kept if m.label == "__name__" and m.sign == "="), ""),
        kept,
        None,
        offset.total_seconds() if offset is not None else 0.0,
        ast.at is not None,
        bool(matchers.or_matchers),
    )


def _range(ast: Any) -> Node:
    node = _selector(ast.vector_selector)
    node.range = ast.range.total_seconds()
    return node


def _subquery(ast: Any) -> Node:
    step, offset = ast.step, ast.offset
    return Subquery(
        of(ast.expr),
        ast.range.total_seconds(),
        step.total_seconds() if step is not None else None,
        offset.total_seconds() if offset is not None else 0.0,
    )


def _call(ast: Any) -> Node:
    return Call(ast.func.name, tuple(of(argument) for argument in ast.args))


def _aggregation(ast: Any) -> Node:
    parameter, modifier = ast.param, ast.modifier
    return Aggregation(
        str(ast.op),
        of(ast.expr),
        of(parameter) if parameter is not None else None,
        tuple(modifier.labels) if modifier is not None else None,
        modifier is not None and modifier.type == pp.AggModifierType.Without,
    )


def _binary(ast: Any) -> Node:
    left, right, modifier = of(ast.lhs), of(ast.rhs), ast.modifier
    operator = str(ast.op)
    if modifier is None:
        return Binary(operator, left, right, False, None, None, "", (), False)
    matching, card, fill = modifier.matching, modifier.card, modifier.fill_values
    labels = tuple(matching.labels) if matching is not None else None
    included = matching is not None and matching.type == pp.LabelModifierType.Include
    many = "left" if card == pp.VectorMatchCardinality.ManyToOne else ""
    many = "right" if card == pp.VectorMatchCardinality.OneToMany else many
    return Binary(
        operator,
        left,
        right,
        modifier.return_bool,
        labels if included else None,
        None if included else labels,
        many,
        tuple(modifier.group_labels or ()) if many else (),
        fill is not None and (fill.lhs is not None or fill.rhs is not None),
    )


def _paren(ast: Any) -> Node:
    return Paren(of(ast.expr))


def _negative(ast: Any) -> Node:
    return Negative(of(ast.expr))


_SIGNS = {
    int(pp.MatchOp.Equal): "=",
    int(pp.MatchOp.NotEqual): "!=",
    int(pp.MatchOp.Re): "=~",
    int(pp.MatchOp.NotRe): "!~",
}
_MAKERS: dict[type, Callable[[Any], Node]] = {
    pp.NumberLiteral: _number,
    pp.StringLiteral: _text,
    pp.VectorSelector: _selector,
    pp.MatrixSelector: _range,
    pp.SubqueryExpr: _subquery,
    pp.Call: _call,
    pp.AggregateExpr: _aggregation,
    pp.BinaryExpr: _binary,
    pp.ParenExpr: _paren,
    pp.UnaryExpr: _negative,
}
