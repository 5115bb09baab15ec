"""From what was found to what is told."""

from collections.abc import Iterable

from tocsin.model import Compiled
from tocsin.problem import Problem
from tocsin.triage import severities
from tocsin.triage.places import Places


def judged(found: Iterable[Problem], compiled: Compiled, *, building: bool) -> tuple[Problem, ...]:
    """The problems that are told, in reading order.

    building: for a command that makes something of the rules, rather than only judges them. What
    keeps a rule from being compiled is then told whatever was said of it.
    """
    settings = compiled.catalogue.settings
    places = Places(compiled.catalogue)
    all_found = {*found, *severities.unknown_checks(settings)}
    told = severities.applied(all_found, settings, places, building=building)
    return tuple(sorted(told, key=lambda problem: problem.sort_key))
