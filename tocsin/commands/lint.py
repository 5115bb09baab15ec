"""`tocsin lint`."""

from pathlib import Path

import click

from tocsin import keep, linting
from tocsin.commands import common, listing
from tocsin.linting import How
from tocsin.load import settings_of
from tocsin.problem import Severity

_LEVELS = {severity.label: severity for severity in Severity}


@click.command()
@common.paths_argument
@common.format_option
@click.option(
    "--fail-on",
    type=click.Choice(list(_LEVELS)),
    default="error",
    show_default=True,
    help="The mildest severity that makes the command fail.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for what is known of files that have not changed.  "
    "[default: $XDG_CACHE_HOME/tocsin, for catalogues of some size]",
)
@click.option("--no-cache", is_flag=True, help="Look at every file, and keep nothing.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes to work with.  [default: as many as are worth it]",
)
@click.option(
    "--list",
    "list_checks",
    is_flag=True,
    help="Show all checks and how loud they are here, as text or json; lint nothing.",
)
def lint(
    paths: tuple[Path, ...],
    report: str,
    fail_on: str,
    cache: Path | None,
    no_cache: bool,
    jobs: int | None,
    list_checks: bool,
) -> None:
    """Loads, compiles and checks rules; tells every problem with its place.

    PATH is a catalogue's folder, some of its files, or plain Prometheus rule files; default
    rules/. Exit code: 0 clean, 1 problems at or above --fail-on, 2 cannot run.
    """
    if list_checks:
        _list(paths, report)
        return
    folder = None if no_cache else cache or keep.home()
    how = How(folder, always=cache is not None, jobs=jobs)
    outcome = linting.lint(common.chosen(paths), how)
    common.tell(outcome.result, report)
    if outcome.missing:
        raise SystemExit(common.CANNOT_RUN)
    worst = max((problem.severity for problem in outcome.result.problems), default=0)
    raise SystemExit(common.FOUND if worst >= _LEVELS[fail_on] else common.CLEAN)


def _list(paths: tuple[Path, ...], report: str) -> None:
    if report not in {"text", "json"}:
        raise common.cannot_run(f"--list has no format `{report}`", "it has `text` and `json`")
    found = listing.entries(settings_of(common.chosen(paths)))
    click.echo(listing.as_json(found) if report == "json" else listing.as_text(found))
