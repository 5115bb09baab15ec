"""Options and output that commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tocsin.report import REPORTS, Result

CLEAN, FOUND, CANNOT_RUN = 0, 1, 2
DEFAULT_CATALOGUE = Path("rules")


def paths_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """`[PATH...]`: folders or files; without any, rules/."""
    path_type = click.Path(path_type=Path)
    return click.argument("paths", nargs=-1, type=path_type, metavar="[PATH]...")(function)


def format_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--format`: how problems are told."""
    return click.option(
        "--format",
        "report",
        type=click.Choice(list(REPORTS)),
        default="text",
        show_default=True,
        help="How problems are told on standard output.",
    )(function)


def chosen(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """The paths of the command line, or the default."""
    return paths or (DEFAULT_CATALOGUE,)


def tell(result: Result, report: str, *, to_stderr: bool = False) -> None:
    """Prints a report; a terminal gets colours, everything else plain text."""
    text = REPORTS[report](result)
    if text:
        click.echo(text, err=to_stderr)


def cannot_run(message: str, hint: str = "") -> SystemExit:
    """Ends the command with exit code 2 and a message that says what to do."""
    click.echo(f"tocsin: {message}", err=True)
    if hint:
        click.echo(f"  hint: {hint}", err=True)
    return SystemExit(CANNOT_RUN)
