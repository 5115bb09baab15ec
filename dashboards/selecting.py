"""Narrows an expression to what the selectors on top of a dashboard say."""

from collections.abc import Mapping

from tocsin.promql.lexer import Kind, Token, partners, tokens

_LISTS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_WORDS = _LISTS | {"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan", "start", "end"}


def narrowed(expr: str, matchers: Mapping[str, str]) -> str:
    """`expr` with a matcher `label=~"value"` in each of its selectors."""
    added = ", ".join(f'{label}=~"{value}"' for label, value in matchers.items())
    if not added:
        return expr
    found = tokens(expr)
    pairs = partners(found)
    pieces, done = [], 0
    for index in _selectors(found, pairs):
        token = found[index]
        follower = found[index + 1] if index + 1 < len(found) else None
        if token.text == "{":
            place, text = token.end, added + _comma(found, index)
        elif follower is not None and follower.text == "{":
            place, text = follower.end, added + _comma(found, index + 1)
        else:
            place, text = token.end, f"{{{added}}}"
        pieces += [expr[done:place], text]
        done = place
    return "".join([*pieces, expr[done:]])


def _comma(found: list[Token], brace: int) -> str:
    return "" if found[brace + 1].text == "}" else ", "


def _selectors(found: list[Token], pairs: Mapping[int, int]) -> list[int]:
    """The indices of the tokens that selectors begin with: a metric's name, or a bare brace."""
    starts, index = [], 0
    while index < len(found):
        token = found[index]
        after = found[index + 1].text if index + 1 < len(found) else ""
        if token.kind is Kind.WORD and token.text.lower() in _LISTS and after == "(":
            index = pairs.get(index + 1, index)
        elif token.kind is Kind.WORD and not _is_word_of_the_language(token.text, after):
            starts.append(index)
            index = pairs.get(index + 1, index) if after == "{" else index
        elif token.text in {"{", "["}:
            if token.text == "{":
                starts.append(index)
            index = pairs.get(index, index)
        index += 1
    return starts


def _is_word_of_the_language(text: str, after: str) -> bool:
    """Whether it is a keyword or a function rather than the name of a metric."""
    return text.lower() in _WORDS or after in {"(", "by", "without"}
