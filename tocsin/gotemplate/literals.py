"""Go's text literals, and `printf` as far as queries are put together with it."""

import ast
import re

_VERB = re.compile(r"%[-+# 0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:\[\d+\])?([a-zA-Z%])")
_STAND_INS = ("x", "5m", "1")  # a label's value, a duration, a number


def unquoted(literal: str) -> str:
    """What a literal says: `"a\\"b"` or a raw one."""
    if literal[0] == "`":
        return literal[1:-1]
    try:
        return str(ast.literal_eval(literal))
    except (ValueError, SyntaxError):
        return literal[1:-1]


def filled(form: str, arguments: int) -> tuple[str, ...]:
    """What `printf` may make of a form: one text for each sort of thing it may be given."""
    return tuple(dict.fromkeys(_filled(form, stand_in, arguments) for stand_in in _STAND_INS))


def _filled(form: str, stand_in: str, arguments: int) -> str:
    left = arguments

    def put(match: re.Match[str]) -> str:
        nonlocal left
        verb = match[1]
        if verb == "%":
            return "%"
        if left == 0:
            return match[0]
        left -= 1
        if verb == "q":
            return f'"{stand_in}"'
        return "1" if verb in "dfgeEFGxXb" else stand_in

    return _VERB.sub(put, form)
