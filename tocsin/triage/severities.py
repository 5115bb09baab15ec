"""Severities as the `lint` section sets them, and what is wrong with the section itself."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tocsin import problem, suggest
from tocsin.checks import CHECKS
from tocsin.lintsettings import OFF, matches
from tocsin.load import documentation
from tocsin.model import Settings
from tocsin.problem import Problem, Severity
from tocsin.triage.places import Places

KNOWN = frozenset((*CHECKS, *documentation.PROBLEMS, *documentation.OF_LINT))
BREAKING = frozenset(
    (*documentation.PROBLEMS, *(check.id for check in CHECKS.values() if check.breaks))
)


def applied(problems: Iterable[Problem], settings: Settings, places: Places) -> Iterator[Problem]:
    """The problems with the severities that are set for them, without those that are off."""
    for found in problems:
        if not settings.lint.mentions(found.check):
            yield found
            continue
        severity = settings.lint.severity(found.check, places.subject(found))
        if isinstance(severity, Severity):
            yield replace(found, severity=severity)
        elif severity != OFF:
            yield found


def unknown_checks(settings: Settings) -> Iterator[Problem]:
    """A problem for each name in the section that is no check's."""
    source = settings.source
    for index, pattern in settings.lint.names() if source else ():
        if any(matches(pattern, check) for check in KNOWN):
            continue
        part = ("overrides", index - 1, "checks") if index else ("checks",)
        assert source is not None  # noqa: S101 # there are no names without it
        place = source.position(("lint", *part, pattern), key=True)
        hint = suggest.hint(pattern, KNOWN) or "`tocsin lint --list` shows the checks"
        yield problem.error(place, "schema/unknown-key", f"no check is called `{pattern}`", hint)
