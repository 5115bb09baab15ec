"""PromQL as tokens with their places. Never fails: what it does not know is an UNKNOWN token.

The parser that Tocsin uses knows no positions; this is what underlining, and every rewriting of
an expression's text, stand on. Source: Prometheus's promql/parser/lex.go describes the tokens.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple


class Kind(Enum):
    """What a token is."""

    SPACE = auto()
    COMMENT = auto()
    STRING = auto()
    DURATION = auto()
    NUMBER = auto()
    WORD = auto()  # metric, label, function or keyword
    OPERATOR = auto()
    OPEN = auto()
    CLOSE = auto()
    COMMA = auto()
    COLON = auto()
    AT = auto()
    UNKNOWN = auto()


class Token(NamedTuple):
    """A token and the half-open range of characters that it stands in."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


_UNIT = r"(?:ms|[smhdwy])"
_PATTERNS = {
    Kind.SPACE: r"\s+",
    Kind.COMMENT: r"\#[^\n]*",
    Kind.STRING: r'"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])*'|`[^`]*`",
    Kind.DURATION: rf"(?:\d+{_UNIT})+(?![\w.])",
    Kind.NUMBER: r"0[xX][0-9a-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?(?![\w])",
    Kind.WORD: r"[a-zA-Z_:][a-zA-Z0-9_:]*",
    Kind.OPERATOR: r"==|!=|<=|>=|=~|!~|</|>/|[-+*/%^<>=]",
    Kind.OPEN: r"[(\[{]",
    Kind.CLOSE: r"[)\]}]",
    Kind.COMMA: r",",
    Kind.AT: r"@",
    Kind.UNKNOWN: r".",
}
_TOKEN = re.compile(
    "|".join(f"(?P<{kind.name}>{pattern})" for kind, pattern in _PATTERNS.items()), re.DOTALL
)
_IN_BRACKETS = re.compile(rf"(?:\d+{_UNIT})+|:|\d+")


_KINDS = [Kind.UNKNOWN, *_PATTERNS]  # by the number of a group, from 1


def tokens(expr: str, *, blanks: bool = False) -> list[Token]:
    """The tokens of `expr` in order; spaces and comments only with `blanks`."""
    found = _scanned(expr)
    if blanks:
        return list(found)
    space, comment = Kind.SPACE, Kind.COMMENT
    return [token for token in found if token.kind is not space and token.kind is not comment]


@lru_cache(maxsize=512)
def _scanned(expr: str) -> tuple[Token, ...]:
    return tuple(_scan(expr))


def _scan(expr: str) -> Iterator[Token]:
    index = brackets = 0
    while index < len(expr):
        # In `x[1h:5m]` the colon parts range and resolution; elsewhere it belongs to a name.
        inner = _IN_BRACKETS.match(expr, index) if brackets else None
        if inner:
            text = inner.group()
            kind = Kind.COLON if text == ":" else Kind.DURATION
            kind = Kind.NUMBER if text.isdigit() else kind
        else:
            match = _TOKEN.match(expr, index)
            assert match is not None and match.lastindex is not None  # noqa: S101 # "." takes any
            kind, text = _KINDS[match.lastindex], match.group()
            if text == "[":
                brackets += 1
            elif text == "]" and brackets:
                brackets -= 1
        yield Token(kind, text, index)
        index += len(text)


def partners(found: list[Token]) -> dict[int, int]:
    """The index of each bracket to that of its partner; a bracket without one is left out."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    closing = {"(": ")", "[": "]", "{": "}"}
    for index, token in enumerate(found):
        if token.kind is Kind.OPEN:
            opened.append(index)
        elif token.kind is Kind.CLOSE and opened and closing[found[opened[-1]].text] == token.text:
            pairs[index] = opened.pop()
            pairs[pairs[index]] = index
    return pairs
