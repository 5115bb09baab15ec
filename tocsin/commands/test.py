"""`tocsin test`."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from tocsin import pipeline, ruletests
from tocsin.commands import common
from tocsin.promtool import NotFound, find
from tocsin.report import Result


@click.command()
@click.argument("catalogue", type=click.Path(path_type=Path), default=common.DEFAULT_CATALOGUE)
@common.format_option
def test(catalogue: Path, report: str) -> None:
    """Runs the rules' own tests with the real promtool.

    promtool is taken from PATH, or from TOCSIN_PROMTOOL. Exit code: 0 all passed, 1 a test failed
    or the catalogue has errors, 2 cannot run (no promtool, no tests).
    """
    try:
        promtool = find()
    except NotFound as exc:
        hint = "install Debian's package `prometheus`, or put promtool on PATH"
        raise common.cannot_run(str(exc), hint) from None
    outcome = pipeline.run((catalogue,))
    if outcome.missing or outcome.has_errors:
        common.tell(outcome.result, report)
        raise SystemExit(common.CANNOT_RUN if outcome.missing else common.FOUND)
    cases = ruletests.cases(outcome.compiled)
    if not cases:
        raise common.cannot_run(f"no rule of {catalogue} has tests", "give it a `tests:` list")
    with tempfile.TemporaryDirectory(prefix="tocsin-test-") as folder:
        ran = list(_progress(ruletests.run(promtool, outcome.compiled, Path(folder)), len(cases)))
    failures = tuple(problem for problem in ran if problem is not None)
    result = outcome.result
    shown = Result(failures, result.sources, result.files, result.rules, result.alerts)
    if failures or report != "text":
        common.tell(shown, report)
    if report == "text":
        passed = len(cases) - len(failures)
        click.echo(f"{len(cases)} tests: {passed} passed, {len(failures)} failed")
    raise SystemExit(common.FOUND if failures else common.CLEAN)


def _progress(results: Iterator[ruletests.Finding], total: int) -> Iterator[ruletests.Finding]:
    """Counts on a terminal while tests run."""
    shown = sys.stderr.isatty()
    for done, result in enumerate(results, start=1):
        if shown:
            click.echo(f"\r{done}/{total} tests ", nl=False, err=True)
        yield result
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
