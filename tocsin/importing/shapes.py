"""What an expression says, where that is plain to see from its tokens.

Nothing here has to be right about PromQL as a whole: what a rule made of a shape compiles to is
held against the original before it is used.
"""

import re
from dataclasses import dataclass

from tocsin.promql import text
from tocsin.promql.lexer import Kind, Token, partners, tokens

_SIDES = {">": "above", "<": "below"}
_LOOSER = {"and", "or", "unless"}  # bind less than a comparison does
_COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


@dataclass(frozen=True)
class Comparison:
    """`value > limit`. side: `above` or `below`; said: the comments that are not in `value`."""

    value: str
    side: str
    limit: str
    said: tuple[str, ...]

    @property
    def number(self) -> float:
        """The limit as a number."""
        return float(self.limit)


@dataclass(frozen=True)
class Ratio:
    """What kind `ratio` compiles its value to: `((of) or 0 * (to)) / ((to) >= min_traffic)`."""

    of: str
    to: str
    min_traffic: str


def comparison(expr: str) -> Comparison | None:
    """`expr` as a comparison of something with a number, None when it is anything else."""
    found = tokens(expr)
    if len(found) < 3 or found[-1].kind is not Kind.NUMBER:
        return None
    sign = found[-2].text if found[-2].text in {"-", "+"} else ""
    left, operator = found[: -3 if sign else -2], found[-3 if sign else -2]
    limit = _number(sign, found[-1].text)
    if operator.text not in _SIDES or not left or limit is None or _compared(left):
        return None
    end = left[-1].end
    said = (t.text for t in tokens(expr, blanks=True) if t.kind is Kind.COMMENT and t.start >= end)
    return Comparison(expr[:end].strip(), _SIDES[operator.text], limit, tuple(said))


def absent(expr: str) -> str | None:
    """The selector of `absent(SELECTOR)`, None when `expr` is anything else."""
    found = tokens(expr)
    if len(found) < 4 or found[0].text != "absent" or partners(found).get(1) != len(found) - 1:
        return None
    inner = expr[found[1].end : found[-1].start].strip()
    return inner if text.is_selector(inner) else None


def ratio(value: str) -> Ratio | None:
    """`value` as a ratio without division by zero, None when it is anything else."""
    found = tokens(value)
    divisions = [at for at, token in _outside(found) if token.text == "/"]
    if len(divisions) != 1:
        return None
    part, whole = found[: divisions[0]], _inner(found[divisions[0] + 1 :])
    # A minimum of traffic is `>= 10`, none at all `> 0`: what does not fit will not compile to it.
    guard = comparison(_text(value, whole).replace(">=", ">")) if whole else None
    part = _inner(part)
    zero = next((at for at, token in _outside(part) if token.text.lower() == "or"), None)
    if guard is None or guard.side != "above" or not zero:
        return None
    of = _inner(part[:zero]) or part[:zero]
    to = tokens(guard.value)
    return Ratio(_text(value, of), _text(guard.value, _inner(to) or to), guard.limit)


def _text(expr: str, found: list[Token]) -> str:
    return expr[found[0].start : found[-1].end]


def _inner(found: list[Token]) -> list[Token]:
    """What is within a pair of parentheses, none when `found` is no such pair."""
    if len(found) < 3 or found[0].text != "(" or partners(found).get(0) != len(found) - 1:
        return []
    return found[1:-1]


def _outside(found: list[Token]) -> list[tuple[int, Token]]:
    """The tokens, with their places, that are in no brackets."""
    depth = 0
    outside = []
    for at, token in enumerate(found):
        depth -= token.kind is Kind.CLOSE
        if depth == 0:
            outside.append((at, token))
        depth += token.kind is Kind.OPEN
    return outside


def _compared(found: list[Token]) -> bool:
    """Whether a comparison, or something that binds less, stands outside of all brackets."""
    return any(
        token.text in _COMPARISONS or token.text.lower() in _LOOSER for _, token in _outside(found)
    )


def _number(sign: str, written: str) -> str | None:
    """A number as YAML reads it, spelt as in the expression where YAML agrees."""
    spelt = f"{sign.replace('+', '')}{written}"
    if _DECIMAL.fullmatch(spelt):
        return spelt
    plain = spelt.replace("_", "")
    try:
        return text.limit(float(int(plain, 16)) if "x" in plain.lower() else float(plain))
    except (ValueError, OverflowError):
        return None
