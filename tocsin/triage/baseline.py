"""A baseline: the problems of an old repository that are known, and not asked to be mended today.

A problem is known by its check, file, rule and message, so that it stays known when lines move; of
several that are alike, as many are known as were written down. The file is made to be read, and to
be merged: one problem per line.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tocsin import fingerprint
from tocsin.problem import Position, Problem, Severity

STALE = "lint/stale-baseline"
_KEYS = ("file", "check", "rule", "message")


class NotABaseline(Exception):
    """The file holds something else."""


@dataclass(frozen=True)
class Sorted:
    """Problems as a baseline sorts them: those that it knows not, and what it knows in vain."""

    unknown: tuple[Problem, ...]
    known: int
    stale: tuple[Problem, ...]


Entry = tuple[str, ...]


@dataclass(frozen=True)
class Baseline:
    """What a baseline file holds. lines: where each entry stands first."""

    path: Path
    entries: Counter[Entry]
    lines: dict[Entry, int]

    def sort(self, problems: Iterable[Problem], looked_at: Iterable[str]) -> Sorted:
        """Which problems are known. looked_at: the files of the run; entries of others stay."""
        left = self.entries.copy()
        unknown = []
        known = 0
        for found in problems:
            entry = self.entry(found)
            if left[entry] > 0:
                left[entry] -= 1
                known += 1
            else:
                unknown.append(found)
        return Sorted(tuple(unknown), known, tuple(self._stale(+left, looked_at)))

    def entry(self, problem: Problem) -> Entry:
        """A problem as an entry. Files are named from the baseline's folder."""
        file = _from(self.path, problem.position.file)
        message = fingerprint.message_of(problem)
        return file, problem.check, problem.rule, message

    def renewed(self, problems: Iterable[Problem], looked_at: Iterable[str]) -> str:
        """The text of the file that knows these problems, and what it knows of files not seen."""
        seen = {_from(self.path, name) for name in looked_at}
        kept = Counter({e: n for e, n in self.entries.items() if self._elsewhere(e, seen)})
        kept.update(self.entry(found) for found in problems)
        return text(kept)

    def _stale(self, left: Counter[Entry], looked_at: Iterable[str]) -> Iterable[Problem]:
        seen = {_from(self.path, name) for name in looked_at}
        for entry, count in left.items():
            if self._elsewhere(entry, seen):
                continue
            line = self.lines.get(entry, 1)
            file, check, _, message = entry
            times = f" ({count} times)" if count > 1 else ""
            told = f"`{check}` is mended in {file}{times}: {message}"
            hint = "write the baseline anew with --write-baseline"
            place = Position(str(self.path), line, 1, line, 2)
            yield Problem(place, STALE, Severity.INFO, told, hint)

    def _elsewhere(self, entry: Entry, seen: set[str]) -> bool:
        """Whether an entry is about a file that is there, and that nobody has looked at."""
        return entry[0] not in seen and (self.path.parent / entry[0]).exists()


def empty(path: Path) -> Baseline:
    """A baseline that knows nothing yet."""
    return Baseline(path, Counter(), {})


def read(path: Path, content: str) -> Baseline:
    """A baseline file. Raises NotABaseline."""
    try:
        data = json.loads(content)
    except ValueError as exc:
        raise NotABaseline(f"it is not JSON: {exc}") from None
    if not isinstance(data, dict) or data.get("version") != 1:
        raise NotABaseline("it has no `version: 1`")
    entries: Counter[Entry] = Counter()
    for found in data.get("problems") or ():
        if not isinstance(found, dict) or not all(isinstance(found.get(k), str) for k in _KEYS):
            raise NotABaseline(f"a problem has {', '.join(_KEYS)}, all of them text")
        count = found.get("count", 1)
        entries[tuple(found[key] for key in _KEYS)] += count if isinstance(count, int) else 1
    lines: dict[Entry, int] = {}
    for number, line in enumerate(content.splitlines(), 1):
        if (entry := _entry_of(line)) in entries:
            lines.setdefault(entry, number)
    return Baseline(path, entries, lines)


def text(entries: Counter[Entry]) -> str:
    """The file, with an entry per line."""
    lines = []
    for entry, count in sorted(entries.items()):
        written: dict[str, Any] = dict(zip(_KEYS, entry, strict=True))
        if count > 1:
            written["count"] = count
        lines.append(f"    {json.dumps(written, ensure_ascii=False)}")
    inside = "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"
    return f'{{\n  "version": 1,\n  "problems": {inside}\n}}\n'


def _entry_of(line: str) -> Entry:
    try:
        found = json.loads(line.strip().removesuffix(","))
        return tuple(str(found[key]) for key in _KEYS)
    except (ValueError, TypeError, KeyError):
        return ()


def _from(baseline: Path, file: str) -> str:
    inside = os.path.relpath(Path(file).resolve(), baseline.resolve().parent)
    return str(PurePosixPath(Path(inside)))
