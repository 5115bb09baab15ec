"""`tocsin test`."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from tocsin import pipeline
from tocsin.commands import common
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity
from tocsin.promtool import NotFound, find
from tocsin.testing import cases, coverage, generate, run
from tocsin.testing.cases import Case
from tocsin.testing.coverage import Coverage
from tocsin.testing.model import Tests


@click.command()
@click.argument("catalogue", type=click.Path(path_type=Path), default=common.DEFAULT_CATALOGUE)
@click.option("--written-only", is_flag=True, help="Only the tests that rules hold.")
@click.option("--generated-only", is_flag=True, help="Only the tests that nobody wrote.")
@click.option(
    "--coverage",
    "measured",
    is_flag=True,
    help="Also tell what no test has seen firing, or silent.",
)
@common.format_option
def test(
    catalogue: Path, written_only: bool, generated_only: bool, measured: bool, report: str
) -> None:
    """Runs the rules' tests, written and generated, with the real promtool.

    promtool is taken from PATH, or from TOCSIN_PROMTOOL. Exit code: 0 all passed, 1 a test failed,
    less was seen than the catalogue's policy asks for, or the catalogue has errors, 2 cannot run
    (no promtool, no tests).
    """
    tool = _promtool()
    outcome = pipeline.run((catalogue,))
    if outcome.missing or outcome.has_errors:
        common.tell(outcome.result, report)
        raise SystemExit(common.CANNOT_RUN if outcome.missing else common.FOUND)
    compiled = outcome.compiled
    chosen = list(cases.written(compiled)) if not generated_only else []
    made = generate.tests(compiled) if not written_only else Tests()
    chosen += cases.generated(made.generated)
    if not chosen:
        raise common.cannot_run(f"no rule of {catalogue} has tests", "give it a `tests:` list")
    gate = compiled.catalogue.settings.coverage is not None
    everything = not (written_only or generated_only)
    ran = _ran(tool, compiled, chosen, cover=measured or (gate and everything))
    found = [*ran.failures, *(unsolved.problem for unsolved in made.unsolved)]
    settings = compiled.catalogue.settings
    if ran.coverage is not None:
        judged = settings if everything else replace(settings, coverage=None)
        missed = coverage.problems(ran.coverage, judged)
        found += missed if measured else (p for p in missed if p.severity is Severity.ERROR)
    if found or report != "text":
        problems = tuple(sorted(found, key=lambda problem: problem.sort_key))
        common.tell(replace(outcome.result, problems=problems), report)
    if report == "text":
        if measured and ran.coverage is not None:
            click.echo(_covered(ran.coverage))
        click.echo(_summary(len(chosen), len(made.generated), len(ran.failures)))
    failed = any(problem.severity is Severity.ERROR for problem in found)
    raise SystemExit(common.FOUND if failed else common.CLEAN)


def _promtool() -> Path:
    try:
        return find()
    except NotFound as exc:
        hint = "install Debian's package `prometheus`, or put promtool on PATH"
        raise common.cannot_run(str(exc), hint) from None


@dataclass(frozen=True)
class _Ran:
    failures: list[Problem]
    coverage: Coverage | None


def _ran(tool: Path, compiled: Compiled, chosen: Sequence[Case], *, cover: bool) -> _Ran:
    """Runs the tests, and counts on a terminal while they do."""
    measured = Coverage() if cover else None
    batches = run.batches(chosen)
    if measured is not None:
        batches = measured.asked(batches, compiled)
    failures: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="tocsin-test-") as folder:
        for outcome in _progress(run.run(tool, compiled, Path(folder), batches), len(chosen)):
            failures += (found for found in outcome.findings if found is not None)
            if measured is not None:
                measured.add(outcome)
    return _Ran(failures, measured)


def _covered(measured: Coverage) -> str:
    """A line per file, and one for all."""
    lines = []
    for name, (seen, of) in sorted(measured.by_file().items()):
        lines.append(f"{100 * seen / of:6.1f}%  {seen:4} of {of:4}  {name}")
    seen = measured.total - len(measured.missed)
    lines.append(f"{measured.percent:6.1f}%  {seen:4} of {measured.total:4}  seen by tests")
    return "\n".join(lines)


def _summary(count: int, generated: int, failed: int) -> str:
    which = f" ({generated} generated)" if generated else ""
    return f"{count} tests{which}: {count - failed} passed, {failed} failed"


def _progress(outcomes: Iterator[run.Outcome], total: int) -> Iterator[run.Outcome]:
    """Counts tests on a terminal while they run."""
    shown, done = sys.stderr.isatty(), 0
    for outcome in outcomes:
        done += len(outcome.findings)
        if shown:
            click.echo(f"\r{done}/{total} tests ", nl=False, err=True)
        yield outcome
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
