"""Whether two expressions can return results for the same series with the same labels.

Compared are expressions that read the same metrics and return one kind of results with the same
labels. Of others nothing is said.
"""

import re
from itertools import product

from tocsin.promql import tree
from tocsin.promql.flow import Analysis, Branch, Flows, Numbers
from tocsin.promql.parse import parse
from tocsin.promql.tree import Matcher, Selector

_META = re.compile(r"[\\.+*?()|\[\]{}^$]")


def canonical(expr: str) -> str:
    """An expression as the parser writes it: the same for all ways to space and order it."""
    ast = parse(expr).ast
    return expr if ast is None else str(ast)


def overlaps(one: str, other: str, flows: Flows) -> bool:
    """Whether the results of two expressions may be the same series."""
    first, second = flows.of(one), flows.of(other)
    if first is None or second is None:
        return False
    ours, theirs = _only(first), _only(second)
    if ours is None or theirs is None or ours.possible != theirs.possible:
        return False
    if not _meet(ours.numbers, theirs.numbers) and _compared(one) == _compared(other):
        return False
    mine, yours = _selectors(one), _selectors(other)
    if not mine or [s.name for s in mine] != [s.name for s in yours]:
        return False
    return all(
        selector.name and _compatible(selector, partner)
        for selector, partner in zip(mine, yours, strict=True)
    )


def _only(analysis: Analysis) -> Branch | None:
    live = [branch for branch in analysis.branches if not branch.dead]
    return live[0] if len(live) == 1 else None


def _meet(one: Numbers, other: Numbers) -> bool:
    low, high = max(one.low, other.low), min(one.high, other.high)
    if low != high:
        return low < high
    ends = ((n.low_open and n.low == low) or (n.high_open and n.high == low) for n in (one, other))
    return not any(ends)


def _compared(expr: str) -> str:
    """What is compared with a number, as the parser writes it."""
    ast, root = parse(expr).ast, parse(expr).tree
    if not isinstance(root, tree.Binary) or root.operator not in tree.COMPARISONS:
        return ""
    return str(ast.lhs) if tree.is_number(root.right) else ""


def _selectors(expr: str) -> list[Selector]:
    root = parse(expr).tree
    found = tree.walk(root) if root is not None else ()
    return [node for node in found if isinstance(node, Selector)]


def _compatible(one: Selector, other: Selector) -> bool:
    """Whether one series can be selected by both."""
    return all(
        _agree(matcher, partner)
        for matcher, partner in product(one.matchers, other.matchers)
        if matcher.label == partner.label
    )


def _agree(one: Matcher, other: Matcher) -> bool:
    """Whether one value can meet both; in doubt, it can."""
    for matcher, partner in ((one, other), (other, one)):
        if matcher.sign == "=":
            return _meets(partner, matcher.value)
    if one.sign == other.sign == "=~":
        pairs = product(one.value.split("|"), other.value.split("|"))
        return any(_may_share(left, right) for left, right in pairs)
    return True


def _meets(matcher: Matcher, value: str) -> bool:
    if matcher.sign in {"=", "!="}:
        return (value == matcher.value) == (matcher.sign == "=")
    try:
        return bool(re.fullmatch(matcher.value, value, re.DOTALL)) == (matcher.sign == "=~")
    except re.error:
        return True


def _may_share(one: str, other: str) -> bool:
    """Whether two patterns without `|` may match the same text, by how they begin and end."""
    if not _META.search(one) and not _META.search(other):
        return one == other
    begin, end = _fixed(one)
    other_begin, other_end = _fixed(other)
    return (begin.startswith(other_begin) or other_begin.startswith(begin)) and (
        end.endswith(other_end) or other_end.endswith(end)
    )


def _fixed(pattern: str) -> tuple[str, str]:
    """The text that a pattern surely begins with, and that which it ends with."""
    found = _META.search(pattern)
    if found is None:
        return pattern, pattern
    if found[0] in "()":
        return "", ""
    begin = pattern[: found.start()]
    if found[0] in "*?{":  # what stands before may be missing
        begin = begin[:-1]
    return begin, "" if "\\" in pattern else _META.split(pattern)[-1]
