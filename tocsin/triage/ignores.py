"""Suppressions as data: `ignore:` in a rule, or in a rule file for all of its rules."""

from collections.abc import Iterator
from typing import Any

from tocsin import problem, suggest
from tocsin.lintsettings import matches
from tocsin.model import Catalogue, Rule
from tocsin.problem import Problem
from tocsin.source import Path, Source
from tocsin.triage.suppression import Suppression, date


def suppressions(catalogue: Catalogue, known: frozenset[str]) -> Iterator[Suppression | Problem]:
    """Each entry of each `ignore`, and what is wrong with it."""
    for rule in catalogue.rules:
        if written := rule.data.get("ignore"):
            yield from _entries(rule.source, (*rule.path, "ignore"), written, rule, known)
    for group in catalogue.groups:
        written = group.source.data.get("ignore")
        if written and not group.plain:
            yield from _entries(group.source, ("ignore",), written, None, known)


def _entries(
    source: Source, path: Path, written: Any, rule: Rule | None, known: frozenset[str]
) -> Iterator[Suppression | Problem]:
    name = rule.name if rule else ""
    for index, entry in enumerate(written if isinstance(written, list) else ()):
        if not isinstance(entry, dict) or not isinstance(entry.get("check"), str):
            continue  # the schema has found fault with it already
        place = source.position((*path, index))
        if not any(matches(entry["check"], check) for check in known):
            message = f"no check is called `{entry['check']}`"
            hint = suggest.hint(entry["check"], known) or "`tocsin lint --list` shows the checks"
            place = source.position((*path, index, "check"))
            yield problem.error(place, "schema/value", message, hint, name)
            continue
        until = date(entry["until"]) if isinstance(entry.get("until"), str) else None
        if entry.get("until") and until is None:
            place = source.position((*path, index, "until"))
            message = f"there is no {entry['until']} in the calendar"
            yield problem.error(place, "schema/value", message, rule=name)
            continue
        yield Suppression(place, entry["check"], rule=rule, until=until)
