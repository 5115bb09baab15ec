"""Where each part of a parsed expression stands in its text.

The parser knows no positions. Its tree and the tokens tell the same story in the same order, so
walking both side by side finds them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import promql_parser as pp

from tocsin.promql.lexer import Kind, Token, partners, tokens
from tocsin.promql.parse import parse

Span = tuple[int, int]
_MODIFIERS = {"on", "ignoring", "group_left", "group_right", "fill", "fill_left", "fill_right"}


class _Lost(Exception):
    """The tree and the tokens do not fit."""


def span(expr: str, node: Any) -> Span:
    """The half-open range of characters of a part of `expr`; all of it where it is not found."""
    walk = _Walk(tokens(expr))
    try:
        walk.node(parse(expr).ast)
    except _Lost:
        return 0, len(expr)
    return walk.found.get(id(node), (0, len(expr)))


@dataclass
class _Walk:
    """The tokens, the next one's index, and the places found so far by the parts' identity."""

    tokens: list[Token]
    at: int = 0
    found: dict[int, Span] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.partners = partners(self.tokens)

    def node(self, node: Any) -> None:
        start = self._here().start
        self._inside(node)
        self.found[id(node)] = (start, self.tokens[self.at - 1].end)

    def _inside(self, node: Any) -> None:
        if isinstance(node, pp.ParenExpr):
            self._enclosed([node.expr])
        elif isinstance(node, pp.BinaryExpr):
            self.node(node.lhs)
            self._operator()
            self.node(node.rhs)
        elif isinstance(node, pp.AggregateExpr):
            self.at += 1
            self._grouping()
            self._enclosed([node.expr] if node.param is None else [node.param, node.expr])
            self._grouping()
        elif isinstance(node, pp.Call):
            self.at += 1
            self._enclosed(list(node.args))
        elif isinstance(node, pp.UnaryExpr):
            self.at += 1
            self.node(node.expr)
        else:
            self._plain(node)

    def _plain(self, node: Any) -> None:
        if isinstance(node, pp.SubqueryExpr):
            self.node(node.expr)
            self._brackets("[")
        elif isinstance(node, pp.MatrixSelector):
            start = self._here().start
            self._selector()
            self.found[id(node.vector_selector)] = (start, self.tokens[self.at - 1].end)
            self._brackets("[")
        elif isinstance(node, pp.VectorSelector):
            self._selector()
        else:
            self._signs()
            self.at += 1
        self._trailing()

    def _here(self) -> Token:
        if self.at >= len(self.tokens):
            raise _Lost
        return self.tokens[self.at]

    def _is(self, *texts: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].text.lower() in texts

    def _signs(self) -> None:
        while self._is("+", "-"):  # the parser makes them part of what follows
            self.at += 1

    def _selector(self) -> None:
        self._signs()
        if self._here().kind is Kind.WORD:
            self.at += 1
        if self._is("{"):
            self._brackets("{")

    def _trailing(self) -> None:
        """`offset 5m` and `@ end()`, in whatever order."""
        while self._is("offset", "@"):
            self.at += 1
            self._signs()
            self.at += 1
            if self._is("("):
                self._brackets("(")

    def _brackets(self, opening: str) -> None:
        if not self._is(opening) or self.at not in self.partners:
            raise _Lost
        self.at = self.partners[self.at] + 1

    def _grouping(self) -> None:
        if self._is("by", "without"):
            self.at += 1
            self._brackets("(")

    def _operator(self) -> None:
        self.at += 1
        while self._is("bool", *_MODIFIERS):
            grouped = not self._is("bool")
            self.at += 1
            if grouped and self._is("("):
                self._brackets("(")

    def _enclosed(self, nodes: list[Any]) -> None:
        if not self._is("("):
            raise _Lost
        self.at += 1
        for number, node in enumerate(nodes):
            if number and not self._is(","):
                raise _Lost
            self.at += bool(number)
            self.node(node)
        if self._is(","):
            self.at += 1
        if not self._is(")"):
            raise _Lost
        self.at += 1


def parts(expr: str) -> Iterator[tuple[Any, Span]]:
    """Each part of `expr` and where it stands; none where the two do not fit."""
    walk = _Walk(tokens(expr))
    ast = parse(expr).ast
    try:
        if ast is not None:
            walk.node(ast)
    except _Lost:
        return
    yield from _with_spans(ast, walk.found)


def _with_spans(node: Any, found: dict[int, Span]) -> Iterator[tuple[Any, Span]]:
    if id(node) in found:
        yield node, found[id(node)]
    for child in children(node):
        yield from _with_spans(child, found)


def children(node: Any) -> list[Any]:
    """The parts of a part, in order."""
    if isinstance(node, pp.BinaryExpr):
        return [node.lhs, node.rhs]
    if isinstance(node, pp.Call):
        return list(node.args)
    if isinstance(node, pp.AggregateExpr):
        return [node.expr] if node.param is None else [node.param, node.expr]
    if isinstance(node, pp.MatrixSelector):
        return [node.vector_selector]
    if isinstance(node, pp.ParenExpr | pp.UnaryExpr | pp.SubqueryExpr):
        return [node.expr]
    return []
