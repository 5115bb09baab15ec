"""The only place that calls the PromQL parser.

promql-parser (Rust) knows no positions, rejects a few things that Prometheus takes, and is older
than the newest syntax. So: what it wrongly rejects is put in another spelling first, the place of
an error is found here, and an expression that uses newer syntax is "cannot tell", not an error.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
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
class Parsed:
    """`ast` when it parsed, `fault` when it is wrong, neither when it is too new to tell."""

    expr: str
    ast: Ast = None
    fault: Fault | None = None

    @property
    def unsure(self) -> bool:
        """Whether nothing can be said of the expression."""
        return self.ast is None and self.fault is None

    @cached_property
    def tree(self) -> tree.Node | None:
        """The expression as typed nodes, None when it did not parse."""
        return None if self.ast is None else tree.of(self.ast)

    @cached_property
    def places(self) -> Places:
        """Where the nodes of `tree` stand."""
        return Places(self.expr, self.tree or tree.Text(""))


@lru_cache(maxsize=2_000)  # more than a file has, so that its checks share what was parsed
def parse(expr: str) -> Parsed:
    """`expr` parsed. Never raises."""
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
