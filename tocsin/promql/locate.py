"""Which characters of a wrong expression are to blame, and a message that a person would write."""

import re
from collections.abc import Callable

from tocsin import suggest
from tocsin.promql.functions import FUNCTIONS
from tocsin.promql.lexer import Kind, Token, partners

Blame = tuple[int, int, str, str]  # start, end, message, hint

_UNKNOWN_FUNCTION = re.compile(r"unknown function with name '(?P<name>[^']*)'")
_WRONG_TYPE = re.compile(
    r"expected type (?P<want>\w+) in call to function '(?P<name>\w+)', got (?P<got>\w+)"
)
_FUNCTION = re.compile(r"function '(?P<name>\w+)'|call to '(?P<name2>\w+)'")
_WORDS = {"matrix": "a range vector such as `x[5m]`", "vector": "an instant vector"}
_WORDS |= {"scalar": "a number", "string": "a string", "instant_vector": "an instant vector"}
_REGEX = re.compile(r"illegal regex for (?P<regex>.*)", re.DOTALL)


def blame(expr: str, found: list[Token], reason: str, parses: Callable[[str], bool]) -> Blame:
    """What is wrong with `expr`, which the parser rejected for `reason`.

    `parses` says whether an expression parses: the first token after which nothing could follow
    is the one to blame when the parser does not say.
    """
    if not found:
        return 0, max(len(expr), 1), "the expression is empty", ""
    return (
        _lexical(found)
        or _unbalanced(found)
        or _named(found, reason)
        or _unfinished(expr, found, parses, reason)
        or (0, len(expr.rstrip()), f"this is not valid PromQL: {reason}", "")
    )


def _lexical(found: list[Token]) -> Blame | None:
    for token in found:
        if token.kind is Kind.UNKNOWN:
            if token.text in "\"'`":
                hint = f"close it with {token.text}"
                return token.start, token.end, "this string is not closed", hint
            if token.text in "&|!":
                hint = "PromQL says `and`, `or`, `unless`"
                return token.start, token.end, f"`{token.text}` is not an operator", hint
            return token.start, token.end, f"`{token.text}` has no place in PromQL", ""
    return None


def _unbalanced(found: list[Token]) -> Blame | None:
    pairs = partners(found)
    for index, token in enumerate(found):
        if index in pairs:
            continue
        if token.kind is Kind.OPEN:
            return token.start, token.end, f"this `{token.text}` is never closed", ""
        if token.kind is Kind.CLOSE:
            return token.start, token.end, f"this `{token.text}` closes nothing", ""
    return None


def _named(found: list[Token], reason: str) -> Blame | None:
    if match := _UNKNOWN_FUNCTION.match(reason):
        name = match["name"]
        start, end = _call(found, name)
        message = f"`{name}` is not a function of PromQL"
        return start, end, message, suggest.hint(name, FUNCTIONS)
    if match := _WRONG_TYPE.match(reason):
        start, end = _call(found, match["name"], whole=True)
        want, got = (_WORDS.get(match[word], match[word]) for word in ("want", "got"))
        return start, end, f"`{match['name']}` takes {want}, not {got}", _range_hint(match)
    if match := _REGEX.match(reason):
        for token in found:
            if token.kind is Kind.STRING and token.text[1:-1] == match["regex"]:
                return token.start, token.end, "this is not a valid regular expression", ""
    if match := _FUNCTION.search(reason):
        name = match["name"] or match["name2"]
        start, end = _call(found, name, whole=True)
        return start, end, reason, ""
    return None


def _range_hint(match: re.Match[str]) -> str:
    if match["want"] == "matrix":
        return f"say over which time: `{match['name']}(...[5m])`"
    return ""


def _call(found: list[Token], name: str, *, whole: bool = False) -> tuple[int, int]:
    """The place of the call of `name`: its name, or with `whole` its arguments, too."""
    pairs = partners(found)
    for index, token in enumerate(found[:-1]):
        if token.text == name and found[index + 1].text == "(":
            last = found[pairs.get(index + 1, index)] if whole else token
            return token.start, last.end
    return found[0].start, found[-1].end


# What may follow a prefix to make it whole: an operand, a range, arguments, a matcher, ...
_INSIDE = (
    *("", " x", " 1", "x", "{}", ' "y"', '"y"', '="y"', 'x="y"'),
    *("[5m]", " [5m:]", " x[5m]", "5m", " 5m", "m", ":]"),
    *("(x)", "(x[5m])", "(1, x)", " (x) x", " (x) (x)", " by (x) (x)"),
)
# ... and what may follow the brackets that are then closed: the operand of `by (...)`.
_ENDINGS = [(inner, after) for after in ("", " (x)", " x") for inner in _INSIDE]


def _unfinished(
    expr: str, found: list[Token], parses: Callable[[str], bool], reason: str
) -> Blame | None:
    """The first token that cannot stand where it stands: no ending makes its prefix valid."""
    closing = {"(": ")", "[": "]", "{": "}"}
    opened: list[str] = []
    for index, token in enumerate(found):
        if token.kind is Kind.OPEN:
            opened.append(closing[token.text])
        elif token.kind is Kind.CLOSE and opened:
            opened.pop()
        prefix, close = expr[: token.end], "".join(reversed(opened))
        if not any(parses(prefix + inner + close + after) for inner, after in _ENDINGS):
            message = f"`{token.text}` cannot stand here"
            if reason not in _GENERIC:
                message += f": {reason}"
            return token.start, token.end, message, _misplaced_hint(found, index)
    last = found[-1]
    message = f"the expression ends too early, after `{last.text}`"
    return last.start, last.end, message if reason in _GENERIC else reason, ""


_GENERIC = {"invalid promql query"}
_KEYWORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool"}
_KEYWORDS |= {"and", "or", "unless", "atan2"}


def _misplaced_hint(found: list[Token], index: int) -> str:
    token, before = found[index], found[index - 1]
    if token.text == "=":
        return "PromQL compares with `==`"
    if index == 0 or token.kind not in {Kind.WORD, Kind.NUMBER}:
        return ""
    if before.text == "=" or before.text in {"!=", "=~", "!~"}:
        return f'put the value in quotes: "{token.text}"'
    if before.text in {"by", "without", "on", "ignoring"}:
        return f"labels stand in brackets: `{before.text} ({token.text})`"
    if token.text == "for":
        return "`for` is a key of the rule, not of the expression"
    if before.kind in {Kind.WORD, Kind.NUMBER, Kind.CLOSE} and before.text not in _KEYWORDS:
        return f"is an operator missing after `{before.text}`?"
    return ""
