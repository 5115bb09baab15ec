"""Suppressions as comments, for files that only Prometheus's own keys may stand in.

    # tocsin ignore promql/rate until 2027-01-01: scraped once an hour
    # tocsin ignore-file promql/*: generated, and judged where it is generated

The first covers what it stands beside or directly above: a rule, a group, or a key with its value.
"""

import re
from collections.abc import Iterator

from tocsin import controls, problem, suggest
from tocsin.controls import Control, Lines
from tocsin.lintsettings import matches
from tocsin.problem import Problem
from tocsin.source import Source
from tocsin.triage.suppression import Suppression, date

UNREADABLE = "lint/comment"
IGNORED_FILE = "lint/ignored-file"
_WORDS = (controls.IGNORE, controls.IGNORE_FILE)
_FORM = "`# tocsin ignore CHECK [until YYYY-MM-DD]: REASON`"
_IGNORE = re.compile(
    r"(?P<checks>[\w/*?-]+(?:[,\s]+(?!until\b)[\w/*?-]+)*)"
    r"(?:\s+until\s+(?P<until>[^\s:]+))?\s*(?::\s*(?P<reason>.*))?"
)


def suppressions(
    source: Source, written: list[Control], known: frozenset[str]
) -> Iterator[Suppression | Problem]:
    """Each check of each comment of Tocsin's own, and what is wrong with it."""
    lines = Lines(source)
    for control in written:
        if control.tool != "tocsin":
            continue
        if control.word in _WORDS:
            yield from _ignore(control, lines, known, readable=source.data is not None)
        elif near := suggest.nearest(control.word, _WORDS):
            # Other words are taken for prose that speaks of Tocsin.
            message = f"`{control.word}` is not known here; did you mean `{near}`?"
            yield problem.warning(control.position, UNREADABLE, message, f"write {_FORM}")


def _ignore(
    control: Control, lines: Lines, known: frozenset[str], *, readable: bool
) -> Iterator[Suppression | Problem]:
    found = _IGNORE.fullmatch(control.value)
    if found is None:
        message = "this comment cannot be read, and ignores nothing"
        yield problem.warning(control.position, UNREADABLE, message, f"write {_FORM}")
        return
    until = date(found["until"]) if found["until"] else None
    if found["until"] and until is None:
        message = f"`{found['until']}` is not a date"
        yield problem.warning(control.position, UNREADABLE, message, f"write {_FORM}")
        return
    if not (found["reason"] or "").strip():
        message = "this comment does not say why"
        yield problem.warning(control.position, UNREADABLE, message, f"write {_FORM}")
    span = lines.about(control) if control.word == controls.IGNORE else None
    if control.word == controls.IGNORE and span is None:
        if readable:
            message = "this comment stands above nothing that it could be about"
            hint = "put it directly above a rule, or write `ignore-file` for the whole file"
            yield problem.warning(control.position, UNREADABLE, message, hint)
        return
    for check in re.split(r"[,\s]+", found["checks"]):
        if any(matches(check, name) for name in known):
            yield Suppression(control.position, check, span, until=until)
        else:
            message = f"no check is called `{check}`"
            hint = suggest.hint(check, known) or "`tocsin lint --list` shows the checks"
            yield problem.warning(control.position, UNREADABLE, message, hint)
