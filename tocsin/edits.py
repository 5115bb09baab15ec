"""Changes of a file's text that mend a problem, made so that layout and comments stay.

Each is None where there is no such change, as where a rule is written in a way that leaves no room.
"""

import json
import re

import yaml

from tocsin.problem import Edit, Position
from tocsin.source import Path, Source


def within(source: Source, path: Path, start: int, end: int, text: str) -> Edit | None:
    """`text` for the characters `start` to `end` of the text value at `path`."""
    node = source.node(path)
    if not isinstance(node, yaml.ScalarNode):
        return None
    return Edit(source.inside(path, start, end), _spelt(text, str(node.style or "")))


def _spelt(text: str, style: str) -> str:
    """`text` as it is written within a scalar of a style."""
    if style == "'":
        return text.replace("'", "''")
    return json.dumps(text, ensure_ascii=False)[1:-1] if style == '"' else text


def without(source: Source, path: Path) -> Edit | None:
    """A mapping without the key at `path`; the comment beside it stays."""
    mapping = source.node(path[:-1])
    if not isinstance(mapping, yaml.MappingNode) or len(mapping.value) < 2:
        return None
    names = [key.value for key, _ in mapping.value]
    index = names.index(str(path[-1])) if names.count(str(path[-1])) == 1 else -1
    if index < 0:
        return None
    key = source.position(path, key=True)
    following = mapping.value[index + 1][0].start_mark if index + 1 < len(names) else None
    lines = source.text.split("\n")
    first = bool(lines[key.line - 1][: key.column - 1].strip())
    if mapping.flow_style or first:
        if following is None or following.line - key.line > 1:
            return None
        upto = Position(source.name, key.line, key.column, following.line + 1, following.column + 1)
        return None if "#" in covered(source.text, upto) else Edit(upto, "")
    value = source.position(path)
    rest = lines[value.end_line - 1][value.end_column - 1 :].strip()
    if rest:
        upto = Position(
            source.name, key.line, key.column, value.end_line, len(lines[value.end_line - 1]) + 1
        )
        return Edit(upto, rest) if rest.startswith("#") else None
    return Edit(Position(source.name, key.line, 1, value.end_line + 1, 1), "")


def in_order(source: Source, path: Path, wanted: list[str]) -> Edit | None:
    """The block mapping at `path` with its keys in the order `wanted`, comments with their keys."""
    mapping = source.node(path)
    if not isinstance(mapping, yaml.MappingNode) or mapping.flow_style:
        return None
    lines = source.text.split("\n")
    starts = [key.start_mark for key, _ in mapping.value]
    end = source.position(path).end_line
    if len({mark.line for mark in starts}) < len(starts):
        return None
    first = starts[0]
    heads = [first.line, *(_with_comments(lines, mark.line, first.line) for mark in starts[1:])]
    parts = {}
    for (key, _), begin, upto in zip(mapping.value, heads, [*heads[1:], end], strict=True):
        written = lines[begin:upto]
        if begin == first.line:
            written = [" " * first.column + written[0][first.column :], *written[1:]]
        parts[key.value] = "\n".join(written).rstrip()
    if set(parts) != set(wanted) or parts[wanted[0]].lstrip().startswith("#"):
        return None
    text = "\n".join(parts[name] for name in wanted)
    place = Position(source.name, first.line + 1, first.column + 1, end, len(lines[end - 1]) + 1)
    return Edit(place, text.lstrip(" "))


def _with_comments(lines: list[str], line: int, top: int) -> int:
    """The first of the comments that stand directly above a line, else the line (from 0)."""
    while line - 1 > top and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def covered(text: str, place: Position) -> str:
    """The part of a text that a position speaks of."""
    lines = text.split("\n")[place.line - 1 : place.end_line]
    if len(lines) == place.end_line - place.line + 1:
        lines[-1] = lines[-1][: place.end_column - 1]
    lines[0] = lines[0][place.column - 1 :]
    return "\n".join(lines)


def is_near(word: str, other: str) -> bool:
    """Whether one of two words is surely the other misspelt: by a slip, or two in long ones."""
    return _slips(word.lower(), other.lower()) <= (1 if len(other) < 6 else 2)


def _slips(one: str, other: str) -> int:
    """The letters too many, missing, wrong or swapped between two words."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        fresh = [i]
        for j, b in enumerate(other, 1):
            best = min(row[j] + 1, fresh[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            fresh.append(best)
        before, row = row, fresh
    return row[-1]


_ODD_BREAKS = re.compile("\r(?!\n)|[\x85\u2028\u2029]")


class NoPlace(Exception):
    """The file has line breaks that are not counted alike everywhere."""


def applied(content: bytes, edits: list[Edit]) -> bytes:
    """A file's content with `edits`, which do not overlap. Line ends stay what they are.

    Raises NoPlace, UnicodeDecodeError.
    """
    text = content.decode("utf-8")
    if _ODD_BREAKS.search(text):
        raise NoPlace
    newline = "\r\n" if "\r\n" in text else "\n"
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    mark = text.startswith("\ufeff")

    def offset(line: int, column: int) -> int:
        if line > len(starts):
            return len(text)
        return min(starts[line - 1] + column - 1 + (mark and line == 1), len(text))

    for edit in sorted(edits, key=lambda edit: edit.position, reverse=True):
        place = edit.position
        begin = offset(place.line, place.column)
        end = offset(place.end_line, place.end_column)
        text = text[:begin] + edit.text.replace("\n", newline) + text[end:]
    return text.encode("utf-8")
