"""A quick reader for the YAML that people mostly write; of anything else it says so.

It knows block mappings and sequences, scalars plain, quoted or as a block, and flow collections in
one line. Whatever is outside of that (anchors, tags, tabs, quotes over several lines, all that is
broken) it leaves to the full parser: `read` gives None rather than guess. What it does read, the
full parser reads just the same; tests hold the two against each other.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Path = tuple[str | int, ...]

MAX_KEY = 1000  # characters; YAML's own limit is 1,024
MAX_DEPTH = 40

_QUOTED = r"""'[^']*(?:''[^']*)*'|"[^"\\]*(?:\\["\\/nt][^"\\]*)*\""""
# A key ends at the first colon before a space; in `{{`, `<<` or `? ` no key begins.
_ENTRY = re.compile(rf"([A-Za-z0-9_(/.$][^\n]*?|{_QUOTED}) *:(?: +(.*))?$")
_SCALAR = re.compile(rf"({_QUOTED})(?: +#.*| *)$")
_PLAIN = re.compile(r"(?:[A-Za-z0-9_(/.$+)^~;\\]|-(?! |$)|<(?!<))")  # how a plain scalar may begin
_BLOCK = re.compile(r"([|>])([-+]?) *$")
_WORD = "(?:[A-Za-z0-9_./$+%()<>=~^*-]|:(?=[A-Za-z0-9/]))"
_FLOW = re.compile(
    rf" *(?:(?P<bracket>[\[{{}}\],])"
    rf"|(?:(?P<quoted>{_QUOTED})|(?P<plain>(?:[A-Za-z0-9_.$/]|-(?! )){_WORD}*(?: +{_WORD}+)*))"
    r"(?P<colon>:(?= ))?)"
)
_ESCAPE = re.compile(r'\\(["\\/nt])')
_ESCAPED = {"n": "\n", "t": "\t"}
# First characters of what YAML 1.1 may read as something else than text.
_OTHER = frozenset("-+0123456789.yYnNtTfFoO~")
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


class Unsure(Exception):
    """The text holds something that is left to the full parser."""


@dataclass(frozen=True)
class Plain:
    """What was read.

    data: dicts, lists, scalars. raws: how each scalar that is no text was typed, by path.
    lines: the line (from 1) of each mapping in a sequence, by path.
    """

    data: Any
    raws: dict[Path, str] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)


def read(text: str) -> Plain | None:
    """`text` as data, None where the full parser is needed."""
    # Tabs, odd line ends and control characters are no printable characters.
    if text[-1:] != "\n" or not text.replace("\n", " ").isprintable():
        return None
    reader = _Reader(text.split("\n"))
    try:
        return Plain(reader.document(), reader.raws, reader.lines)
    except Unsure:
        return None


class _Reader:
    """Goes through the lines once. `at` is the line to be read next."""

    def __init__(self, written: list[str]) -> None:
        self.written = written
        self.end = len(written)
        self.at = 0
        self.path: list[str | int] = []
        self.raws: dict[Path, str] = {}
        self.lines: dict[Path, int] = {}

    def document(self) -> Any:
        """The one document of the text, which must be a mapping."""
        if self._skip() == 0 and self.written[self.at] == "---":
            self.at += 1
        if self._skip() != 0:
            raise Unsure
        data = self._mapping(0)
        if self._skip() >= 0:
            raise Unsure
        return data

    def _skip(self) -> int:
        """Goes on to the next line that says something: how far it is indented, -1 at the end."""
        written, at = self.written, self.at
        while at < self.end:
            rest = written[at].lstrip(" ")
            if rest and rest[0] != "#":
                self.at = at
                return len(written[at]) - len(rest)
            at += 1
        self.at = at
        return -1

    def _mapping(self, indent: int) -> dict[str, Any]:
        """The mapping whose keys stand at `indent`, the first in this line."""
        if len(self.path) > MAX_DEPTH:
            raise Unsure
        data: dict[str, Any] = {}
        path = self.path
        path.append("")
        while True:
            match = _ENTRY.match(self.written[self.at], indent)
            if match is None:
                raise Unsure
            key, rest = match.groups()
            if key[0] in "'\"":
                key = _unquoted(key)
            elif "#" in key and " #" in key:
                raise Unsure
            if key in data or len(key) > MAX_KEY:
                raise Unsure
            path[-1] = key
            data[key] = self._value(rest, indent, indentless=True)
            start = self._skip()
            if start != indent:
                path.pop()
                if start > indent:
                    raise Unsure
                return data

    def _sequence(self, indent: int) -> list[Any]:
        """The sequence whose dashes stand at `indent`."""
        if len(self.path) > MAX_DEPTH:
            raise Unsure
        data: list[Any] = []
        path = self.path
        path.append(0)
        while True:
            line = self.written[self.at]
            rest = line[indent + 1 :].lstrip(" ")
            start = len(line) - len(rest)
            if rest[:1] == "-" and rest[1:2] in {"", " "}:
                raise Unsure
            path[-1] = len(data)
            if _ENTRY.match(line, start):
                self.lines[tuple(path)] = self.at + 1
                data.append(self._mapping(start))
            else:
                data.append(self._value(rest, indent, indentless=False))
            start = self._skip()
            if start != indent or not _is_item(self.written[self.at], start):
                path.pop()
                if start > indent:
                    raise Unsure
                return data

    def _value(self, rest: str | None, indent: int, *, indentless: bool) -> Any:
        """The value that begins with `rest` of this line, within what is indented by `indent`."""
        if not rest or rest[0] == "#":
            self.at += 1
            return self._below(indent, indentless=indentless)
        if _PLAIN.match(rest):
            return self._plain(rest, indent)
        self.at += 1
        first = rest[0]
        if first in "'\"":
            match = _SCALAR.match(rest)
            if match is None:
                raise Unsure
            return _unquoted(match[1])
        if first in "{[":
            return self._flow(rest)
        match = _BLOCK.match(rest)
        if match is None:
            raise Unsure
        return self._block(match[1], match[2], indent)

    def _below(self, indent: int, *, indentless: bool) -> Any:
        """A value that stands in the lines below its key or dash."""
        start = self._skip()
        if start < indent or start < 0:
            return self._empty()
        line = self.written[self.at]
        if _is_item(line, start):
            if start > indent or indentless:
                return self._sequence(start)
            return self._empty()
        if start == indent:
            return self._empty()
        if _ENTRY.match(line, start):
            return self._mapping(start)
        rest = line[start:]
        if not _PLAIN.match(rest):
            raise Unsure
        return self._plain(rest, indent)

    def _empty(self) -> None:
        self.raws[tuple(self.path)] = ""

    def _plain(self, rest: str, indent: int) -> Any:
        """A plain scalar: what follows and is indented further belongs to it."""
        self.at += 1
        follows = self.at
        comment = rest.find(" #")
        if comment >= 0:
            rest = rest[:comment]
        written = rest.rstrip(" ")
        if self._skip() > indent:
            if comment >= 0 or self.at > follows:
                raise Unsure  # an empty line is a new line of the text
            written = self._continued(written, indent)
        if ": " in written or written[-1] == ":":
            raise Unsure
        if written[0] not in _OTHER:
            return written
        value = _resolved(written)
        if not isinstance(value, str):
            self.raws[tuple(self.path)] = written
        return value

    def _continued(self, written: str, indent: int) -> str:
        """A plain scalar with its further lines folded into one."""
        parts = [written]
        lines, at = self.written, self.at
        while True:
            rest = lines[at].lstrip(" ")
            if len(lines[at]) - len(rest) <= indent and rest:
                break
            if not rest:
                self.at = at
                if self._skip() > indent:
                    raise Unsure
                break
            if rest[0] == "#" or " #" in rest:
                raise Unsure
            parts.append(rest.rstrip(" "))
            at += 1
        self.at = at
        if any(": " in part or part[-1] == ":" for part in parts):
            raise Unsure
        return " ".join(parts)

    def _flow(self, rest: str) -> Any:
        value, raws = _flow(rest)
        if raws:
            path = tuple(self.path)
            for inner, raw in raws:
                self.raws[path + inner] = raw
        return value

    def _block(self, style: str, chomp: str, indent: int) -> str:
        """A block scalar: the lines that are indented by more than `indent`."""
        lines, first = self.written, self.at
        own = self._indent_of_block(indent)
        found: list[str] = []
        at = first
        while at < len(lines):
            line = lines[at]
            rest = line.lstrip(" ")
            if not rest:
                if len(line) > own:
                    raise Unsure  # blank space that counts
                found.append("")
            else:
                deep = len(line) - len(rest)
                if deep < own:
                    if deep > indent:
                        raise Unsure
                    break
                found.append(line[own:])
            at += 1
        self.at = at
        while found and not found[-1]:
            found.pop()
        if chomp == "+" or not found:
            raise Unsure
        text = "\n".join(found) if style == "|" else _folded(found)
        return text if chomp else text + "\n"

    def _indent_of_block(self, indent: int) -> int:
        for at in range(self.at, len(self.written)):
            rest = self.written[at].lstrip(" ")
            if rest:
                own = len(self.written[at]) - len(rest)
                if own <= indent or any(len(line) > own for line in self.written[self.at : at]):
                    raise Unsure
                return own
        raise Unsure


def _is_item(line: str, start: int) -> bool:
    return line[start] == "-" and line[start + 1 : start + 2] in {"", " "}


def _folded(lines: list[str]) -> str:
    """The lines of a folded block: a line break is a space, an empty line a line break."""
    text, breaks = lines[0], 0
    if not text:
        raise Unsure
    for line in lines:
        if line[:1] == " ":
            raise Unsure  # lines that are indented further stay lines
    for line in lines[1:]:
        if not line:
            breaks += 1
            continue
        text += "\n" * breaks + line if breaks else " " + line
        breaks = 0
    return text


@lru_cache(maxsize=4096)
def _unquoted(written: str) -> str:
    """The text of a scalar in quotes."""
    inner = written[1:-1]
    if written[0] == "'":
        return inner.replace("''", "'")
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), inner)


@lru_cache(maxsize=4096)
def _resolved(written: str) -> Any:
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


@lru_cache(maxsize=4096)
def _flow(written: str) -> tuple[Any, tuple[tuple[Path, str], ...]]:
    """A flow collection in one line, and how its scalars that are no text were typed."""
    raws: list[tuple[Path, str]] = []
    value, end = _flow_value(written, 0, (), raws)
    tail = written[end:]
    if tail.strip(" ") and not re.match(" +#", tail):
        raise Unsure
    return value, tuple(raws)


def _flow_value(text: str, at: int, path: Path, raws: list[tuple[Path, str]]) -> tuple[Any, int]:
    """The value that begins at `at`, and where it ends."""
    match = _FLOW.match(text, at)
    if match is None or match["colon"] or len(path) > MAX_DEPTH:
        raise Unsure
    if match["quoted"]:
        return _unquoted(match["quoted"]), match.end()
    if written := match["plain"]:
        value = written if written[0] not in _OTHER else _resolved(written)
        if not isinstance(value, str):
            raws.append((path, written))
        return value, match.end()
    if match["bracket"] == "{":
        return _flow_mapping(text, match.end(), path, raws)
    if match["bracket"] == "[":
        return _flow_sequence(text, match.end(), path, raws)
    raise Unsure


def _flow_mapping(
    text: str, at: int, path: Path, raws: list[tuple[Path, str]]
) -> tuple[dict[str, Any], int]:
    data: dict[str, Any] = {}
    while True:
        match = _FLOW.match(text, at)
        if match is None:
            raise Unsure
        if match["bracket"] == "}" and not data:
            return data, match.end()
        key = _unquoted(match["quoted"]) if match["quoted"] else match["plain"]
        if not match["colon"] or key in data:
            raise Unsure
        data[key], at = _flow_value(text, match.end(), (*path, key), raws)
        closed, at = _next(text, at, "}")
        if closed:
            return data, at


def _flow_sequence(
    text: str, at: int, path: Path, raws: list[tuple[Path, str]]
) -> tuple[list[Any], int]:
    data: list[Any] = []
    match = _FLOW.match(text, at)
    if match and match["bracket"] == "]":
        return data, match.end()
    while True:
        value, at = _flow_value(text, at, (*path, len(data)), raws)
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
