"""From what was found to what is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.checks import CHECKS, Check
from tocsin.model import Compiled, Settings
from tocsin.problem import Problem
from tocsin.source import Source
from tocsin.triage import severities, suppressions
from tocsin.triage.places import Places


@dataclass(frozen=True)
class Verdicts:
    """What the problems of all files are judged by.

    ran: the checks that ran; of others nobody knows what they would have found. building: for a
    command that makes something of the rules, rather than only judges them. What keeps a rule from
    being compiled is then told whatever was said of it.
    """

    now: datetime
    ran: frozenset[str]
    building: bool


def judged(
    found: Iterable[Problem],
    compiled: Compiled,
    sources: Mapping[str, Source],
    verdicts: Verdicts,
) -> frozenset[Problem]:
    """The problems of one file that are told."""
    settings = compiled.catalogue.settings
    places = Places(compiled.catalogue)
    known, unreadable = suppressions.written(compiled.catalogue, sources, severities.KNOWN)
    everything = set(found)
    breaking = severities.BREAKING if verdicts.building else frozenset()
    fixed = {problem for problem in everything if problem.check in breaking}
    loud = severities.applied(everything - fixed, settings, places)
    ran = verdicts.ran - breaking
    told, own = suppressions.applied(loud, known, places, verdicts.now, ran)
    of_lint = severities.applied([*own, *unreadable], settings, places)
    return frozenset((*fixed, *told, *of_lint))


def moments(compiled: Compiled, sources: Mapping[str, Source]) -> tuple[datetime, ...]:
    """When suppressions of a file end: then other problems of it are told."""
    known, _ = suppressions.written(compiled.catalogue, sources, severities.KNOWN)
    return tuple(entry.until for entry in known if entry.until is not None)


def ran(settings: Settings, wanted: Iterable[Check]) -> frozenset[str]:
    """What would have been told if there had been something to tell, where `wanted` ran."""
    of_loading = severities.KNOWN - CHECKS.keys()
    return frozenset(
        check
        for check in (*of_loading, *(found.id for found in wanted))
        if not settings.lint.is_off(check)
    )
