"""`tocsin lint`."""

from pathlib import Path

import click

from tocsin import pipeline
from tocsin.commands import common
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
def lint(paths: tuple[Path, ...], report: str, fail_on: str) -> None:
    """Loads, compiles and checks rules; tells every problem with its place.

    PATH is a catalogue's folder, some of its files, or plain Prometheus rule files; default
    rules/. Exit code: 0 clean, 1 problems at or above --fail-on, 2 cannot run.
    """
    outcome = pipeline.run(common.chosen(paths), building=False)
    common.tell(outcome.result, report)
    if outcome.missing:
        raise SystemExit(common.CANNOT_RUN)
    worst = max((problem.severity for problem in outcome.result.problems), default=0)
    raise SystemExit(common.FOUND if worst >= _LEVELS[fail_on] else common.CLEAN)
