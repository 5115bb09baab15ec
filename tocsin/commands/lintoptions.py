"""The options of `tocsin lint`, and what they ask for as data."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from tocsin import keep
from tocsin.commands import common
from tocsin.linting import How
from tocsin.problem import Severity
from tocsin.server import Prometheus

LEVELS = {severity.label: severity for severity in Severity}


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    paths: tuple[Path, ...]
    report: str
    fail_on: str
    since: str | None
    baseline: Path | None
    write_baseline: bool
    fix: bool
    cache: Path | None
    no_cache: bool
    jobs: int | None
    list_checks: bool
    prometheus: str | None

    @cached_property
    def how(self) -> How:
        """How to work, and what to keep."""
        folder = None if self.no_cache else self.cache or keep.home()
        server = None if self.prometheus is None else Prometheus(self.prometheus, time.time())
        return How(folder, always=self.cache is not None, jobs=self.jobs, prometheus=server)


_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_DECORATORS = (
    common.paths_argument,
    common.format_option,
    click.option(
        "--fail-on",
        type=click.Choice(list(LEVELS)),
        default="error",
        show_default=True,
        help="The mildest severity that makes the command fail.",
    ),
    click.option(
        "--since",
        metavar="REV",
        help="Tell only what the change since REV brought or touched, checked against all rules.",
    ),
    click.option(
        "--baseline",
        type=_FILE,
        help="Count the problems that this file knows, and tell only others.",
    ),
    click.option(
        "--write-baseline", is_flag=True, help="Write all problems to the file of --baseline."
    ),
    click.option(
        "--fix",
        is_flag=True,
        help="Mend what has one right answer, and show what was done.",
    ),
    click.option(
        "--prometheus",
        metavar="URL",
        envvar="TOCSIN_PROMETHEUS_URL",
        help="A server to ask what only it knows: whether series exist, how often alerts would "
        "have fired, what queries cost.  [env: TOCSIN_PROMETHEUS_URL; _TOKEN, _USER, _PASSWORD]",
    ),
    click.option(
        "--cache",
        type=_FOLDER,
        help="Folder for what is known of files that have not changed.  "
        "[default: $XDG_CACHE_HOME/tocsin, for catalogues of some size]",
    ),
    click.option("--no-cache", is_flag=True, help="Look at every file, and keep nothing."),
    click.option(
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Processes to work with.  [default: as many as are worth it]",
    ),
    click.option(
        "--list",
        "list_checks",
        is_flag=True,
        help="Show all checks and how loud they are here, as text or json; lint nothing.",
    ),
)


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """All options, in the order that `--help` shows them."""
    for decorate in reversed(_DECORATORS):
        function = decorate(function)
    return function
