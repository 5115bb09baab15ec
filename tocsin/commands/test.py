"""`tocsin test`."""

import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import click

from tocsin import pipeline
from tocsin.commands import common
from tocsin.model import Compiled
from tocsin.promtool import NotFound, find
from tocsin.report import Result
from tocsin.testing import cases, generate, run
from tocsin.testing.cases import Case

T = TypeVar("T")


@click.command()
@click.argument("catalogue", type=click.Path(path_type=Path), default=common.DEFAULT_CATALOGUE)
@click.option("--written-only", is_flag=True, help="Only the tests that rules hold.")
@click.option("--generated-only", is_flag=True, help="Only the tests that nobody wrote.")
@common.format_option
def test(catalogue: Path, written_only: bool, generated_only: bool, report: str) -> None:
    """Runs the rules' tests, written and generated, with the real promtool.

    promtool is taken from PATH, or from TOCSIN_PROMTOOL. Exit code: 0 all passed, 1 a test failed
    or the catalogue has errors, 2 cannot run (no promtool, no tests).
    """
    tool = _promtool()
    outcome = pipeline.run((catalogue,))
    if outcome.missing or outcome.has_errors:
        common.tell(outcome.result, report)
        raise SystemExit(common.CANNOT_RUN if outcome.missing else common.FOUND)
    chosen = _chosen(outcome.compiled, written=not generated_only, generated=not written_only)
    if not chosen:
        raise common.cannot_run(f"no rule of {catalogue} has tests", "give it a `tests:` list")
    with tempfile.TemporaryDirectory(prefix="tocsin-test-") as folder:
        found = run.run(tool, outcome.compiled, Path(folder), chosen)
        ran = list(_progress(found, len(chosen), "tests"))
    failures = tuple(sorted((p for p in ran if p is not None), key=lambda p: p.sort_key))
    result = outcome.result
    shown = Result(failures, result.sources, result.files, result.rules, result.alerts)
    if failures or report != "text":
        common.tell(shown, report)
    if report == "text":
        passed = len(chosen) - len(failures)
        own = sum(case.generated is not None for case in chosen)
        which = f" ({own} generated)" if own else ""
        click.echo(f"{len(chosen)} tests{which}: {passed} passed, {len(failures)} failed")
    raise SystemExit(common.FOUND if failures else common.CLEAN)


def _promtool() -> Path:
    try:
        return find()
    except NotFound as exc:
        hint = "install Debian's package `prometheus`, or put promtool on PATH"
        raise common.cannot_run(str(exc), hint) from None


def _chosen(compiled: Compiled, *, written: bool, generated: bool) -> list[Case]:
    found = list(cases.written(compiled)) if written else []
    if generated:
        found += cases.generated(generate.tests(compiled).generated)
    return found


def _progress(results: Iterable[T], total: int, what: str) -> Iterator[T]:
    """Counts on a terminal while results come."""
    shown = sys.stderr.isatty()
    for done, result in enumerate(results, start=1):
        if shown:
            click.echo(f"\r{done}/{total} {what} ", nl=False, err=True)
        yield result
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
