"""The selectors of an expression as data: names, matchers, and the function that reads them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import promql_parser as pp

from tocsin.promql import text
from tocsin.promql.operators import CannotTell, Vector
from tocsin.promql.parse import parse

_SIGNS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}


@dataclass(frozen=True)
class Matcher:
    """`name sign value`, such as `mode="idle"`."""

    name: str
    sign: str
    value: str

    def accepts(self, value: str) -> bool:
        """Whether a label of this value matches; "" is a label that is not there."""
        if self.sign in {"=", "!="}:
            return (value == self.value) == (self.sign == "=")
        try:
            return bool(re.fullmatch(self.value, value, re.DOTALL)) == (self.sign == "=~")
        except re.error as exc:
            raise CannotTell(f"the regular expression {self.value}") from exc


@dataclass(frozen=True)
class Selector:
    """A selector. `function` is what reads its range, "" for none; times in milliseconds."""

    name: str
    matchers: tuple[Matcher, ...]
    offset: int = 0
    range: int = 0
    function: str = ""

    @property
    def text(self) -> str:
        """The selector as PromQL, without its range and offset."""
        matchers = ",".join(f"{m.name}{m.sign}{text.quoted(m.value)}" for m in self.matchers)
        return f"{self.name}{{{matchers}}}"

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels is selected."""
        return all(matcher.accepts(labels.get(matcher.name, "")) for matcher in self.matchers)

    def filtered(self, vector: Vector) -> Vector:
        """The part of a vector that is selected."""
        return {labels: value for labels, value in vector.items() if self.matches(dict(labels))}


def selector_of(node: Any, *, range_: int = 0, function: str = "") -> Selector:
    """A parsed selector as data. Raises CannotTell for what is not known here."""
    if node.at is not None or node.matchers.or_matchers or not node.name:
        raise CannotTell("a selector with `@`, `or` or without a name")
    matchers = tuple(Matcher(m.name, _SIGNS[str(m.op)], m.value) for m in node.matchers.matchers)
    offset = round(node.offset.total_seconds() * 1000) if node.offset is not None else 0
    return Selector(node.name, matchers, offset, range_, function)


def selectors(expr: str) -> list[Selector]:
    """The selectors of `expr`, in order. Raises CannotTell."""
    ast = parse(expr).ast
    if ast is None:
        raise CannotTell("it does not parse")
    return list(_selectors(ast, 0, ""))


def _seconds(duration: timedelta | None) -> float:
    return duration.total_seconds() if duration else 0.0


def _selectors(node: Any, outer: int, function: str) -> Iterator[Selector]:
    if isinstance(node, pp.VectorSelector):
        yield selector_of(node, range_=outer, function=function)
    elif isinstance(node, pp.MatrixSelector):
        span = outer + round(node.range.total_seconds() * 1000)
        yield selector_of(node.vector_selector, range_=span, function=function)
    elif isinstance(node, pp.SubqueryExpr):
        later = node.offset.total_seconds() if node.offset is not None else 0
        span = outer + round((_seconds(node.range) + later) * 1000)
        yield from _selectors(node.expr, span, function)
    elif isinstance(node, pp.Call):
        for argument in node.args:
            yield from _selectors(argument, outer, node.func.name)
    elif isinstance(node, pp.BinaryExpr):
        yield from _selectors(node.lhs, outer, function)
        yield from _selectors(node.rhs, outer, function)
    elif isinstance(node, pp.AggregateExpr | pp.ParenExpr | pp.UnaryExpr):
        yield from _selectors(node.expr, outer, function)


def named_labels(expr: str) -> list[str]:
    """The labels that `expr` groups by, matches on or copies: those that its series should have."""
    found: dict[str, None] = {}
    _named(parse(expr).ast, found)
    return list(found)


def _named(node: Any, found: dict[str, None]) -> None:
    if isinstance(node, pp.AggregateExpr):
        if node.modifier and str(node.modifier.type).endswith("By"):
            found.update(dict.fromkeys(node.modifier.labels))
        _named(node.expr, found)
    elif isinstance(node, pp.BinaryExpr):
        if node.modifier:
            matching = node.modifier.matching
            if matching is not None and str(matching.type).endswith("Include"):
                found.update(dict.fromkeys(matching.labels))
            found.update(dict.fromkeys((node.modifier.card and node.modifier.group_labels) or ()))
        _named(node.lhs, found)
        _named(node.rhs, found)
    elif isinstance(node, pp.Call):
        for argument in node.args:
            _named(argument, found)
    elif isinstance(node, pp.ParenExpr | pp.UnaryExpr | pp.SubqueryExpr):
        _named(node.expr, found)
