"""Text for people: the source line with the very part underlined, and what to do about it."""

import unicodedata
from collections.abc import Iterator

import click

from tocsin.problem import Problem, Severity
from tocsin.report.report import Result

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_WIDEST = 160  # characters of a source line that are shown
_TAB = "    "


def render(result: Result) -> str:
    """All problems, then one line that sums up. Carries colours; the terminal decides on them."""
    return "\n".join([*(_problem(result, problem) for problem in result.problems), _sum(result)])


def _problem(result: Result, problem: Problem) -> str:
    position = problem.position
    place = f"{position.file}:{position.line}:{position.column}"
    label = click.style(problem.severity.label, fg=_COLOURS[problem.severity], bold=True)
    head = f"{click.style(place, bold=True)}: {label}: {printable(problem.message)}"
    lines = [f"{head} {click.style(f'[{problem.check}]', dim=True)}"]
    lines += _excerpt(result, problem)
    if problem.hint:
        lines.append(f"   {click.style('hint:', fg='green')} {printable(problem.hint)}")
    return "\n".join(lines) + "\n"


def _excerpt(result: Result, problem: Problem) -> Iterator[str]:
    source = result.sources.get(problem.position.file)
    position = problem.position
    if source is None or position.line > len(source.lines):
        return
    line = source.lines[position.line - 1]
    start = position.column - 1
    end = position.end_column - 1 if position.end_line == position.line else len(line)
    # A long line is shown around the part that matters.
    first = max(0, min(start - 40, len(line) - _WIDEST)) if len(line) > _WIDEST else 0
    shown = line[first : first + _WIDEST]
    before, marked = line[first:start], line[start : max(end, start + 1)][:_WIDEST]
    number = str(position.line)
    bar = click.style("|", fg="blue")
    yield f"{number:>5} {bar} {'…' if first else ''}{printable(shown)}"
    marker = "^" * max(1, _width(marked[: len(shown) - len(before)]))
    colour = _COLOURS[problem.severity]
    yield f"      {bar} {' ' * (_width(before) + bool(first))}{click.style(marker, fg=colour)}"


def printable(text: str) -> str:
    """`text` without characters that would move the cursor or hide what is written."""
    return "".join(
        _TAB if char == "\t" else char if char.isprintable() or char == " " else "\ufffd"
        for char in text
    )


def _width(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    return sum(_char_width(char) for char in printable(text))


def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _sum(result: Result) -> str:
    errors, warnings = result.count(Severity.ERROR), result.count(Severity.WARNING)
    read = f"{_n(result.files, 'file')}, {_n(result.rules, 'rule')}, {_n(result.alerts, 'alert')}"
    left_out = {reason: count for reason, count in result.left_out.items() if count}
    others = "".join(f", {count} {reason}" for reason, count in left_out.items())
    if not result.problems:
        none = "no others" if left_out else "no problems"
        return f"{click.style('ok', fg='green', bold=True)}: {read}{others}, {none}"
    infos = result.count(Severity.INFO)
    found = f"{_n(errors, 'error')}, {_n(warnings, 'warning')}"
    return f"{read}: {found}" + (f", {infos} info" if infos else "") + others


def _n(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
