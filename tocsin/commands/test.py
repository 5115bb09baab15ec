"""`tocsin test`."""

import tempfile
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import click

from tocsin import pipeline, suggest
from tocsin.commands import common, mutation, progress
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity
from tocsin.promtool import NotFound, find
from tocsin.testing import cases, coverage, generate, run
from tocsin.testing.cases import Scope
from tocsin.testing.coverage import Coverage
from tocsin.testing.model import Tests
from tocsin.testing.mutation import explained


@click.command()
@common.paths_argument
@click.option(
    "--rule",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only rules of this name; * stands for any characters.",
)
@click.option("--written-only", is_flag=True, help="Only the tests that rules hold.")
@click.option("--generated-only", is_flag=True, help="Only the tests that nobody wrote.")
@click.option(
    "--coverage",
    "measured",
    is_flag=True,
    help="Also tell what no test has seen firing, or silent.",
)
@click.option(
    "--mutate",
    is_flag=True,
    help="Also flip comparisons, limits, times, labels and matchers; tell what no test notices.",
)
@common.format_option
def test(
    paths: tuple[Path, ...],
    names: tuple[str, ...],
    written_only: bool,
    generated_only: bool,
    measured: bool,
    mutate: bool,
    report: str,
) -> None:
    """Runs the rules' tests, written and generated, with the real promtool.

    promtool is taken from PATH, or from TOCSIN_PROMTOOL. Exit code: 0 all passed, 1 a test failed,
    less was seen than the catalogue's policy asks for, a mutant went unnoticed that no rule
    explains, or the catalogue has errors, 2 cannot run (no promtool, no tests).
    """
    tool = _promtool()
    wide = tuple(dict.fromkeys(_catalogue_of(path) for path in common.chosen(paths)))
    outcome = pipeline.run(wide)
    if outcome.missing or outcome.has_errors:
        common.tell(outcome.result, report)
        raise SystemExit(common.CANNOT_RUN if outcome.missing else common.FOUND)
    settings = outcome.compiled.catalogue.settings
    scope = _scope(
        outcome.compiled, paths, names, written=not generated_only, made=not written_only
    )
    gate = (
        settings.coverage is not None
        and scope.complete
        and not names
        and not any(path.is_file() for path in paths)
    )
    ran = _ran(tool, scope, cover=measured or gate)
    found = [*ran.failures, *(unsolved.problem for unsolved in scope.unsolved)]
    if ran.coverage is not None:
        judged = settings if gate else replace(settings, coverage=None)
        missed = coverage.problems(ran.coverage, judged)
        found += missed if measured else (p for p in missed if p.severity is Severity.ERROR)
    tally = mutation.judged(tool, scope, ran.failures) if mutate else None
    if tally is not None:
        found += explained.problems(tally, complete=scope.complete)
    if found or report != "text":
        problems = tuple(sorted(found, key=lambda problem: problem.sort_key))
        common.tell(replace(outcome.result, problems=problems), report)
    if report == "text":
        if measured and ran.coverage is not None:
            click.echo(_covered(ran.coverage))
        click.echo(_summary(scope, len(ran.failures)))
        if tally is not None:
            click.echo(tally.counted)
    failed = any(problem.severity is Severity.ERROR for problem in found)
    raise SystemExit(common.FOUND if failed else common.CLEAN)


def _promtool() -> Path:
    try:
        return find()
    except NotFound as exc:
        hint = "install Debian's package `prometheus`, or put promtool on PATH"
        raise common.cannot_run(str(exc), hint) from None


def _scope(
    compiled: Compiled,
    paths: tuple[Path, ...],
    names: tuple[str, ...],
    *,
    written: bool,
    made: bool,
) -> Scope:
    """The tests that were asked for. Ends the command where there are none."""
    files = {path.resolve() for path in paths if path.is_file()}
    if files and all(path.is_file() for path in paths):
        rules = compiled.catalogue.rules
        kept = tuple(rule for rule in rules if Path(rule.source.name).resolve() in files)
        compiled = replace(compiled, catalogue=replace(compiled.catalogue, rules=kept))
    if names:
        compiled = _named(compiled, names)
    tests = generate.tests(compiled) if made else Tests()
    chosen = [*(cases.written(compiled) if written else ()), *cases.generated(tests.generated)]
    if not chosen:
        where = ", ".join(map(str, common.chosen(paths)))
        which = f"no rule of {where}" + (f" called {', '.join(names)}" if names else "")
        raise common.cannot_run(f"{which} has tests", "give it a `tests:` list")
    return Scope(compiled, tuple(chosen), tuple(tests.unsolved), complete=written and made)


def _catalogue_of(path: Path) -> Path:
    """The catalogue that a file belongs to: its rules may speak of those of other files."""
    folder = path.parent
    return folder if path.is_file() and (folder / "catalogue.yaml").is_file() else path


def _named(compiled: Compiled, names: tuple[str, ...]) -> Compiled:
    """The same with only the rules of some names."""
    rules = compiled.catalogue.rules
    kept = tuple(rule for rule in rules if any(fnmatchcase(rule.name, name) for name in names))
    if not kept:
        known = {rule.name for rule in rules}
        hint = suggest.hint(names[0], known)
        raise common.cannot_run(f"no rule is called {' or '.join(names)}", hint)
    return replace(compiled, catalogue=replace(compiled.catalogue, rules=kept))


@dataclass(frozen=True)
class _Ran:
    failures: list[Problem]
    coverage: Coverage | None


def _ran(tool: Path, scope: Scope, *, cover: bool) -> _Ran:
    """Runs the tests, and counts on a terminal while they do."""
    measured = Coverage() if cover else None
    batches = run.batches(scope.cases)
    if measured is not None:
        batches = measured.asked(batches, scope.compiled)
    failures: list[Problem] = []
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-test-") as folder,
        progress.counter(len(scope.cases), "tests") as count,
    ):
        for outcome in run.run(tool, scope.compiled, Path(folder), batches):
            count(len(outcome.findings))
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


def _summary(scope: Scope, failed: int) -> str:
    count = len(scope.cases)
    generated = sum(case.generated is not None for case in scope.cases)
    which = f" ({generated} generated)" if generated else ""
    return f"{count} tests{which}: {count - failed} passed, {failed} failed"
