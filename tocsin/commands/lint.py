"""`tocsin lint`."""

from pathlib import Path

import click

from tocsin import keep, linting
from tocsin.commands import common, listing, narrowed
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
    "--since",
    metavar="REV",
    help="Tell only what the change since REV brought or touched, checked against all rules.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Count the problems that this file knows, and tell only others.",
)
@click.option(
    "--write-baseline", is_flag=True, help="Write all problems to the file of --baseline."
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
    since: str | None,
    baseline: Path | None,
    write_baseline: bool,
    cache: Path | None,
    no_cache: bool,
    jobs: int | None,
    list_checks: bool,
) -> None:
    """Loads, compiles and checks rules; tells every problem with its place.

    PATH is a catalogue's folder, some of its files, or plain Prometheus rule files; default
    rules/. Exit code: 0 clean, 1 problems at or above --fail-on, 2 cannot run.
    """
    paths = common.chosen(paths)
    if list_checks:
        _list(paths, report)
        return
    if write_baseline and (since or not baseline):
        raise common.cannot_run(
            "--write-baseline writes all problems to the file of --baseline",
            "name one with --baseline FILE, and leave --since out",
        )
    base = narrowed.start(since, paths) if since else None
    if base:
        paths = narrowed.present(base, paths)
    folder = None if no_cache else cache or keep.home()
    how = How(folder, always=cache is not None, jobs=jobs)
    outcome = linting.lint(paths, how) if paths else narrowed.NOTHING
    result = outcome.result
    if baseline:
        # A change is not asked what others have mended since the baseline was written.
        result = narrowed.known(baseline, result, write=write_baseline, stale=base is None)
    if base:
        result = narrowed.since(base, paths, result)
    common.tell(result, report)
    if outcome.missing:
        raise SystemExit(common.CANNOT_RUN)
    worst = max((problem.severity for problem in result.problems), default=0)
    raise SystemExit(common.FOUND if worst >= _LEVELS[fail_on] else common.CLEAN)


def _list(paths: tuple[Path, ...], report: str) -> None:
    if report not in {"text", "json"}:
        raise common.cannot_run(f"--list has no format `{report}`", "it has `text` and `json`")
    found = listing.entries(settings_of(paths))
    click.echo(listing.as_json(found) if report == "json" else listing.as_text(found))
