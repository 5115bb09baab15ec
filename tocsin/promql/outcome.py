"""When an expression has results at all: always, under a condition, or as soon as its series exist.

An alert fires for whatever its expression returns, so an expression that filters nothing always
fires. An expression has one branch for each thing that its results may come from: those on both
sides of `or`. Source: Prometheus's documentation, querying/operators (filtering, set operators).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import promql_parser as pp

from tocsin.promql.operators import ARITHMETIC, COMPARISONS
from tocsin.promql.parse import parse
from tocsin.promql.spans import Span, span

ABSENT = {"absent", "absent_over_time"}
_OF_STATE = {"ALERTS", "ALERTS_FOR_STATE"}  # series that exist only while an alert does
_SAME_VALUE = {"sum", "avg", "min", "max", "topk", "bottomk"}  # of one element


@dataclass(frozen=True)
class Branch:
    """What some of the results come from.

    conditional: something filters them. always: there is a result whatever series exist.
    dead: there can be none. fallback: stands right of `or`, for when there is nothing left of it.
    value: their value, where it is a constant. call: the outermost function around the source.
    operation: the outermost function or aggregation.
    """

    node: Any
    conditional: bool = False
    always: bool = False
    dead: bool = False
    fallback: bool = False
    as_bool: bool = False
    value: float | None = None
    call: str = ""
    operation: str = ""

    @property
    def unconditional(self) -> bool:
        """Whether the alert fires as soon as this has a series."""
        return not self.conditional and not self.dead

    def span(self, expr: str) -> Span:
        """Where it stands in the expression that it is a branch of."""
        return span(expr, self.node)


@lru_cache(maxsize=20_000)
def branches(expr: str) -> tuple[Branch, ...]:
    """The branches of `expr`; none where it does not parse."""
    ast = parse(expr).ast
    return tuple(_of(ast)) if ast is not None else ()


def _of(node: Any) -> list[Branch]:
    if isinstance(node, pp.ParenExpr):
        return _of(node.expr)
    if isinstance(node, pp.UnaryExpr):
        return [replace(b, value=None if b.value is None else -b.value) for b in _of(node.expr)]
    if isinstance(node, pp.VectorSelector):
        return [Branch(node, conditional=node.name in _OF_STATE)]
    if isinstance(node, pp.MatrixSelector):
        return _of(node.vector_selector)
    if isinstance(node, pp.SubqueryExpr):
        return [replace(b, always=False, value=None) for b in _of(node.expr)]
    if isinstance(node, pp.NumberLiteral):
        return [Branch(node, always=True, value=node.val)]
    if isinstance(node, pp.AggregateExpr):
        return [_aggregated(node, branch) for branch in _of(node.expr)]
    if isinstance(node, pp.Call):
        return _called(node)
    if isinstance(node, pp.BinaryExpr):
        return list(_combined(node))
    return [Branch(node, always=True)]


def _aggregated(node: Any, branch: Branch) -> Branch:
    operation = str(node.op)
    if operation == "count":
        value = None if branch.value is None else 1.0
    else:
        value = branch.value if operation in _SAME_VALUE else None
    return replace(branch, node=node, value=value, operation=operation)


def _called(node: Any) -> list[Branch]:
    name, arguments = node.func.name, list(node.args)
    if name in ABSENT:
        inner = _of(arguments[0])
        never = any(branch.always and branch.unconditional for branch in inner)
        return [Branch(node, conditional=True, dead=never, call=name, operation=name)]
    if name in {"vector", "scalar"}:
        value = _of(arguments[0])[0].value if name == "vector" else None
        return [Branch(node, always=True, value=value, call=name, operation=name)]
    vectors = [argument for argument in arguments if _is_vector(argument)]
    if not vectors:
        return [Branch(node, always=True, call=name, operation=name)]
    return [replace(b, node=node, value=None, call=name, operation=name) for b in _of(vectors[0])]


def _is_vector(node: Any) -> bool:
    while isinstance(node, pp.ParenExpr | pp.UnaryExpr):
        node = node.expr
    if isinstance(node, pp.Call):
        return str(node.func.return_type) not in {"ValueType.Scalar", "ValueType.String"}
    if isinstance(node, pp.BinaryExpr):
        return _is_vector(node.lhs) or _is_vector(node.rhs)
    return not isinstance(node, pp.NumberLiteral | pp.StringLiteral)


def _combined(node: Any) -> Iterator[Branch]:
    left, right = _of(node.lhs), _of(node.rhs)
    sign = str(node.op)
    if sign == "or":
        yield from left
        yield from (replace(branch, fallback=True) for branch in right)
        return
    if sign == "unless":
        yield from (replace(branch, conditional=True, always=False) for branch in left)
        return
    filtered = all(branch.conditional or branch.dead for branch in right)
    if sign == "and":
        given = all(branch.always for branch in right)
        for branch in left:
            conditional = branch.conditional or filtered
            yield replace(branch, conditional=conditional, always=branch.always and given)
        return
    kept, others = (left, right) if _result_is_left(node) else (right, left)
    turned = kept is right
    for branch in kept:
        yield _with(node, branch, others, turned=turned)


def _result_is_left(node: Any) -> bool:
    if node.modifier and "OneToMany" in str(node.modifier.card):
        return False
    return _is_vector(node.lhs) or not _is_vector(node.rhs)


def _with(node: Any, branch: Branch, others: list[Branch], *, turned: bool) -> Branch:
    """One side of an arithmetic or comparing operator, with what the other does to it."""
    sign = str(node.op)
    other = others[0].value if len(others) == 1 else None
    known = None if branch.value is None or other is None else (branch.value, other)
    if known is not None and turned:
        known = known[1], known[0]
    filtered = all(each.conditional or each.dead for each in others)
    found = replace(
        branch,
        conditional=branch.conditional or filtered,
        always=branch.always and all(each.always for each in others),
        dead=branch.dead or all(each.dead for each in others),
        value=None,
    )
    if sign not in COMPARISONS:
        value = _result(sign, known)
        return replace(found, node=node, value=value)
    if node.modifier and node.modifier.return_bool:
        value = None if known is None else float(COMPARISONS[sign](*known))
        return replace(found, node=node, as_bool=True, value=value)
    if known is not None:
        # `(x or vector(0)) < 1` fires when there is no x: that is a condition, too.
        holds, filtered = COMPARISONS[sign](*known), found.conditional or branch.fallback
        dead = found.dead or not holds
        return replace(found, value=branch.value, dead=dead, conditional=filtered)
    return replace(found, conditional=True, always=False)


def _result(sign: str, known: tuple[float, float] | None) -> float | None:
    if known is None or sign not in ARITHMETIC:
        return None
    try:
        return ARITHMETIC[sign](*known)
    except (OverflowError, ValueError, ZeroDivisionError, TypeError):
        return None
