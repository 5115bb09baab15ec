"""Block mappings and sequences, read in one go through the lines."""

import re
from dataclasses import dataclass, field
from typing import Any

from tocsin.plainyaml.blocks import block
from tocsin.plainyaml.flow import Path, collection
from tocsin.plainyaml.scalars import OTHER, QUOTED, resolved, unquoted
from tocsin.plainyaml.unsure import MAX_DEPTH, MAX_KEY, Unsure

# A key ends at the first colon before a space; in `{{`, `<<` or `? ` no key begins.
_ENTRY = re.compile(rf"([A-Za-z0-9_(/.$][^\n]*?|{QUOTED}) *:(?: +(.*))?$")
_SCALAR = re.compile(rf"({QUOTED})(?: +#.*| *)$")
_PLAIN = re.compile(r"(?:[A-Za-z0-9_(/.$+)^~;\\]|-(?! |$)|<(?!<))")  # how a plain scalar may begin


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
                key = unquoted(key)
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
            return unquoted(match[1])
        if first in "{[":
            return self._flow(rest)
        text, self.at = block(rest, self.written, self.at, indent)
        return text

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
        if written[0] not in OTHER:
            return written
        value = resolved(written)
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
        value, raws = collection(rest)
        if raws:
            path = tuple(self.path)
            for inner, raw in raws:
                self.raws[path + inner] = raw
        return value


def _is_item(line: str, start: int) -> bool:
    return line[start] == "-" and line[start + 1 : start + 2] in {"", " "}
