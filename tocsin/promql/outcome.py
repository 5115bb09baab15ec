"""When an expression has results at all: always, under a condition, or as soon as its series exist.

An alert fires for whatever its expression returns, so an expression that filters nothing always
fires. An expression has one branch for each thing that its results may come from: those on both
sides of `or`. Source: Prometheus's documentation, querying/operators (filtering, set operators).
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tocsin.promql import tree
from tocsin.promql.operators import ARITHMETIC, COMPARISONS
from tocsin.promql.parse import parse
from tocsin.promql.places import Span
from tocsin.promql.tree import Node

ABSENT = {"absent", "absent_over_time"}
OF_STATE = {"ALERTS", "ALERTS_FOR_STATE"}  # series that exist only while an alert does
_COUNTING = {"count", "count_values", "group"}
_SAME_VALUE = {"sum", "avg", "min", "max", "topk", "bottomk"}  # of one element


class Branch(NamedTuple):
    """What some of the results come from.

    conditional: something filters them. always: there is a result whatever series exist.
    dead: there can be none. fallback: stands right of `or`, for when there is nothing left of it.
    value: their value, where it is a constant. call: the outermost function around the source.
    operation: the outermost function or aggregation.
    counted: their values are numbers of series, or of nothing at all, whatever the series' values.
    """

    node: Node
    conditional: bool = False
    always: bool = False
    dead: bool = False
    fallback: bool = False
    as_bool: bool = False
    value: float | None = None
    call: str = ""
    operation: str = ""
    counted: bool = False

    @property
    def unconditional(self) -> bool:
        """Whether the alert fires as soon as this has a series."""
        return not self.conditional and not self.dead

    def span(self, expr: str) -> Span:
        """Where it stands in the expression that it is a branch of."""
        return parse(expr).places.of(self.node)


@lru_cache(maxsize=2_000)
def branches(expr: str) -> tuple[Branch, ...]:
    """The branches of `expr`; none where it does not parse."""
    root = parse(expr).tree
    return tuple(_of(root)) if root is not None else ()


def _of(node: Node) -> list[Branch]:
    match node:
        case tree.Paren():
            return _of(node.inner)
        case tree.Negative():
            return [
                b._replace(value=None if b.value is None else -b.value) for b in _of(node.inner)
            ]
        case tree.Selector():
            return [Branch(node, conditional=node.name in OF_STATE)]
        case tree.Subquery():
            return [branch._replace(always=False, value=None) for branch in _of(node.inner)]
        case tree.Number():
            return [Branch(node, always=True, value=node.value)]
        case tree.Aggregation():
            return [_aggregated(node, branch) for branch in _of(node.inner)]
        case tree.Call():
            return _called(node)
        case tree.Binary():
            return list(_combined(node))
    return [Branch(node, always=True)]


def _aggregated(node: tree.Aggregation, branch: Branch) -> Branch:
    if node.name == "count":
        value = None if branch.value is None else 1.0
    else:
        value = branch.value if node.name in _SAME_VALUE else None
    counted = branch.counted or node.name in _COUNTING
    return branch._replace(node=node, value=value, operation=node.name, counted=counted)


def _called(node: tree.Call) -> list[Branch]:
    name = node.name
    if name in ABSENT:
        inner = _of(node.arguments[0])
        never = any(branch.always and branch.unconditional for branch in inner)
        return [Branch(node, conditional=True, dead=never, call=name, operation=name)]
    if name in {"vector", "scalar"}:
        value = _of(node.arguments[0])[0].value if name == "vector" else None
        return [Branch(node, always=True, value=value, call=name, operation=name)]
    vectors = [argument for argument in node.arguments if _is_vector(argument)]
    if not vectors:
        return [Branch(node, always=True, call=name, operation=name)]
    return [b._replace(node=node, value=None, call=name, operation=name) for b in _of(vectors[0])]


def _is_vector(node: Node) -> bool:
    return not tree.is_number(node) and not isinstance(node, tree.Text)


def _combined(node: tree.Binary) -> Iterator[Branch]:
    left, right = _of(node.left), _of(node.right)
    if node.operator == "or":
        yield from left
        yield from (branch._replace(fallback=True) for branch in right)
        return
    if node.operator == "unless":
        yield from (branch._replace(conditional=True, always=False) for branch in left)
        return
    filtered = all(branch.conditional or branch.dead for branch in right)
    if node.operator == "and":
        given = all(branch.always for branch in right)
        for branch in left:
            conditional = branch.conditional or filtered
            yield branch._replace(conditional=conditional, always=branch.always and given)
        return
    turned = node.many == "right" or (not _is_vector(node.left) and _is_vector(node.right))
    for branch in right if turned else left:
        yield _with(node, branch, left if turned else right, turned=turned)


def _with(node: tree.Binary, branch: Branch, others: list[Branch], *, turned: bool) -> Branch:
    """One side of an arithmetic or comparing operator, with what the other does to it."""
    sign = node.operator
    other = others[0].value if len(others) == 1 else None
    known = None if branch.value is None or other is None else (branch.value, other)
    if known is not None and turned:
        known = known[1], known[0]
    filtered = all(each.conditional or each.dead for each in others)
    found = branch._replace(
        conditional=branch.conditional or filtered,
        always=branch.always and all(each.always for each in others),
        dead=branch.dead or all(each.dead for each in others),
        value=None,
    )
    if sign not in COMPARISONS:
        return found._replace(node=node, value=_result(sign, known))
    if node.truth:
        value = None if known is None else float(COMPARISONS[sign](*known))
        return found._replace(node=node, as_bool=True, value=value)
    if known is not None:
        # `(x or vector(0)) < 1` fires when there is no x: that is a condition, too.
        holds, filtered = COMPARISONS[sign](*known), found.conditional or branch.fallback
        dead = found.dead or not holds
        return found._replace(value=branch.value, dead=dead, conditional=filtered)
    return found._replace(conditional=True, always=False)


def _result(sign: str, known: tuple[float, float] | None) -> float | None:
    if known is None or sign not in ARITHMETIC:
        return None
    try:
        found = ARITHMETIC[sign](*known)
    except (OverflowError, ValueError, ZeroDivisionError):
        return None
    return found if isinstance(found, float) else None  # a root of -1 is no number of PromQL's
