"""From what was found to what is told."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from tocsin.checks import CHECKS
from tocsin.model import Compiled, Settings
from tocsin.problem import Problem
from tocsin.source import Source
from tocsin.triage import severities, suppressions
from tocsin.triage.places import Places


def judged(
    found: Iterable[Problem],
    compiled: Compiled,
    sources: Mapping[str, Source],
    now: datetime,
    *,
    building: bool,
) -> frozenset[Problem]:
    """The problems of one file that are told.

    building: for a command that makes something of the rules, rather than only judges them. What
    keeps a rule from being compiled is then told whatever was said of it.
    """
    settings = compiled.catalogue.settings
    places = Places(compiled.catalogue)
    known, unreadable = suppressions.written(compiled.catalogue, sources, severities.KNOWN)
    everything = set(found)
    fixed = {problem for problem in everything if building and problem.check in severities.BREAKING}
    loud = severities.applied(everything - fixed, settings, places)
    asked = _asked(settings) - (severities.BREAKING if building else frozenset())
    told, own = suppressions.applied(loud, known, places, now, asked)
    of_lint = severities.applied([*own, *unreadable], settings, places)
    return frozenset((*fixed, *told, *of_lint))


def moments(compiled: Compiled, sources: Mapping[str, Source]) -> tuple[datetime, ...]:
    """When suppressions of a file end: then other problems of it are told."""
    known, _ = suppressions.written(compiled.catalogue, sources, severities.KNOWN)
    return tuple(entry.until for entry in known if entry.until is not None)


def _asked(settings: Settings) -> frozenset[str]:
    """The checks that told something, or would have if there had been something to tell."""
    lint = settings.lint
    return frozenset(
        check
        for check in severities.KNOWN
        if not lint.is_off(check)
        and (lint.mentions(check) or check not in CHECKS or not CHECKS[check].opt_in)
    )
