"""The command `tocsin-sd`: what is registered with Prometheus's file-based service discovery."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from daemonkit import durations
from daemonkit.folder import DEFAULT, SETTING, Folder, Registration
from daemonkit.problem import KitError

CLEAN, FOUND, CANNOT_RUN = 0, 1, 2
_COLUMNS = ("SERVICE", "PLATFORM", "HOST", "ADDRESS", "STATE", "LAST SEEN")


def _folder_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--folder",
        type=click.Path(path_type=Path),
        envvar=SETTING,
        default=DEFAULT,
        show_default=True,
        show_envvar=True,
        help="The folder that Prometheus watches.",
    )(function)


def _format_option(function: Callable[..., Any]) -> Callable[..., Any]:
    choice = click.Choice(["text", "json"])
    return click.option("--format", "form", type=choice, default="text", show_default=True)(
        function
    )


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tocsin", prog_name="tocsin-sd")
def main() -> None:
    """What daemons have registered with Prometheus, one JSON file each."""


@main.command("list")
@_folder_option
@_format_option
def list_(folder: Path, form: str) -> None:
    """Shows each registration, and whether it answers.

    Exits with 0, with 1 if Prometheus refuses a file, with 2 if there is no such folder.
    """
    found = _registrations(Folder(folder))
    if form == "json":
        click.echo(
            json.dumps({"folder": str(folder), "registrations": [_data(each) for each in found]})
        )
    elif not found:
        click.echo(f"Nothing is registered in {folder}.")
    else:
        _print_table([_COLUMNS, *(_row(each) for each in found)])
    for each in found if form == "text" else ():
        if each.problem:
            click.echo(f"tocsin-sd: {each.path}: Prometheus refuses it: {each.problem}", err=True)
    sys.exit(FOUND if any(each.problem for each in found) else CLEAN)


@main.command()
@_folder_option
@_format_option
@click.option(
    "--older-than", default="1d", show_default=True, metavar="DURATION",
    help="How long nothing must have answered, such as 30m or 7d.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def prune(folder: Path, form: str, older_than: str, dry_run: bool) -> None:
    """Removes registrations of daemons that are gone for good.

    While one is there, its daemon's death keeps an alert firing. What answers now, or was known to
    live within --older-than, stays; so does what Prometheus refuses, and the folder itself.
    """
    try:
        age = durations.seconds(older_than)
        gone = Folder(folder).prune(age, dry_run=dry_run)
    except (KitError, ValueError) as error:
        _cannot_run(error)
    except OSError as error:
        _cannot_run(f"{error.filename or folder}: {error.strerror}")
    if form == "json":
        click.echo(json.dumps({"folder": str(folder), "removed": list(map(str, gone))}))
    else:
        word = "would remove" if dry_run else "removed"
        for path in gone:
            click.echo(f"{word} {path}")
        if not gone:
            click.echo(f"Nothing in {folder} is older than {older_than}.")


def _registrations(folder: Folder) -> list[Registration]:
    try:
        return folder.registrations()
    except KitError as error:
        _cannot_run(error)


def _state(each: Registration) -> str:
    return "refused" if each.problem else "up" if each.answers else "down"


def _data(each: Registration) -> dict[str, Any]:
    return {
        "file": str(each.path),
        "state": _state(each),
        "problem": each.problem,
        "last_seen": round(each.seen, 3),
        "groups": [{"targets": list(g.addresses), "labels": dict(g.labels)} for g in each.groups],
    }


def _row(each: Registration) -> tuple[str, ...]:
    if each.problem:
        return (each.path.name, "", "", "", "refused", "")
    seen = "now" if each.answers else f"{durations.readable(time.time() - each.seen)} ago"
    names = [each.label(name) for name in ("service", "platform", "host")]
    return (*names, ",".join(each.addresses), _state(each), seen)


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def _cannot_run(message: object) -> NoReturn:
    click.echo(f"tocsin-sd: {message}", err=True)
    sys.exit(CANNOT_RUN)
