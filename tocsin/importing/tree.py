"""The YAML that an import writes, as a small tree.

A tree knows from where in the original each of its entries comes (`origins`), so that the comments
that stood there can be written with it again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tocsin.source import Path


@dataclass(frozen=True)
class Text:
    """Text, and the lines that its author had folded it over, if so."""

    value: str
    folded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bare:
    """What is written as it is: a number, a list of plain words."""

    written: str


@dataclass(frozen=True)
class Flow:
    """A small mapping in one line: `{at: 80, for: 15m}`."""

    entries: tuple[tuple[str, Text | Bare], ...]


@dataclass(frozen=True)
class Entry:
    """A key and its value. `origins`: the paths in the original whose comments belong to it."""

    key: str
    value: "Value"
    origins: tuple[Path, ...] = ()


Value: TypeAlias = Text | Bare | Flow | tuple[Entry, ...]


@dataclass(frozen=True)
class Notes:
    """The comments of a document, by the path of what they are about.

    above: in lines of their own before it; beside: at the end of its line; after: below the last
    line of a rule or of a group, such as a rule that somebody commented out.
    """

    above: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[Path, str] = field(default_factory=dict)
    after: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)

    def under(self, path: Path) -> Iterator[Path]:
        """The paths at or below `path` that have a comment above or beside them."""
        for place in {**self.above, **self.beside}:
            if place[: len(path)] == path:
                yield place


@dataclass(frozen=True)
class Draft:
    """A catalogue rule that may stand for `origin`, one rule of the original or several.

    kind: the key that names the rule's kind, `record` for a recording rule.
    said: PromQL comments that have no place in `entries`.
    """

    kind: str
    entries: tuple[Entry, ...]
    origin: tuple[Path, ...]
    said: tuple[str, ...] = ()


def origins(entries: tuple[Entry, ...]) -> Iterator[Path]:
    """Every origin of `entries` and of what is in them."""
    for entry in entries:
        yield from entry.origins
        if isinstance(entry.value, tuple):
            yield from origins(entry.value)
