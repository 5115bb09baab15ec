"""The only place that calls the PromQL parser.

promql-parser (Rust) knows no positions, rejects a few things that Prometheus takes, and is older
than the newest syntax. So: what it wrongly rejects is put in another spelling first, the place of
an error is found here, and an expression that uses newer syntax is "cannot tell", not an error.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import promql_parser

from tocsin.promql import locate, newer, tree
from tocsin.promql.lexer import Kind, Token, tokens
from tocsin.promql.places import Places

Ast = Any  # promql-parser's classes carry no types


@dataclass(frozen=True)
class Fault:
    """Why an expression does not parse, and the characters to blame."""

    message: str
    start: int
    end: int
    hint: str = ""


@dataclass(frozen=True)
class Comparison:
    """`left > 80`, known from what is known of `left`: its last operation, the one with the 80."""

    left: "Parsed"
    node: tree.Binary


@dataclass(frozen=True)
class Parsed:
    """An expression that parsed, or with the `fault` that keeps it from that, or too new to tell.

    known: what the parser returned. comparison: where it did not need to be asked.
    """

    expr: str
    known: Ast = None
    fault: Fault | None = None
    comparison: Comparison | None = None

    @property
    def unsure(self) -> bool:
        """Whether nothing can be said of the expression."""
        return self.known is None and self.fault is None and self.comparison is None

    @cached_property
    def ast(self) -> Ast:
        """What the parser says of it, None when it did not parse."""
        return _afresh(self.expr).known if self.comparison else self.known

    @cached_property
    def tree(self) -> tree.Node | None:
        """The expression as typed nodes, None when it did not parse."""
        if self.comparison:
            return self.comparison.node
        return None if self.known is None else tree.of(self.known)

    @cached_property
    def metrics(self) -> frozenset[str]:
        """The metrics that it reads by their names; none where it did not parse."""
        if self.comparison:
            return self.comparison.left.metrics
        found = tree.walk(self.tree) if self.tree is not None else ()
        return frozenset(n.name for n in found if isinstance(n, tree.Selector) and n.name)

    @cached_property
    def places(self) -> Places:
        """Where the nodes of `tree` stand."""
        return Places(self.expr, self.tree or tree.Text(""))


def parse(expr: str) -> Parsed:
    """`expr` parsed. Never raises."""
    found = _lately.get(expr)
    if found is None:
        if len(_lately) >= _MOST:
            _lately.clear()
        found = _lately[expr] = _compared(expr) or _afresh(expr)
    return found


def forget() -> None:
    """A file is done, and the next one has other expressions. Not to be called before: whoever
    speaks of a node of an expression must mean the same one."""
    if len(_lately) > _ENOUGH:
        _lately.clear()


_lately: dict[str, Parsed] = {}
_ENOUGH = 2_000
_MOST = 50_000  # no file has as many


def _compared(expr: str) -> Parsed | None:
    """`left > 80` where `left` was parsed lately, as in the tiers of a rule: most of the work is
    done."""
    start, _, number = expr.rpartition(" ")
    text, _, operator = start.rpartition(" ")
    left = _lately.get(text)
    if left is None or operator not in tree.COMPARISONS or not _NUMBER.fullmatch(number):
        return None
    root = left.tree
    if root is None or not _can_be_compared(root) or "#" in text:
        return None
    right = tree.Number(float(number))
    node = tree.Binary(operator, root, right, False, None, None, "", (), False)
    return Parsed(expr, comparison=Comparison(left, node))


_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_CLOSER = frozenset({"+", "-", "*", "/", "%", "^", "atan2"})  # than a comparison binds


def _can_be_compared(root: tree.Node) -> bool:
    """Whether it gives series, which the operator behind it would compare as a whole."""
    if isinstance(root, tree.Binary):
        return root.operator in _CLOSER and not tree.is_number(root)
    inner = tree.bare(root)
    if isinstance(inner, tree.Selector):
        return inner.range is None
    return isinstance(inner, tree.Aggregation | tree.Call | tree.Binary) and not tree.is_number(
        inner
    )


def _afresh(expr: str) -> Parsed:
    try:
        return Parsed(expr, promql_parser.parse(expr))
    except ValueError as exc:
        reason = str(exc)
    except BaseException as exc:  # a panic in the Rust code is a BaseException
        if not type(exc).__name__.endswith("PanicException"):
            raise
        return Parsed(expr)
    found = tokens(expr)
    try:
        return Parsed(expr, promql_parser.parse(_respelt(expr)))
    except ValueError as exc:
        reason = str(exc)
    if newer.beyond_the_parser(found):
        return Parsed(expr)
    start, end, message, hint = locate.blame(expr, found, reason, _parses)
    return Parsed(expr, fault=Fault(message, start, end, hint))


def _parses(expr: str) -> bool:
    try:
        promql_parser.parse(_respelt(expr))
    except ValueError:
        return False
    return True


def _respelt(expr: str) -> str:
    """The same expression without the spellings that the parser wrongly rejects."""
    return "".join(_respelt_token(token) for token in tokens(expr, blanks=True))


def _respelt_token(token: Token) -> str:
    if token.kind is Kind.STRING and token.text[0] == "`":
        inner = token.text[1:-1].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{inner}"'
    if token.text == "holt_winters":  # renamed in Prometheus 3.0, the parser knows the new name
        return "double_exponential_smoothing"
    if token.kind is Kind.NUMBER and "_" in token.text:
        return token.text.replace("_", "")
    return token.text
