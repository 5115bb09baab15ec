"""Arithmetic and comparisons of numbers: what they give, and comparisons that never hold."""

from collections.abc import Sequence

from tocsin.promql import tree
from tocsin.promql.flow import numbers
from tocsin.promql.flow.branch import Branch
from tocsin.promql.flow.finding import Finding, Kind
from tocsin.promql.flow.numbers import Numbers

Pair = tuple[Branch, Branch]


def result(node: tree.Binary, one: Numbers, other: Numbers, *, right: bool = False) -> Numbers:
    """What `one operator other` gives; right: a comparison lets the right side's numbers through,
    since the left one is a number."""
    if node.operator not in tree.COMPARISONS:
        return numbers.arithmetic(node.operator, one, other)
    if node.truth:
        return numbers.truth(node.operator, one, other)
    if right:
        return numbers.kept(numbers.TURNED[node.operator], other, one)
    return numbers.kept(node.operator, one, other)


def impossible(node: tree.Binary, pairs: Sequence[Pair], found: list[Finding]) -> list[bool]:
    """For each pair of branches whether the comparison cannot hold, and findings of that.

    A part that cannot hold is worth a word only where two constants are compared, as in
    `sum(x or vector(0)) > 0`: `(count(x) or vector(0)) == 0` is right as it stands. One that always
    holds is worth one only where that is not as plain as in `vector(1) > 0`, as a heartbeat has it.
    """
    if node.operator not in tree.COMPARISONS:
        return [False] * len(pairs)
    never = [numbers.never(node.operator, one.numbers, two.numbers) for one, two in pairs]
    alive = [not one.dead and not two.dead for one, two in pairs]
    dead = [is_never and is_alive for is_never, is_alive in zip(never, alive, strict=True)]
    if not any(dead):
        if pairs and all(_constants(p) and _holds(node, p) for p in pairs) and _is_odd(node):
            text = _shown(node, pairs[0])
            found.append(Finding(Kind.ALWAYS, node, text=text))
        return [False] * len(pairs)
    for index, pair in enumerate(pairs):
        if dead[index] and (all(never) or _constants(pair)):
            text = _shown(node, pair)
            found.append(Finding(Kind.NEVER, node, text=text, certain=all(never)))
            break
    return [is_dead and not node.truth for is_dead in dead]


def _is_odd(node: tree.Binary) -> bool:
    return any(isinstance(part, tree.Aggregation) for part in tree.walk(node))


def _constants(pair: Pair) -> bool:
    return all(branch.numbers.constant is not None and branch.labelless for branch in pair)


def _holds(node: tree.Binary, pair: Pair) -> bool:
    return numbers.always(node.operator, pair[0].numbers, pair[1].numbers)


def _shown(node: tree.Binary, pair: Pair) -> str:
    one, other = (_range(branch.numbers) for branch in pair)
    return f"{one} {node.operator} {other}"


def _range(of: Numbers) -> str:
    if of.constant is not None:
        return f"{of.constant:g}"
    if of.low > float("-inf") and of.high < float("inf"):
        return f"({of.low:g} to {of.high:g})"
    if of.low > float("-inf"):
        return f"({'above ' if of.low_open else ''}{of.low:g}{'' if of.low_open else ' or more'})"
    return f"({'below ' if of.high_open else ''}{of.high:g}{'' if of.high_open else ' or less'})"


def with_number(
    node: tree.Binary, left: Sequence[Branch], right: Sequence[Branch], found: list[Finding]
) -> list[Branch]:
    """An operation of which at least one side is a number."""
    pairs = [(one, other) for one in left for other in right]
    dead = impossible(node, pairs, found)
    number_left = tree.is_number(node.left)
    both = number_left and tree.is_number(node.right)
    filters = node.operator in tree.COMPARISONS and not node.truth
    holds = not filters or all(_holds(node, pair) for pair in pairs)
    results = []
    for (one, other), is_dead in zip(pairs, dead, strict=True):
        series = other if number_left else one
        given = result(node, one.numbers, other.numbers, right=number_left and not both)
        always = series.always and holds
        branch = series if filters or both else series.without_name(node)
        results.append(branch._replace(numbers=given, always=always, dead=branch.dead or is_dead))
    return results
