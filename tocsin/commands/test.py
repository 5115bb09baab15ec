"""`tocsin test`."""

import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click

from tocsin import pipeline
from tocsin.commands import common
from tocsin.promtool import NotFound, find
from tocsin.testing import cases, generate, run
from tocsin.testing.model import Tests

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
    chosen = list(cases.written(outcome.compiled)) if not generated_only else []
    made = generate.tests(outcome.compiled) if not written_only else Tests()
    chosen += cases.generated(made.generated)
    if not chosen:
        raise common.cannot_run(f"no rule of {catalogue} has tests", "give it a `tests:` list")
    with tempfile.TemporaryDirectory(prefix="tocsin-test-") as folder:
        ran = list(
            _progress(run.run(tool, outcome.compiled, Path(folder), chosen), len(chosen), "tests")
        )
    failures = [found for found in ran if found is not None]
    found = [*failures, *(unsolved.problem for unsolved in made.unsolved)]
    if found or report != "text":
        problems = tuple(sorted(found, key=lambda problem: problem.sort_key))
        common.tell(replace(outcome.result, problems=problems), report)
    if report == "text":
        click.echo(_summary(len(chosen), len(made.generated), len(failures)))
    raise SystemExit(common.FOUND if failures else common.CLEAN)


def _promtool() -> Path:
    try:
        return find()
    except NotFound as exc:
        hint = "install Debian's package `prometheus`, or put promtool on PATH"
        raise common.cannot_run(str(exc), hint) from None


def _summary(count: int, generated: int, failed: int) -> str:
    which = f" ({generated} generated)" if generated else ""
    return f"{count} tests{which}: {count - failed} passed, {failed} failed"


def _progress(results: Iterable[T], total: int, what: str) -> Iterator[T]:
    """Counts on a terminal while results come."""
    shown = sys.stderr.isatty()
    for done, result in enumerate(results, start=1):
        if shown:
            click.echo(f"\r{done}/{total} {what} ", nl=False, err=True)
        yield result
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
