"""`tocsin lint --fix`: mends files round by round, and shows what it did."""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click

from tocsin import disk, fixing
from tocsin.commands import common
from tocsin.linting import Linted
from tocsin.problem import Problem

_ROUNDS = 10  # what one round mends may show something else; two are the most that rules needed


@dataclass(frozen=True)
class Change:
    """A file that was mended: its text before and now, and the problems that it is rid of."""

    path: Path
    before: str
    after: str
    fixed: tuple[Problem, ...]


def mend(lint: Callable[[], Linted]) -> tuple[Linted, list[Change]]:
    """Lints and mends until nothing is left to mend; the problems that are left, and the changes.

    Ends the command where a file cannot be written.
    """
    changes: list[Change] = []
    linted = lint()
    for _ in range(_ROUNDS):
        found = _round(linted)
        if not found:
            break
        changes += found
        linted = lint()
    count = sum(len(change.fixed) for change in changes)
    left_out = {**linted.result.left_out, "fixed": count}
    return replace(linted, result=replace(linted.result, left_out=left_out)), changes


def _round(linted: Linted) -> list[Change]:
    by_file: dict[str, list[Problem]] = {}
    for problem in linted.result.problems:
        for edit in problem.fix[:1]:
            by_file.setdefault(edit.position.file, []).append(problem)
    changes = [change for name, problems in by_file.items() for change in _file(name, problems)]
    try:
        disk.write({change.path: change.after for change in changes}, force=True)
    except OSError as exc:
        where = exc.filename or "a file"
        raise common.cannot_run(f"{where} cannot be written: {exc.strerror or exc}") from None
    return changes


def _file(name: str, problems: list[Problem]) -> Iterator[Change]:
    path = Path(name).resolve()  # a link stays one
    try:
        content = path.read_bytes()
    except OSError:
        return
    found = fixing.mended(name, content, problems)
    if found.content != content:
        yield Change(path, content.decode(), found.content.decode(), found.fixed)


def show(changes: list[Change], *, to_stderr: bool) -> None:
    """What was mended, problem by problem, then as a difference."""
    for change in changes:
        for problem in change.fixed:
            place = f"{problem.position.file}:{problem.position.line}"
            head = f"{click.style('fixed', fg='green', bold=True)} {place}: {problem.message}"
            click.echo(f"{head} [{problem.check}]", err=to_stderr)
        name = change.fixed[0].position.file
        lines = difflib.unified_diff(
            change.before.splitlines(), change.after.splitlines(), name, name, "", "", 1, ""
        )
        for line in lines:
            click.echo(_coloured(line), err=to_stderr)
        click.echo(err=to_stderr)


def _coloured(line: str) -> str:
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=colour) if colour else line
