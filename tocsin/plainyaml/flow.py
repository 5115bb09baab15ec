"""Flow collections in one line."""

import re
from functools import lru_cache
from typing import Any

from tocsin.plainyaml.scalars import OTHER, QUOTED, resolved, unquoted
from tocsin.plainyaml.unsure import MAX_DEPTH, Unsure

Path = tuple[str | int, ...]

_WORD = "(?:[A-Za-z0-9_./$+%()<>=~^*-]|:(?=[A-Za-z0-9/]))"
_FLOW = re.compile(
    rf" *(?:(?P<bracket>[\[{{}}\],])"
    rf"|(?:(?P<quoted>{QUOTED})|(?P<plain>(?:[A-Za-z0-9_.$/]|-(?! )){_WORD}*(?: +{_WORD}+)*))"
    r"(?P<colon>:(?= ))?)"
)


@lru_cache(maxsize=4096)
def collection(written: str) -> tuple[Any, tuple[tuple[Path, str], ...]]:
    """A flow collection in one line, and how its scalars that are no text were typed."""
    raws: list[tuple[Path, str]] = []
    value, end = _value(written, 0, (), raws)
    tail = written[end:]
    if tail.strip(" ") and not re.match(" +#", tail):
        raise Unsure
    return value, tuple(raws)


def _value(text: str, at: int, path: Path, raws: list[tuple[Path, str]]) -> tuple[Any, int]:
    """The value that begins at `at`, and where it ends."""
    match = _FLOW.match(text, at)
    if match is None or match["colon"] or len(path) > MAX_DEPTH:
        raise Unsure
    if match["quoted"]:
        return unquoted(match["quoted"]), match.end()
    if written := match["plain"]:
        value = written if written[0] not in OTHER else resolved(written)
        if not isinstance(value, str):
            raws.append((path, written))
        return value, match.end()
    if match["bracket"] == "{":
        return _mapping(text, match.end(), path, raws)
    if match["bracket"] == "[":
        return _sequence(text, match.end(), path, raws)
    raise Unsure


def _mapping(
    text: str, at: int, path: Path, raws: list[tuple[Path, str]]
) -> tuple[dict[str, Any], int]:
    data: dict[str, Any] = {}
    while True:
        match = _FLOW.match(text, at)
        if match is None:
            raise Unsure
        if match["bracket"] == "}" and not data:
            return data, match.end()
        key = unquoted(match["quoted"]) if match["quoted"] else match["plain"]
        if not match["colon"] or key in data:
            raise Unsure
        data[key], at = _value(text, match.end(), (*path, key), raws)
        closed, at = _next(text, at, "}")
        if closed:
            return data, at


def _sequence(
    text: str, at: int, path: Path, raws: list[tuple[Path, str]]
) -> tuple[list[Any], int]:
    data: list[Any] = []
    match = _FLOW.match(text, at)
    if match and match["bracket"] == "]":
        return data, match.end()
    while True:
        value, at = _value(text, at, (*path, len(data)), raws)
        data.append(value)
        closed, at = _next(text, at, "]")
        if closed:
            return data, at


def _next(text: str, at: int, closing: str) -> tuple[bool, int]:
    """Whether a collection ends after a value, or goes on after a comma; and where."""
    match = _FLOW.match(text, at)
    if match is None or match["bracket"] not in {closing, ","}:
        raise Unsure
    return match["bracket"] == closing, match.end()
