"""One YAML file: its text, its data, and where in the text each value was written.

A value is known by its path (`("rules", 0, "threshold", "above")`). Positions are looked up only
when a problem needs one, in the YAML nodes: those that the file was parsed to or, where the quick
reader sufficed, those that it is parsed to then.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml

from tocsin.plainyaml import Plain
from tocsin.problem import Position

Path = tuple[str | int, ...]
MERGE_TAG = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class Source:
    """A parsed file. `name` is the path as people see it; `data` is plain dicts, lists, scalars."""

    name: str
    text: str
    composed: yaml.Node | None = field(default=None, repr=False)
    data: Any = field(default=None, repr=False)
    plain: Plain | None = field(default=None, repr=False)

    @cached_property
    def root(self) -> yaml.Node | None:
        """The YAML node of the whole, None where there is none."""
        return yaml.compose(self.text, Loader=yaml.CSafeLoader) if self.plain else self.composed

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines without their ends; line 1 is `lines[0]`."""
        return self.text.splitlines()

    def position(self, path: Path = (), *, key: bool = False) -> Position:
        """Where the value at `path` stands, or its key; else the nearest parent."""
        node = self.root
        if node is None:
            return Position(self.name)
        found: yaml.Node = node
        for depth, step in enumerate(path):
            pair = _step(found, step)
            if pair is None:
                break
            key_node, found = pair
            if key and depth == len(path) - 1 and key_node is not None:
                return self._span(key_node)
        return self._span(found)

    def node(self, path: Path) -> yaml.Node | None:
        """The YAML node of the value at `path`, None where there is none."""
        node = self.root
        for step in path:
            pair = _step(node, step) if node is not None else None
            if pair is None:
                return None
            node = pair[1]
        return node

    def raw(self, path: Path) -> str:
        """A scalar as it was typed (`yes`, `0x10`, `5`), "" for anything else.

        Prometheus reads labels and expressions as text, whatever YAML makes of them.
        """
        if self.plain:
            value = self.get(path)
            return value if isinstance(value, str) else self.plain.raws.get(path, "")
        node = self.node(path)
        return str(node.value) if isinstance(node, yaml.ScalarNode) else ""

    def get(self, path: Path) -> Any:
        """The value at `path`, None where there is none."""
        value = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def line(self, path: Path) -> int:
        """The line in which the value at `path` begins."""
        known = self.plain.lines.get(path) if self.plain else None
        return known or self.position(path).line

    def inside(self, path: Path, start: int, end: int) -> Position:
        """The position of the characters `start` to `end` of the text value at `path`."""
        node = self.node(path)
        if not isinstance(node, yaml.ScalarNode):
            return self.position(path)
        places = self._places(node)
        if not places:
            return self._span(node)
        start = max(0, min(start, len(places) - 1))
        end = max(start + 1, min(end, len(places)))
        first, last = places[start][0], places[end - 1][1]
        return Position(self.name, *self._line_column(first), *self._line_column(last))

    def _places(self, node: yaml.ScalarNode) -> list[tuple[int, int]]:
        """For each character of a scalar's value, the range of the text that it was read from.

        Walks value and text side by side: what the text has more (quotes, escapes, the
        indentation of a block, a line that was folded into a space) is passed over.
        """
        text, index, limit = self.text, node.start_mark.index, node.end_mark.index
        if node.style in {"|", ">"}:
            newline = text.find("\n", index)
            index = newline + 1 if newline >= 0 else limit
        elif node.style in {"'", '"'}:
            index += 1
        places = []
        for char in node.value:
            while index < limit and text[index] != char and not _stands_for(text, index, char):
                index += 1
            if index >= limit:
                break
            length = 2 if text[index] == "\\" and char != "\\" else 1
            if node.style == "'" and char == "'":
                length = 2
            places.append((index, index + length))
            index += length
        return places

    def _line_column(self, index: int) -> tuple[int, int]:
        before = self.text.rfind("\n", 0, index)
        return self.text.count("\n", 0, index) + 1, index - before

    def _span(self, node: yaml.Node) -> Position:
        start = node.start_mark
        end_index = max(_without_tail(self.text, start.index, _end(node)), start.index)
        line, column = self._line_column(end_index)
        return Position(self.name, start.line + 1, start.column + 1, line, column)


def _stands_for(text: str, index: int, char: str) -> bool:
    """Whether what is written at `index` reads as `char` though it looks different."""
    here = text[index]
    if char in " \n" and here in "\r\n":
        return True
    return here == "\\" and text[index + 1 : index + 2] == {"\n": "n", "\t": "t"}.get(char, char)


def _end(node: yaml.Node) -> int:
    """Where a node ends: YAML counts the comments that follow a block to it, people do not."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        key, value = last if isinstance(last, tuple) else (node, last)
        if value.start_mark.index <= key.start_mark.index:  # an alias: it is written elsewhere
            return int(key.end_mark.index)
        node = value
    return int(node.end_mark.index)


def _without_tail(text: str, start: int, end: int) -> int:
    """The end without the blank space that YAML counts to a block."""
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def entries(node: yaml.MappingNode) -> dict[Any, tuple[yaml.Node, yaml.Node]]:
    """The keys of a mapping and their nodes, with what merge keys (`<<`) bring in."""
    own: dict[Any, tuple[yaml.Node, yaml.Node]] = {}
    merged: dict[Any, tuple[yaml.Node, yaml.Node]] = {}
    for key, value in node.value:
        if key.tag == MERGE_TAG:
            for base in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(base, yaml.MappingNode):
                    merged = {**entries(base), **merged}
        elif isinstance(key, yaml.ScalarNode):  # other keys are a problem of their own
            own[key.value] = (key, value)
    return {**merged, **own}


def _step(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        found = entries(node)
        # A key is looked up as it was typed; numbers and booleans come back as their text.
        return found.get(step) or found.get(str(step))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None
