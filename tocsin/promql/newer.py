"""Syntax of PromQL that newer versions brought, and where an expression uses it.

The parser does not know all of it: of an expression with what it does not know, nothing is said.
"""

from collections.abc import Iterator

from tocsin.promql.lexer import Kind, Token

CALCULATED = "a calculated duration"
_DURATION_WORDS = {"step", "range", "min_of", "max_of"}
_FILL = {"fill", "fill_left", "fill_right"}


def syntax(found: list[Token]) -> Iterator[tuple[str, Token]]:
    """What the tokens use: `a calculated duration`, `anchored`, `smoothed`, `trim`, `fill`."""
    for token, after in zip(found, [*found[1:], None], strict=False):
        word = token.text.lower() if token.kind is Kind.WORD else ""
        if word in {"anchored", "smoothed"}:
            yield word, token
        elif token.text in {"</", ">/"}:
            yield "trim", token
        elif word in _FILL and after is not None and after.text == "(":
            yield "fill", token
    if (calculated := _duration_expression(found)) is not None:
        yield CALCULATED, calculated


def beyond_the_parser(found: list[Token]) -> bool:
    """Whether the parser's saying that this is wrong may be its own fault.

    `info()` takes a second argument that may match nothing (3.0).
    """
    words = {token.text.lower() for token in found if token.kind is Kind.WORD}
    return "info" in words or any(True for _ in syntax(found))


def _duration_expression(found: list[Token]) -> Token | None:
    """The first token that makes a calculation of a duration."""
    depth = 0
    offset = False
    for before, token in zip([None, *found], found, strict=False):
        depth += (token.text == "[") - (token.text == "]")
        calculated = token.kind is Kind.OPERATOR or token.text == "("
        calculated |= token.kind is Kind.WORD and token.text.lower() in _DURATION_WORDS
        if depth > 0 and calculated and _looks_like_duration(found):
            return token
        offset = (before is not None and before.text.lower() == "offset") or (
            offset and before is not None and before.text in {"-", "+"}
        )
        if offset and (token.text == "(" or token.text.lower() in _DURATION_WORDS):
            return token
    return None


def _looks_like_duration(found: list[Token]) -> bool:
    """Brackets that only hold numbers, durations, operators and the functions of durations."""
    depth = 0
    for token in found:
        depth += (token.text == "[") - (token.text == "]")
        known = token.text.lower() in {*_DURATION_WORDS, "anchored", "smoothed"}
        foreign = token.kind is Kind.WORD and not known
        if depth > 0 and (foreign or token.kind in {Kind.STRING, Kind.UNKNOWN}):
            return False
    return True
