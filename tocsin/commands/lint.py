"""`tocsin lint`."""

from dataclasses import replace
from typing import Any

import click

from tocsin import linting
from tocsin.commands import common, lintoptions, listing, mending, narrowed
from tocsin.commands.lintoptions import LEVELS, Options
from tocsin.commands.narrowed import Then
from tocsin.linting import Linted
from tocsin.load import settings_of
from tocsin.report import Result
from tocsin.server import CannotAsk


@click.command()
@lintoptions.options
def lint(**given: Any) -> None:
    """Loads, compiles and checks rules; tells every problem with its place.

    PATH is a catalogue's folder, some of its files, or plain Prometheus rule files; default
    rules/. Exit code: 0 clean, 1 problems at or above --fail-on, 2 cannot run.
    """
    asked = Options(**given)
    _refuse_contradictions(asked)
    if asked.list_checks:
        _list(asked)
        return
    try:
        _lint(asked)
    except CannotAsk as exc:
        raise common.cannot_run(str(exc), exc.hint) from None


def _lint(asked: Options) -> None:
    paths = common.chosen(asked.paths)
    then = narrowed.then(asked.since, paths, asked.how) if asked.since else None

    def lint() -> Linted:
        linted = narrowed.linted(then, paths, asked.how) if then else linting.lint(paths, asked.how)
        return replace(linted, result=_narrowed(asked, linted.result, then))

    if asked.fix:
        linted, changes = mending.mend(lint)
        mending.show(changes, to_stderr=asked.report != "text")
    else:
        linted = lint()
    common.tell(linted.result, asked.report)
    if linted.result.unanswered:
        url = asked.how.prometheus.url if asked.how.prometheus else ""
        message = f"Prometheus at {url} has gone, not all was asked: {linted.result.unanswered}"
        raise common.cannot_run(message)
    if linted.missing:
        raise SystemExit(common.CANNOT_RUN)
    worst = max((problem.severity for problem in linted.result.problems), default=0)
    raise SystemExit(common.FOUND if worst >= LEVELS[asked.fail_on] else common.CLEAN)


def _narrowed(asked: Options, result: Result, then: Then | None) -> Result:
    """What is told of all that was found."""
    if asked.baseline:
        # A change is not asked what others have mended since the baseline was written.
        write, stale = asked.write_baseline, then is None
        result = narrowed.known(asked.baseline, result, write=write, stale=stale)
    return narrowed.since(then, result) if then else result


def _list(asked: Options) -> None:
    found = listing.entries(settings_of(common.chosen(asked.paths)))
    click.echo(listing.as_json(found) if asked.report == "json" else listing.as_text(found))


def _refuse_contradictions(asked: Options) -> None:
    if asked.list_checks and asked.report not in {"text", "json"}:
        message = f"--list has no format `{asked.report}`"
        raise common.cannot_run(message, "it has `text` and `json`")
    if asked.write_baseline and asked.fix:
        raise common.cannot_run("--fix and --write-baseline", "do one after the other")
    if asked.write_baseline and (asked.since or not asked.baseline):
        raise common.cannot_run(
            "--write-baseline writes all problems to the file of --baseline",
            "name one with --baseline FILE, and leave --since out",
        )
