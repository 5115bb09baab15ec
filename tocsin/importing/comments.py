"""What of a rule file each of its comments is about, so that an import can write them again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

import yaml

from tocsin import yamlcomments
from tocsin.importing.tree import Notes
from tocsin.source import Path, Source
from tocsin.yamlcomments import Comment

Owner = tuple[int, Path]  # which document of the text, and what in it

_SCHEMA_LINE = "# yaml-language-server:"  # speaks of the original's schema, not of the catalogue's


@dataclass(frozen=True)
class Places:
    """What starts in which line: the outermost thing and the innermost."""

    outer: dict[int, Owner] = field(default_factory=dict)
    inner: dict[int, Owner] = field(default_factory=dict)

    def add(self, node: yaml.Node, owner: Owner) -> None:
        """`owner` starts where `node` does."""
        self.outer.setdefault(node.start_mark.line, owner)
        self.inner[node.start_mark.line] = owner


def notes(text: str, documents: Sequence[Source], outside: Sequence[yaml.Node]) -> list[Notes]:
    """The comments of `text` for each of the `documents` that stand in it.

    documents: their roots hold `groups`. outside: for each, the node around its root (that of a
    Kubernetes resource), or the root itself.
    """
    places = Places()
    for index, (document, around) in enumerate(zip(documents, outside, strict=True)):
        for node in _all(around, _child(document.root, "groups")):
            places.add(node, (index, ()))
        for node, path in _of_groups(document):
            places.add(node, (index, path))
    written = [
        found for found in yamlcomments.comments(text) if not found.text.startswith(_SCHEMA_LINE)
    ]
    sorter = _Sorter(text.split("\n"), places)
    sorter.sort(written)
    return [sorter.of(index) for index in range(len(documents))]


def _all(node: yaml.Node, but: yaml.Node | None) -> Iterator[yaml.Node]:
    """The keys at and below `node` that are not below `but`."""
    if node is but or isinstance(node, yaml.ScalarNode):
        return
    for item in node.value:
        pair = item if isinstance(item, tuple) else (item,)
        yield pair[0]
        yield from _all(pair[-1], but)


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _of_groups(document: Source) -> Iterator[tuple[yaml.Node, Path]]:
    """Groups, rules, and the keys of both, each with its path."""
    for group, group_path in _items(document.node(("groups",)), ("groups",)):
        yield group, group_path
        yield from _keys(group, group_path, nested={"labels"})
        rules = (*group_path, "rules")
        for rule, path in _items(document.node(rules), rules):
            yield rule, path
            yield from _keys(rule, path, nested={"labels", "annotations"})


def _items(node: yaml.Node | None, path: Path) -> Iterator[tuple[yaml.Node, Path]]:
    last = -1
    for index, item in enumerate(node.value if isinstance(node, yaml.SequenceNode) else ()):
        if item.start_mark.index > last:  # else it is an alias, and written further above
            yield item, (*path, index)
            last = item.start_mark.index


def _keys(node: yaml.Node, path: Path, nested: Iterable[str]) -> Iterator[tuple[yaml.Node, Path]]:
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        here = (*path, str(key.value))
        yield key, here
        # What an alias stands for is written elsewhere; what is in braces is one line.
        written_here = value.start_mark.index > key.start_mark.index
        if key.value in nested and written_here and not getattr(value, "flow_style", True):
            yield from _keys(value, here, ())


class _Sorter:
    """Puts each comment with what it is about."""

    def __init__(self, lines: list[str], places: Places) -> None:
        self._lines = lines
        self._places = places
        self._starts = sorted(places.outer)
        self._above: dict[Owner, list[Comment]] = {}
        self._beside: dict[Owner, list[Comment]] = {}
        self._after: dict[Owner, list[Comment]] = {}

    def sort(self, comments: Iterable[Comment]) -> None:
        """Takes the comments in their order."""
        for (before, alone), found in groupby(comments, lambda c: (self._before(c), c.alone)):
            if alone:
                for block in _blocks(list(found)):
                    self._put(block, before)
            else:
                for comment in found:
                    owner = self._places.inner[before] if before >= 0 else (0, ())
                    self._beside.setdefault(owner, []).append(comment)

    def of(self, index: int) -> Notes:
        """The comments of one document."""
        above, beside, after = (
            {path: tuple(_lines(found)) for (at, path), found in kept.items() if at == index}
            for kept in (self._above, self._beside, self._after)
        )
        return Notes(above, {path: " ".join(lines) for path, lines in beside.items()}, after)

    def _before(self, comment: Comment) -> int:
        """The last line at or before a comment in which something starts; -1 for none."""
        line = comment.line - comment.alone
        return max((start for start in self._starts if start <= line), default=-1)

    def _put(self, block: list[Comment], before: int) -> None:
        following = next((start for start in self._starts if start > block[0].line), None)
        kept, owner = (
            self._above,
            self._places.outer.get(following if following is not None else -1),
        )
        if owner is None or self._belongs_to_previous(block, before, following):
            kept, owner = self._after, self._previous(block[0], before)
        kept.setdefault(owner, []).extend(block)

    def _belongs_to_previous(
        self, block: list[Comment], before: int, following: int | None
    ) -> bool:
        """Whether a block of comments is deeper than what follows, and not tied to it."""
        if before < 0 or following is None or not self._rule(self._places.inner[before]):
            return following is None
        if self._rule(self._places.inner[before]) == self._rule(self._places.outer[following]):
            return False
        tied = block[-1].line == following - 1 and not self._lines[block[0].line - 1].strip()
        return block[0].column > self._indent(following) and not tied

    def _previous(self, comment: Comment, before: int) -> Owner:
        """The rule, the group or the document that a comment below it is about."""
        index, path = self._places.inner[before]
        rule = self._rule((index, path))
        if rule is not None:
            start = next(
                line for line in self._starts if self._rule(self._places.outer[line]) == rule
            )
            if comment.column > self._indent(start):
                return rule
        return index, path[:2]

    def _rule(self, owner: Owner) -> Owner | None:
        index, path = owner
        return (index, path[:4]) if len(path) > 3 and path[2] == "rules" else None

    def _indent(self, line: int) -> int:
        return len(self._lines[line]) - len(self._lines[line].lstrip())


def _blocks(comments: list[Comment]) -> Iterator[list[Comment]]:
    """Comments in lines that follow each other, up to where they are less indented."""
    block = comments[:1]
    for before, comment in pairwise(comments):
        if comment.line > before.line + 1 or comment.column < before.column:
            yield block
            block = []
        block.append(comment)
    yield block


def _lines(comments: list[Comment]) -> Iterator[str]:
    """The texts of comments, with an empty line where there was a gap between two."""
    yield comments[0].text
    for before, comment in pairwise(comments):
        if comment.alone and comment.line > before.line + 1:
            yield ""
        yield comment.text
