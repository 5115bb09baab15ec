"""All suppressions of what was read, applied: what they hide, and what is wrong with them.

A suppression that hides nothing would hide something new one day, unseen; one whose time is over
was meant to be looked at again. So both are problems themselves.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from tocsin import controls, problem
from tocsin.lintsettings import matches
from tocsin.model import Catalogue
from tocsin.problem import Problem
from tocsin.source import Source
from tocsin.triage import comments, ignores, pintcomments
from tocsin.triage.places import Places
from tocsin.triage.suppression import Suppression

UNUSED = "lint/unused-ignore"
EXPIRED = "lint/expired-ignore"


def written(
    catalogue: Catalogue, sources: Mapping[str, Source], known: frozenset[str]
) -> tuple[list[Suppression], list[Problem]]:
    """The suppressions in rules and comments, and those that cannot be read."""
    found: list[Suppression | Problem] = [*ignores.suppressions(catalogue, known)]
    for source in sources.values():
        if said := controls.controls(source):
            found += comments.suppressions(source, said, known)
            found += pintcomments.suppressions(source, said)
    return (
        [entry for entry in found if isinstance(entry, Suppression)],
        [entry for entry in found if isinstance(entry, Problem)],
    )


def applied(
    problems: Iterable[Problem],
    suppressions: list[Suppression],
    places: Places,
    now: datetime,
    asked: frozenset[str],
) -> tuple[list[Problem], list[Problem]]:
    """The problems that nobody hides, and those of the suppressions themselves.

    asked: the checks that ran; of others nobody knows what they would have found.
    """
    live = [entry for entry in suppressions if not entry.expired(now)]
    used: set[int] = set()
    kept = []
    for found in problems:
        covering = [entry for entry in live if entry.covers(found, places)]
        used.update(id(entry) for entry in covering)
        if not covering:
            kept.append(found)
    own = []
    for entry in suppressions:
        if entry.expired(now):
            own.append(_expired(entry))
        elif id(entry) not in used and any(matches(entry.check, check) for check in asked):
            own += _unused(entry)
    return kept, own


def _expired(entry: Suppression) -> Problem:
    assert entry.until is not None  # noqa: S101 # else it could not have expired
    message = f"`{entry.check}` was to be ignored until {entry.until.date().isoformat()}"
    hint = "mend what it hid, or give it another date"
    return problem.warning(entry.position, EXPIRED, message, hint, _name(entry))


def _unused(entry: Suppression) -> Iterator[Problem]:
    if entry.unused:
        message = f"`{entry.check}` finds nothing here that could be ignored"
        hint = "take it away"
        yield Problem(entry.position, UNUSED, entry.unused, message, hint, _name(entry))


def _name(entry: Suppression) -> str:
    return entry.rule.name if entry.rule else ""
