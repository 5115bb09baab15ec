"""What a change brought or touched, among all that is wrong after it.

A problem is told when it was not there before the change, wherever it stands (a recording rule that
somebody removed is missed elsewhere), or when the change touched what it is about: its rule, else
its line. What was there before and was left alone is nobody's business in this change.
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tocsin import fingerprint, yamldoc
from tocsin.controls import Lines, Span
from tocsin.problem import Problem
from tocsin.source import Source

Key = tuple[str, ...]


@dataclass(frozen=True)
class Tree:
    """A tree's problems, and its sources; `top` is its root.

    paths: file as problems name it -> its path from there.
    """

    top: Path
    problems: tuple[Problem, ...]
    sources: Mapping[str, Source]
    paths: Mapping[str, str]

    def text(self, path: str) -> "Text | None":
        """A file as its parts; None for one that could not be read."""
        if path not in self._texts:
            source = self.sources.get(self._names.get(path, ""))
            self._texts[path] = Text(source) if source else None
        return self._texts[path]

    @cached_property
    def _names(self) -> dict[str, str]:
        return {path: name for name, path in self.paths.items()}

    @cached_property
    def _texts(self) -> dict[str, "Text | None"]:
        return {}


def tree(top: Path, problems: tuple[Problem, ...], sources: Mapping[str, Source]) -> Tree:
    """A tree whose files are named from the working directory."""
    names = {*sources, *(problem.position.file for problem in problems)}
    paths = {name: Path(os.path.relpath(Path(name).resolve(), top)).as_posix() for name in names}
    return Tree(top, problems, sources, paths)


class Text:
    """A file as its rules, and the lines that belong to none."""

    def __init__(self, source: Source) -> None:
        self._lines = source.text.split("\n")
        read, _ = yamldoc.parsed(source.name, source.text)
        self._rules = Lines(read).rules if read.data is not None else []

    def part(self, line: int) -> str:
        """The rule around a line, else the line."""
        span = next((span for span in self._rules if span.holds(line)), Span(line, line))
        return self._text(span)

    @cached_property
    def parts(self) -> frozenset[str]:
        """All that `part` could give."""
        return frozenset([*(self._text(span) for span in self._rules), *self._lines])

    def _text(self, span: Span) -> str:
        return "\n".join(self._lines[span.first - 1 : span.last])


def changed(old: Tree, new: Tree, renamed: Mapping[str, str]) -> Iterable[Problem]:
    """The problems of `new` that the change brought or touched.

    renamed: new path -> old path of files that moved.
    """
    before = Counter(_key(found, old.paths[found.position.file], old) for found in old.problems)
    for found in new.problems:
        path = new.paths[found.position.file]
        was = renamed.get(path, path)
        key = _key(found, was, new)
        if before[key] <= 0:
            yield found
            continue
        before[key] -= 1
        if _touched(found.position.line, new.text(path), old.text(was)):
            yield found


def _key(problem: Problem, path: str, tree: Tree) -> Key:
    """Which problem it is. How bad it is belongs to it: a change may have made it worse."""
    message = fingerprint.message_of(problem).replace(f"{tree.top}{os.sep}", "")
    return problem.check, problem.severity.label, path, problem.rule, message


def _touched(line: int, now: Text | None, then: Text | None) -> bool:
    if now is None:
        return False  # a file that cannot be read, as before
    return then is None or now.part(line) not in then.parts
