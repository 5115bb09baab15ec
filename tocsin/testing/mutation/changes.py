"""What can be flipped in an expression: comparisons, their limits, labels, matchers.

Each change is a text for a stretch of the expression, found by the positions of the parsed tree.
What changes nothing for certain (`count(x) > 0` and `>= 1`) is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.promql import tree
from tocsin.promql.operators import COMPARISONS
from tocsin.promql.parse import parse
from tocsin.promql.places import Places, Span
from tocsin.promql.tree import Binary, Node
from tocsin.testing.mutation import equivalent, numbers

_FLIPS = {
    ">": (">=", "<"),
    ">=": (">", "<"),
    "<": ("<=", ">"),
    "<=": ("<", ">"),
    "==": ("!=",),
    "!=": ("==",),
}
_OPPOSITE = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_LONGEST = 40  # characters of an operand that a change shows
ANYTHING = {".*", ".+|"}


@dataclass(frozen=True)
class Change:
    """`text` for the characters from `start` to `end`. before, after: as people are told.

    about: the characters to be shown as the place. hint: which test would notice.
    """

    start: int
    end: int
    text: str
    before: str
    after: str
    about: Span
    hint: str

    def applied(self, expr: str) -> str:
        """The expression with the change."""
        return expr[: self.start] + self.text + expr[self.end :]


def changes(expr: str) -> Iterator[Change]:
    """All changes of `expr` that leave PromQL; none where nothing is sure of it."""
    parsed = parse(expr)
    if parsed.tree is None or not parsed.places.exact:
        return
    told = {expr}
    finder = _Finder(expr, parsed.places)
    for node in tree.walk(parsed.tree):
        for change in finder.of(node):
            changed = change.applied(expr)
            if changed not in told and parse(changed).fault is None:
                told.add(changed)
                yield change


class _Finder:
    """Finds the changes of single nodes."""

    def __init__(self, expr: str, places: Places) -> None:
        self._expr, self._places = expr, places

    def of(self, node: Node) -> Iterator[Change]:
        match node:
            case tree.Binary():
                if node.operator in COMPARISONS:
                    yield from self._comparison(node)
                yield from self._labels(node, "matching", node.on or node.ignoring or ())
                yield from self._labels(node, "join", node.joined)
            case tree.Aggregation():
                yield from self._labels(node, "grouping", node.labels or ())
            case tree.Selector() if not node.choice:
                yield from self._matchers(node)

    def _text(self, node: Node | tree.Matcher) -> str:
        start, end = self._places.of(node)
        return " ".join(self._expr[start:end].split())

    def _comparison(self, node: Binary) -> Iterator[Change]:
        if tree.is_number(node.left) and tree.is_number(node.right):
            return
        start, end = self._places.of(node, "operator")
        shown = self._text(node.right)
        shown = f" {shown}" if len(shown) <= _LONGEST else ""
        for sign in _FLIPS[node.operator]:
            if not equivalent.comparison(node, sign, None):
                before, after = f"{node.operator}{shown}", f"{sign}{shown}"
                hint = f"a test in which both sides of `{before}` are equal"
                if sign in {"<", ">"} and node.operator not in {"<=", ">="}:
                    hint = f"a test in which `{before}` holds, and one in which it does not"
                yield Change(start, end, sign, before, after, (start, end), hint)
        for side in (node.right, node.left):
            yield from self._limit(node, side)

    def _limit(self, node: Binary, side: Node) -> Iterator[Change]:
        value = numbers.constant(side)
        if value is None:
            return
        start, end = self._places.of(side)
        for other in numbers.shifted(value):
            if equivalent.comparison(node, node.operator, (side, other)):
                continue
            text = numbers.written(other)
            if side is node.right:
                before, after = f"{node.operator} {self._text(side)}", f"{node.operator} {text}"
            else:
                before, after = f"{self._text(side)} {node.operator}", f"{text} {node.operator}"
            hint = f"a test with a value between {numbers.written(value)} and {text}"
            yield Change(start, end, text, before, after, (start, end), hint)

    def _labels(self, node: Node, part: str, labels: tuple[str, ...]) -> Iterator[Change]:
        """The same list without each of its labels."""
        if not labels:
            return
        start, end = self._places.of(node, part)
        written = " ".join(self._expr[start:end].split())
        word = written.partition("(")[0].strip()
        for label in dict.fromkeys(labels):
            kept = ", ".join(name for name in labels if name != label)
            text = f"{word} ({kept})"
            about = self._places.of(node, part, label)
            hint = f"a test with two series that differ in `{label}`"
            yield Change(start, end, text, written, text, about, hint)

    def _matchers(self, node: tree.Selector) -> Iterator[Change]:
        texts = [self._text(matcher) for matcher in node.matchers]
        places = [self._places.of(matcher) for matcher in node.matchers]
        for index, matcher in enumerate(node.matchers):
            start, end = places[index]
            if f"{matcher.label}{matcher.sign}" not in "".join(texts[index].split()):
                continue  # a metric's name in quotes
            opposite = _OPPOSITE[matcher.sign]
            head, _, value = self._expr[start:end].partition(matcher.sign)
            hint = f"a test with a series that `{texts[index]}` does not select"
            flipped = f"{head}{opposite}{value}"
            shown = " ".join(flipped.split())
            yield Change(start, end, flipped, texts[index], shown, (start, end), hint)
            if matcher.sign == "=~" and matcher.value in ANYTHING:
                continue
            rest = [text for text in texts if text is not texts[index]]
            span = places[0][0], places[-1][1]
            yield Change(*span, ", ".join(rest), texts[index], "", (start, end), hint)
