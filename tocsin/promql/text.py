"""PromQL put together from PromQL, keeping what a person wrote legible and its meaning intact."""

import re
from collections.abc import Iterable, Mapping

import promql_parser

from tocsin.promql import tree
from tocsin.promql.lexer import Kind, partners, tokens
from tocsin.promql.parse import parse

_RANGES = (promql_parser.MatrixSelector, promql_parser.SubqueryExpr)
_OR = re.compile(r"\bor\b", re.IGNORECASE)

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")  # no duration, no part of a name


def clean(expr: str) -> str:
    """`expr` without comments and without blank space around it."""
    if "#" in expr:
        kept = (token.text for token in tokens(expr, blanks=True) if token.kind is not Kind.COMMENT)
        expr = "".join(kept)
    return "\n".join(line.rstrip() for line in expr.strip().splitlines() if line.strip())


def operand(expr: str) -> str:
    """`expr` such that it can stand left of a comparison."""
    expr = clean(expr)
    ast = parse(expr).ast
    if ast is None or (
        isinstance(ast, promql_parser.BinaryExpr) and not _binds_closer(str(ast.op))
    ):
        return f"({expr})"
    return expr


def _binds_closer(operator: str) -> bool:
    """Whether an operator binds closer than a comparison does."""
    return operator in {"+", "-", "*", "/", "%", "^", "atan2"}


def shapes(exprs: Iterable[str]) -> list[str]:
    """Those of the expressions that differ in more than their numbers: such as the tiers of a rule,
    of which one stands for all where limits do not matter."""
    found: dict[str, str] = {}
    for expr in exprs:
        found.setdefault(_NUMBER.sub("0", expr), expr)
    return list(found.values())


def limit(value: float) -> str:
    """A number as people write it: 80, 0.5, 10000000000."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def quoted(value: str) -> str:
    """A PromQL string literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def requoted(value: str, quote: str) -> str:
    """A PromQL string literal in the quotes that its author likes."""
    if quote == "`" and quote not in value:
        return f"`{value}`"
    if quote == "'":
        escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return f"'{escaped}'"
    return quoted(value)


def matchers(labels: Mapping[str, str]) -> str:
    """`platform="p1",flow="cdr"` in the order of the labels' names."""
    return ",".join(f"{name}={quoted(value)}" for name, value in sorted(labels.items()))


def narrowed(selector: str, labels: Mapping[str, str]) -> str:
    """A selector that also asks for `labels`."""
    added = matchers(labels)
    if not added:
        return selector
    if not selector.endswith("}"):
        return f"{selector}{{{added}}}"
    head = selector[:-1].rstrip().rstrip(",")
    return f"{head}{'' if head.endswith('{') else ','}{added}}}"


def by(labels: Iterable[str]) -> str:
    """The grouping of an aggregation: ` by (platform, flow)`, nothing for no labels."""
    names = ", ".join(labels)
    return f" by ({names})" if names else ""


def not_a_value(expr: str) -> str:
    """What `expr` is when it cannot be compared with a number, "" when it can."""
    ast = parse(expr).ast
    if isinstance(ast, _RANGES):
        return "a range of them"
    return "text" if isinstance(ast, promql_parser.StringLiteral) else ""


def is_selector(expr: str) -> bool:
    """Whether `expr` is a plain selector, with neither `offset` nor `@`."""
    ast = parse(expr).ast
    if not isinstance(ast, promql_parser.VectorSelector):
        return False
    return ast.offset is None and ast.at is None


def alternatives(expr: str) -> list[tuple[int, int]]:
    """Where the operands of the `or`s outside all brackets stand in `expr`; one, if there is none.

    `a or on (x) b` has the operands `a` and `b`.
    """
    if not _OR.search(expr) or not _may_be_or(parse(expr).tree):
        return [_stripped(expr, 0, len(expr))]
    found, depth, start, after = list[tuple[int, int]](), 0, 0, False
    known = tokens(expr)
    closing = partners(known)
    skip = -1
    for index, token in enumerate(known):
        if index <= skip:
            continue
        if after and token.kind is Kind.WORD and token.text.lower() in {"on", "ignoring"}:
            skip = closing.get(index + 1, index)
            start = known[skip].end
            continue
        after = False
        depth += (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE)
        if depth == 0 and token.kind is Kind.WORD and token.text.lower() == "or":
            found.append((start, token.start))
            start, after = token.end, True
    found.append((start, len(expr)))
    return [_stripped(expr, *span) for span in found]


def _may_be_or(root: tree.Node | None) -> bool:
    """Whether the operator that binds least is `or`; that is known of what parsed."""
    return root is None or (isinstance(root, tree.Binary) and root.operator == "or")


def _stripped(expr: str, start: int, end: int) -> tuple[int, int]:
    part = expr[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
