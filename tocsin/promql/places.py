"""Where the nodes of a tree stand in their expression, and the parts of a node.

The parser knows no positions and the lexer no structure. So the tree says what comes next, the
tokens say where, and both are walked side by side. That is done only when a problem is to be
shown: most expressions are right.
"""

from collections.abc import Hashable

from tocsin.promql import tree
from tocsin.promql.lexer import Kind, Token, partners, tokens
from tocsin.promql.tree import Node

Span = tuple[int, int]  # half-open, in characters

_WORD_OPERATORS = {"and", "or", "unless", "atan2"}


class Misplaced(Exception):
    """Tree and tokens do not fit: a bug here, or syntax that is newer than this module."""


class Places:
    """The places of one expression; what cannot be found is the whole expression.

    A part is named by what it is and, where there are several, by its label:

    | of | parts |
    |---|---|
    | a selector | `name`, `range`; a matcher is a node of its own |
    | a call | `name` |
    | an aggregation | `name`, `grouping` (`by (a, b)`), `grouping` and a label |
    | an operation | `operator`, `matching` (`on (a)`), `join` (`group_left (b)`); a label |
    """

    def __init__(self, expr: str, root: Node) -> None:
        self._whole = (len(expr) - len(expr.lstrip()), max(len(expr.rstrip()), 1))
        self._found: dict[Hashable, Span] = {}
        aligner = _Aligner(expr, self._found)
        try:
            aligner.node(root)
            self.exact = aligner.at_end
        except (Misplaced, IndexError):
            self.exact = False

    def of(self, node: Node | tree.Matcher, part: str = "", label: str = "") -> Span:
        """Where a node stands, or a part of it, or a label in that part."""
        for key in ((node, part, label), (node, part, ""), (node, "", "")):
            if key in self._found:
                return self._found[key]
        return self._whole


class _Aligner:
    """Walks tokens and tree side by side and notes where what stands."""

    def __init__(self, expr: str, found: dict[Hashable, Span]) -> None:
        self._tokens: list[Token] = tokens(expr)
        self._partners = partners(self._tokens)
        self._index = 0
        self._found = found

    @property
    def at_end(self) -> bool:
        return self._index == len(self._tokens)

    def node(self, node: Node) -> None:
        """Passes over `node` and notes its place."""
        if not isinstance(node, tree.Binary):  # its sign belongs to the left operand
            while self._text() == "+":
                self._index += 1
        first = self._index
        match node:
            case tree.Paren():
                self._expect("(")
                self.node(node.inner)
                self._expect(")")
            case tree.Negative():
                self._expect("-")
                self.node(node.inner)
            case tree.Number():
                while self._text() in {"-", "+"}:
                    self._index += 1
                self._index += 1
            case tree.Text():
                self._index += 1
            case tree.Selector():
                self._selector(node)
            case tree.Subquery():
                self.node(node.inner)
                self._bracket(node)
                self._shifts()
            case tree.Call():
                self._note(node, "name", "", self._index, self._index)
                self._index += 1
                self._arguments(node.arguments)
            case tree.Aggregation():
                self._aggregation(node)
            case tree.Binary():
                self._binary(node)
        self._note(node, "", "", first, self._index - 1)

    def _text(self) -> str:
        """The text of the next token, "" at the end."""
        return self._tokens[self._index].text if self._index < len(self._tokens) else ""

    def _word(self) -> str:
        """The next token as a keyword: those may be written in capitals."""
        return self._text().lower()

    def _expect(self, text: str) -> None:
        if self._text() != text:
            raise Misplaced(f"{text} is not {self._text()}")
        self._index += 1

    def _note(
        self, node: Node | tree.Matcher, part: str, label: str, first: int, last: int
    ) -> None:
        self._found[node, part, label] = self._tokens[first].start, self._tokens[last].end

    def _bracket(self, node: Node) -> None:
        """`[5m]` or `[1h:5m]`."""
        close = self._partners.get(self._index)
        if self._text() != "[" or close is None:
            raise Misplaced("a range")
        self._note(node, "range", "", self._index + 1, close - 1)
        self._index = close + 1

    def _shifts(self) -> None:
        """`offset -5m`, `@ 1000`, `@ start()`, in any order."""
        while self._word() == "offset" or self._text() == "@":
            self._index += 1
            while self._text() in {"-", "+"}:
                self._index += 1
            self._index += 1
            if self._text() == "(":
                self._index = self._partners[self._index] + 1

    def _selector(self, node: tree.Selector) -> None:
        if self._text() != "{":
            self._note(node, "name", "", self._index, self._index)
            self._index += 1
        if self._text() == "{":
            self._matchers(node)
        if node.range is not None:
            self._bracket(node)
        self._shifts()

    def _matchers(self, node: tree.Selector) -> None:
        close = self._partners[self._index]
        self._index += 1
        for matcher in () if node.choice else node.matchers:
            first = self._index
            quoted_name = self._tokens[first + 1].text in {",", "}"}
            self._index += 1 if quoted_name else 3
            self._note(matcher, "", "", first, self._index - 1)
            if self._text() == ",":
                self._index += 1
        if not node.choice and self._index != close:
            raise Misplaced("matchers")
        self._index = close + 1

    def _arguments(self, arguments: tuple[Node, ...]) -> None:
        self._expect("(")
        for argument in arguments:
            self.node(argument)
            if self._text() == ",":
                self._index += 1
        self._expect(")")

    def _aggregation(self, node: tree.Aggregation) -> None:
        self._note(node, "name", "", self._index, self._index)
        self._index += 1
        before = self._word() in {"by", "without"}
        if before:
            self._labels(node, "grouping")
        self._arguments(node.children)
        if not before and node.labels is not None:
            self._labels(node, "grouping")

    def _labels(self, node: Node, part: str) -> None:
        """A keyword and its labels: `by (a, b)`; `group_left` may stand alone."""
        first = self._index
        self._index += 1
        if self._text() == "(":
            close = self._partners[self._index]
            for index in range(self._index + 1, close):
                token = self._tokens[index]
                if token.kind is not Kind.COMMA:
                    name = token.text[1:-1] if token.kind is Kind.STRING else token.text
                    self._note(node, part, name, index, index)
            self._index = close + 1
        self._note(node, part, "", first, self._index - 1)

    def _binary(self, node: tree.Binary) -> None:
        self.node(node.left)
        token = self._tokens[self._index]
        if token.kind is not Kind.OPERATOR and token.text.lower() not in _WORD_OPERATORS:
            raise Misplaced("an operator")
        self._note(node, "operator", "", self._index, self._index)
        self._index += 1
        if node.truth:
            self._index += 1
        if node.on is not None or node.ignoring is not None:
            self._labels(node, "matching")
        if node.many:
            self._labels(node, "join")
        while node.filled and self._word() in {"fill", "fill_left", "fill_right"}:
            self._index = self._partners[self._index + 1] + 1
        self.node(node.right)
