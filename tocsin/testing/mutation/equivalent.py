"""Changes that change nothing, as far as that is certain."""

from collections.abc import Iterator

from tocsin.promql import tree
from tocsin.promql.operators import COMPARISONS
from tocsin.promql.tree import Binary, Node
from tocsin.testing.mutation import numbers

_COUNTS = {"changes", "resets", "count_over_time"}  # functions that give whole numbers from 0
_CHOOSE = {"max", "min", "topk", "bottomk"}  # give one of the values that they are given
_MOST = 10_000


def comparison(node: Binary, sign: str, limit: tuple[Node, float] | None) -> bool:
    """Whether another sign, or another limit on one side, judges all values there can be alike."""
    known = numbers.constant(node.right)
    side = node.left
    if known is None:
        known, side = numbers.constant(node.left), node.right
    if known is None:
        return False
    values = _values(side, abs(known))
    if values is None:
        return False
    turned = side is node.right
    other = limit[1] if limit else known
    return all(
        _holds(node.operator, value, known, turned=turned)
        == _holds(sign, value, other, turned=turned)
        for value in values
    )


def _holds(sign: str, value: float, limit: float, *, turned: bool) -> bool:
    return COMPARISONS[sign](limit, value) if turned else COMPARISONS[sign](value, limit)


def _values(node: Node, known: float) -> Iterator[float] | None:
    """All values that something can have, as far as they matter beside `known`; None: any."""
    least = _least(node)
    if least is None or known > _MOST:
        return None
    return iter([float(value) for value in range(least, int(known) + 4)])


def _least(node: Node) -> int | None:
    """The least value of what is counted; None for what is not."""
    node = tree.bare(node)
    if isinstance(node, tree.Aggregation):
        if node.name in {"count", "group"}:
            return 1
        return _least(node.inner) if node.name in _CHOOSE | {"sum"} else None
    if isinstance(node, tree.Call):
        return 0 if node.name in _COUNTS else None
    return None
