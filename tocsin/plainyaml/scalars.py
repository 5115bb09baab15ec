"""Scalars in one line: their quotes taken off, or what YAML 1.1 makes of them."""

import re
from functools import lru_cache
from typing import Any

from tocsin.plainyaml.unsure import Unsure

QUOTED = r"""'[^']*(?:''[^']*)*'|"[^"\\]*(?:\\["\\/nt][^"\\]*)*\""""
_ESCAPE = re.compile(r'\\(["\\/nt])')
_ESCAPED = {"n": "\n", "t": "\t"}
# First characters of what YAML 1.1 may read as something else than text.
OTHER = frozenset("-+0123456789.yYnNtTfFoO~")
_INT = re.compile(r"0|-?[1-9][0-9]*")
_HEX = re.compile(r"[-+]?0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_NUMBER = re.compile(  # and all that looks like a number or a date
    r"[-+]?[0-9._:]+(?:[eE][-+]?[0-9]+)?|[-+]?0[bx][0-9a-fA-F_]+"
    r"|[-+]?\.(?:inf|nan)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*",
    re.IGNORECASE,
)
_WORDS: dict[str, bool | None] = {"~": None}
for _words, _value in (("true yes on", True), ("false no off", False), ("null", None)):
    for _word in _words.split():
        _WORDS |= dict.fromkeys((_word, _word.capitalize(), _word.upper()), _value)


@lru_cache(maxsize=4096)
def unquoted(written: str) -> str:
    """The text of a scalar in quotes."""
    inner = written[1:-1]
    if written[0] == "'":
        return inner.replace("''", "'")
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), inner)


@lru_cache(maxsize=4096)
def resolved(written: str) -> Any:
    """What YAML 1.1 makes of a plain scalar."""
    if written in _WORDS:
        return _WORDS[written]
    if _INT.fullmatch(written):
        return int(written)
    if _FLOAT.fullmatch(written):
        return float(written)
    if _HEX.fullmatch(written):
        return int(written, 16)
    if _NUMBER.fullmatch(written):
        raise Unsure
    return written
