"""What an alert's expression compares with what, as far as a chart has to know. Pure.

No PromQL parser: an expression that is not understood is drawn as it is.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

LONGEST = 10_000  # characters; nobody wrote a longer one
DEEPEST = 20  # parentheses around all of it

_WORD = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_LIMIT = re.compile(
    r"(?P<left>.*?\S)\s*(?:>=|<=|==|!=|>|<)\s*(?P<limit>[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)",
    re.DOTALL,
)
_SET_OPERATORS = frozenset({"and", "or", "unless"})


def of_url(generator_url: str) -> str:
    """The expression that a link to Prometheus's graph carries, "" for none."""
    try:
        query = parse_qs(urlsplit(generator_url).query, max_num_fields=50)
    except ValueError:
        return ""
    found = query.get("g0.expr", [""])[0].strip()
    return found if len(found) <= LONGEST else ""


def measured(expression: str) -> tuple[str, float | None]:
    """What is measured, and the number it is compared with: ("x", 5.0) of `x > 5 and on () y`.

    (expression, None) when it is compared with no number.
    """
    if expression and not _whole(expression):
        return expression, None
    first = _unwrapped(_before_set_operator(expression.strip()))
    found = _LIMIT.fullmatch(first)
    if found is None or any(character in "<>=!" for _, character in _outside(found["left"])):
        return expression, None
    return found["left"], float(found["limit"].replace("_", ""))


def _whole(text: str) -> bool:
    """Whether all brackets and quotes are closed: the end is outside of them."""
    return list(_blanked(f"{text} "))[-1][0] is not None


def _before_set_operator(text: str) -> str:
    """The first operand of `and`, `or` and `unless`: what follows only says when it counts."""
    plain = "".join(character if index is not None else " " for index, character in _blanked(text))
    for word in _WORD.finditer(plain):
        if word[0].lower() in _SET_OPERATORS:
            return text[: word.start()].strip()
    return text


def _unwrapped(text: str) -> str:
    """Without parentheses around all of it."""
    for _ in range(DEEPEST):
        if not (text.startswith("(") and text.endswith(")")) or list(_outside(text)):
            break
        text = text[1:-1].strip()
    return text


def _outside(text: str) -> Iterator[tuple[int, str]]:
    """The characters outside of brackets and quotes, with their places."""
    for index, character in _blanked(text):
        if index is not None:
            yield index, character


def _blanked(text: str) -> Iterator[tuple[int | None, str]]:
    """Every character, with its place if it is outside of brackets and quotes."""
    depth, quote, escaped = 0, "", False
    for index, character in enumerate(text):
        if quote:
            ends = character == quote and not escaped
            escaped = character == "\\" and not escaped and quote != "`"
            quote = "" if ends else quote
            yield None, character
        elif character in "\"'`":
            quote = character
            yield None, character
        else:
            depth += character in "([{"
            yield (index if depth == 0 else None), character
            depth -= character in ")]}"
