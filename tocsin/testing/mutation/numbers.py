"""Constants of an expression, and others near them."""

from tocsin.promql import text, tree
from tocsin.promql.operators import ARITHMETIC
from tocsin.promql.tree import Node

PART = 10  # a limit is moved by a tenth of it


def constant(node: Node) -> float | None:
    """The value of a number, or of arithmetic with numbers; None for anything else."""
    node = tree.bare(node)
    if isinstance(node, tree.Number):
        return node.value
    if isinstance(node, tree.Negative):
        value = constant(node.inner)
        return None if value is None else -value
    if isinstance(node, tree.Binary) and node.operator in ARITHMETIC:
        left, right = constant(node.left), constant(node.right)
        if left is None or right is None:
            return None
        try:
            return float(ARITHMETIC[node.operator](left, right))
        except (ArithmeticError, TypeError, ValueError):
            return None
    return None


def shifted(value: float) -> tuple[float, ...]:
    """A limit that is a little higher, and one that is a little lower.

    Whole numbers move by one at least: what is counted has nothing between them.
    """
    by = abs(value) / PART
    if value == int(value) and by < 1:
        by = 1.0
    found = tuple(float(f"{other:.12g}") for other in (value + by, value - by))
    return tuple(other for other in found if other != value)


def written(value: float) -> str:
    """A number as PromQL."""
    return text.limit(value)
