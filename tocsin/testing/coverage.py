"""Which places of the rules tests have seen: measured by promtool while it runs them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tocsin import problem
from tocsin.model import Compiled, Settings
from tocsin.problem import Problem
from tocsin.testing.places import SILENT, Place, places
from tocsin.testing.run import Batch, Outcome

UNCOVERED, GATE = "test/uncovered", "test/coverage"


@dataclass
class Coverage:
    """The places of each rule, by file and path, and those that were seen."""

    places: dict[tuple[str, tuple[str | int, ...]], list[Place]] = field(default_factory=dict)
    seen: set[tuple[tuple[str, tuple[str | int, ...]], int]] = field(default_factory=set)

    def asked(self, batches: Iterable[Batch], compiled: Compiled) -> list[Batch]:
        """The batches with what has to be asked for."""
        for rule in compiled.catalogue.rules:
            if rule.kind != "record" and (found := places(rule, compiled)):
                self.places[rule.source.name, rule.path] = found
        return [
            replace(batch, probes=tuple(place.probe for place in self.places[_key(batch)]))
            for batch in batches
        ]

    def add(self, outcome: Outcome) -> None:
        """Takes note of what a batch has seen."""
        self.seen |= {(_key(outcome.batch), number) for number in outcome.seen}

    @property
    def missed(self) -> list[Place]:
        """The places that no test has seen."""
        return [
            place
            for key, found in self.places.items()
            for number, place in enumerate(found)
            if (key, number) not in self.seen
        ]

    @property
    def total(self) -> int:
        return sum(len(found) for found in self.places.values())

    @property
    def percent(self) -> float:
        """How much was seen, of a hundred; nothing to see is all of it."""
        return 100 * len(self.seen) / self.total if self.total else 100.0

    def by_file(self) -> dict[str, tuple[int, int]]:
        """File to how many places were seen, and of how many."""
        found: dict[str, tuple[int, int]] = {}
        for key, those in self.places.items():
            seen = sum((key, number) in self.seen for number in range(len(those)))
            before, of = found.get(key[0], (0, 0))
            found[key[0]] = before + seen, of + len(those)
        return found


def _key(batch: Batch) -> tuple[str, tuple[str | int, ...]]:
    return batch.rule.source.name, batch.rule.path


def problems(coverage: Coverage, settings: Settings) -> list[Problem]:
    """What was not seen, and that it was too little."""
    found = [_uncovered(place) for place in coverage.missed]
    if settings.coverage is not None and coverage.percent < settings.coverage and settings.source:
        message = f"tests have seen {coverage.percent:.1f}% of what they should see"
        message += f", less than {settings.coverage:g}%"
        hint = "`tocsin test --coverage` lists what is missing"
        place = settings.source.position(("policy", "coverage"))
        found.append(problem.error(place, GATE, message, hint))
    return found


def _uncovered(place: Place) -> Problem:
    message = f"no test has seen {place.name} {place.state}"
    hint = (
        "ask for it in a test, where there is something to judge" if place.state == SILENT else ""
    )
    return problem.warning(place.position, UNCOVERED, message, hint, place.rule.name)
