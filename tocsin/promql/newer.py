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


QUOTED = "a quoted name"
UNDERSCORES = "a number with underscores"
NO_UNIT = "a duration without a unit"
SECONDS = "a duration as a number"
_GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}


def spelling(found: list[Token]) -> Iterator[tuple[str, Token]]:
    """What the tokens spell in a way that came later, which the parser knows."""
    if _duration_expression(found) is None:
        yield from _quantities(found)
    opened: list[bool] = []  # of each bracket: whether names stand in it
    before = ""
    for token in found:
        if token.kind is Kind.OPEN:
            opened.append(token.text == "{" or before.lower() in _GROUPING)
        elif token.kind is Kind.CLOSE:
            opened = opened[:-1]
        elif token.kind is Kind.STRING and opened[-1:] == [True] and before in {"{", "(", ","}:
            yield QUOTED, token
        before = token.text


def _quantities(found: list[Token]) -> Iterator[tuple[str, Token]]:
    """Numbers and durations, each of which now does for the other."""
    depth = 0
    offset = False
    for token in found:
        depth += (token.text == "[") - (token.text == "]")
        if token.kind is Kind.NUMBER and "_" in token.text:
            yield UNDERSCORES, token
        if token.kind is Kind.NUMBER and (depth > 0 or offset):
            yield NO_UNIT, token
        elif token.kind is Kind.DURATION and not depth and not offset:
            yield SECONDS, token
        offset = token.text.lower() == "offset" or (offset and token.text in {"-", "+"})


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
