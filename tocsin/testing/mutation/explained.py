"""Mutants that no test notices: which of them somebody has explained, and what is told of the rest.

`mutants:` in a rule names changes and says why no test can notice them. An entry that explains
nothing is a problem itself: the day it would hide something, nobody would see.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tocsin import problem, suggest
from tocsin.model import Alert, Rule
from tocsin.problem import Position, Problem
from tocsin.testing.mutation.mutant import Key, Mutant

UNNOTICED, UNUSED = "test/mutant", "test/unused-explanation"


@dataclass
class Tally:
    """The mutants of all rules that were judged, and those of which some test noticed."""

    known: dict[Key, Mutant] = field(default_factory=dict)
    noticed: set[Key] = field(default_factory=set)
    untested: list[tuple[Rule, int]] = field(default_factory=list)  # and how many mutants it has

    def add(self, mutants: Iterable[Mutant], noticed: Iterable[Mutant]) -> None:
        """Takes note of what the tests of a rule have noticed."""
        self.known |= {mutant.key: mutant for mutant in mutants}
        self.noticed |= {mutant.key for mutant in noticed}

    @property
    def survivors(self) -> list[Mutant]:
        """Those that no test noticed."""
        return [mutant for key, mutant in self.known.items() if key not in self.noticed]

    @property
    def unexplained(self) -> list[Mutant]:
        """Those, without the ones that their rule explains."""
        return [mutant for mutant in self.survivors if mutant.change not in _explained(mutant.rule)]

    @property
    def counted(self) -> str:
        """In one line: how many there were, and what became of them."""
        alone = sum(count for _, count in self.untested)
        left, alive = len(self.unexplained), len(self.survivors)
        total = len(self.known) + alone
        return (
            f"{total} mutants: {len(self.noticed)} noticed, {alive - left} explained, "
            f"{left + alone} not noticed"
        )


def problems(tally: Tally, *, complete: bool) -> Iterator[Problem]:
    """What no test notices, once per place; with all tests run, explanations of nothing, too."""
    told: dict[tuple[Position, str, str], list[Mutant]] = {}
    for mutant in tally.unexplained:
        told.setdefault((mutant.place, mutant.rule.name, mutant.change), []).append(mutant)
    for mutants in told.values():
        yield _unnoticed(mutants)
    for rule, count in tally.untested:
        message = f"`{rule.name}` has no test: {count} mutants go unnoticed"
        hint = "write one under `tests:`"
        yield problem.error(rule.at(), UNNOTICED, message, hint, rule.name)
    if complete:
        yield from _unused(tally)


def _unnoticed(alike: list[Mutant]) -> Problem:
    first = alike[0]
    whose = ", ".join(dict.fromkeys(filter(None, map(_whose, alike))))
    message = f"no test notices `{first.change}`" + (f" in {whose}" if whose else "")
    hint = f"write {first.hint}, or say under `mutants:` why no test can notice it"
    return problem.error(first.place, UNNOTICED, message, hint, first.rule.name)


def _whose(mutant: Mutant) -> str:
    output = mutant.output
    if not isinstance(output, Alert):
        return output.record if output.record != output.rule.name else ""
    return f"override {output.branch}, {output.severity}" if output.branch else output.severity


def _explained(rule: Rule) -> dict[str, int]:
    """The changes that a rule explains, and the places of the entries."""
    written = rule.data.get("mutants") or ()
    return {" ".join(str(entry["change"]).split()): i for i, entry in enumerate(written)}


def _unused(tally: Tally) -> Iterator[Problem]:
    by_rule: dict[tuple[object, ...], list[Mutant]] = {}
    for mutant in tally.known.values():
        by_rule.setdefault((mutant.rule.source.name, mutant.rule.path), []).append(mutant)
    alive = {(m.rule.source.name, m.rule.path, m.change) for m in tally.survivors}
    for key, mutants in by_rule.items():
        rule = mutants[0].rule
        changes = {mutant.change for mutant in mutants}
        for change, index in _explained(rule).items():
            if (*key, change) in alive:
                continue
            message, hint = f"tests notice `{change}`: there is nothing to explain", "take it away"
            if change not in changes:
                message = f"no mutant of this rule is called `{change}`"
                hint = suggest.hint(change, changes) or hint
            place = rule.at("mutants", index, "change")
            yield problem.warning(place, UNUSED, message, hint, rule.name)
