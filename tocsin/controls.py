"""Comments that speak to the lint: `# tocsin ignore ...`, and those of pint, which many files have.

Here they are only read; `tocsin/triage/` says what they do. pint's are as its docs/ignoring.md
describes them (https://cloudflare.github.io/pint/ignoring.html).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import yaml

from tocsin import yamlcomments
from tocsin.problem import Position
from tocsin.source import Path, Source

IGNORE, IGNORE_FILE = "ignore", "ignore-file"
OWNER_OF_FILE, OWNER_OF_RULE = "file/owner", "rule/owner"
PINT_WORDS = {
    *("ignore/file", "ignore/line", "ignore/begin", "ignore/end", "ignore/next-line"),
    *("disable", "snooze", "file/disable", "file/snooze", OWNER_OF_FILE, OWNER_OF_RULE, "rule/set"),
}
_CONTROL = re.compile(r"#\s*(pint|tocsin)\s+([A-Za-z/-]+)(?=\s|$)(?:\s+(.*?))?\s*$")


@dataclass(frozen=True)
class Control:
    """One such comment: whose it is, its first word, and the rest. `alone`: it has its line."""

    tool: str
    word: str
    value: str
    position: Position
    alone: bool


@dataclass(frozen=True)
class Span:
    """Lines that belong together, from `first` to `last`, both included."""

    first: int
    last: int

    def holds(self, line: int) -> bool:
        """Whether a line is one of them."""
        return self.first <= line <= self.last


def controls(source: Source) -> list[Control]:
    """The comments of a file that speak to a linter, in order."""
    if "pint" not in source.text and "tocsin" not in source.text:
        return []
    found = list(_candidates(source.name, source.text))
    if all(control.alone for control in found):
        return found
    beside = _comment_starts(source)
    if beside is None:
        return found
    return [
        control
        for control in found
        if control.alone or beside.get(control.position.line, 1 << 30) <= control.position.column
    ]


def _candidates(name: str, text: str) -> Iterator[Control]:
    for number, line in enumerate(text.split("\n"), 1):
        if "#" not in line or not (found := _CONTROL.search(line)):
            continue
        tool, word, value = found.groups()
        if tool == "pint" and word not in PINT_WORDS:
            continue
        end = found.start() + len(found[0].rstrip())
        place = Position(name, number, found.start() + 1, number, end + 1)
        yield Control(tool, word, value or "", place, line.lstrip().startswith("#"))


def _comment_starts(source: Source) -> dict[int, int] | None:
    """By line, the column where its comment starts; None where the file is no YAML."""
    try:
        found = list(yamlcomments.comments(source.text))
    except yaml.YAMLError:
        return None
    return {comment.line + 1: comment.column + 1 for comment in found}


class Lines:
    """What the lines of a file belong to."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def about(self, control: Control) -> Span | None:
        """What a comment stands beside or directly above: a rule, a group, or a key with its value.

        None where it stands above nothing.
        """
        lines = self._source.text.split("\n")
        line = control.position.line
        while control.alone and line < len(lines) and lines[line].lstrip().startswith("#"):
            line += 1
        line += control.alone
        if line > len(lines) or not lines[line - 1].strip():
            found, data = self._starting(control.position.line)
            return found if isinstance(data, str) else None  # within a text of several lines
        return self._starting(line)[0]

    def rule(self, control: Control) -> Span | None:
        """The rule that a comment stands in, or touches from above or below."""
        line = control.position.line
        inside = next((span for span in self.rules if span.holds(line)), None)
        if inside or not control.alone:
            return inside
        lines = self._source.text.split("\n")
        below = above = line
        while below <= len(lines) and lines[below - 1].lstrip().startswith("#"):
            below += 1
        while above >= 1 and lines[above - 1].lstrip().startswith("#"):
            above -= 1
        following = next((span for span in self.rules if span.first == below), None)
        return following or next((span for span in self.rules if span.last == above), None)

    @cached_property
    def rules(self) -> list[Span]:
        """The lines of each rule of the file."""
        data = self._source.data
        if not isinstance(data, dict):
            return []
        groups = data.get("groups")
        owners: list[tuple[Path, object]] = [((), data)]
        owners += [
            (("groups", index), group)
            for index, group in enumerate(groups if isinstance(groups, list) else ())
        ]
        return [
            self._span((*path, "rules", index))
            for path, owner in owners
            if isinstance(owner, dict) and isinstance(owner.get("rules"), list)
            for index in range(len(owner["rules"]))
        ]

    def _span(self, path: Path) -> Span:
        place = self._source.position(path)
        start = (
            self._source.position(path, key=True) if path and isinstance(path[-1], str) else place
        )
        return Span(start.line, max(place.end_line, start.line))

    def _starting(self, line: int) -> tuple[Span | None, object]:
        """The outermost thing that starts in a line, else the innermost around it, and its data."""
        found: Span | None = None
        path: Path = ()
        data = self._source.data
        while found is None or found.first != line:
            inside = next(
                (
                    (step, span)
                    for step in _steps(data)
                    if (span := self._span((*path, step))).holds(line)
                ),
                None,
            )
            if inside is None:
                break
            step, found = inside
            path, data = (*path, step), data[step]
        return found, data


def _steps(data: object) -> Iterable[str | int]:
    if isinstance(data, list):
        return range(len(data))
    return data if isinstance(data, dict) else ()


def owners(source: Source) -> tuple[str, dict[int, str]]:
    """The owner of a file, and those of rules by their first line, as pint's comments say."""
    of_file, of_rules = "", dict[int, str]()
    lines = Lines(source)
    for control in controls(source):
        if control.tool == "pint" and control.word == OWNER_OF_FILE:
            of_file = control.value
        elif (
            control.tool == "pint"
            and control.word == OWNER_OF_RULE
            and (span := lines.rule(control))
        ):
            of_rules[span.first] = control.value
    return of_file, of_rules


def ignored(text: str) -> list[Span]:
    """The lines that pint's `ignore/...` comments take away."""
    if "pint" not in text:
        return []
    spans: list[Span] = []
    last = text.count("\n") + 1
    begun = 0
    for control in _candidates("", text):
        line = control.position.line
        if control.tool != "pint":
            continue
        if control.word == "ignore/file":
            return [*spans, Span(begun or line, last)]
        if control.word == "ignore/begin":
            begun = begun or line
        elif control.word == "ignore/end" and begun:
            spans.append(Span(begun, line))
            begun = 0
        elif control.word == "ignore/line":
            spans.append(Span(line, line))
        elif control.word == "ignore/next-line":
            spans.append(Span(line + 1, line + 1))
    return [*spans, Span(begun, last)] if begun else spans


def blanked(text: str) -> str:
    """`text` with blanks where pint would not look, so that what is left may be YAML."""
    spans = ignored(text)
    return "\n".join(
        " " * len(line) if any(span.holds(number) for span in spans) else line
        for number, line in enumerate(text.split("\n"), 1)
    )
