"""Which mutants of a rule its tests notice: judged by promtool, side by side.

First each mutant meets the tests of its own tier and override, the shortest first: most are noticed
by one of them, and need not be run again. What is left meets all the others at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from tocsin import durations
from tocsin.model import Alert, Compiled, Rule
from tocsin.testing import slices
from tocsin.testing.cases import Case
from tocsin.testing.mutation import answers, expected
from tocsin.testing.mutation.answers import Answers
from tocsin.testing.mutation.mutant import Mutant, mutants
from tocsin.testing.mutation.worlds import Apart, Output, Slice, copied
from tocsin.testing.run import Batch, Bench


@dataclass(frozen=True)
class Verdict:
    """What became of the mutants that the tests of a rule could notice."""

    rule: Rule
    mutants: tuple[Mutant, ...]
    noticed: tuple[Mutant, ...]


@dataclass(frozen=True)
class _World:
    """A mutant's copies. rest: the alerts of the rule that stay as they are, class by class."""

    mark: str
    mutant: Mutant
    touched: tuple[Output, ...]
    rest: tuple[tuple[Output, ...], ...]

    @property
    def outputs(self) -> Iterator[Output]:
        return copied(self.touched, self.mark, (self.mutant.output, self.mutant.changed))


def trials(compiled: Compiled, batches: Sequence[Batch]) -> list["Trial"]:
    """A trial for each rule that has tests."""
    ordered = sorted(batches, key=lambda batch: (batch.rule.source.name, str(batch.rule.path)))
    grouped = groupby(ordered, key=lambda batch: (batch.rule.source.name, batch.rule.path))
    return [Trial(compiled, list(mine)) for _, mine in grouped]


class Trial:
    """One rule, its tests, and the mutants of all that these need."""

    def __init__(self, compiled: Compiled, batches: list[Batch]) -> None:
        self.rule, self._batches, self._compiled = batches[0].rule, batches, compiled
        self._outputs = slices.outputs_of(self.rule, compiled)
        self.mutants = tuple(self._found())

    def _found(self) -> Iterator[Mutant]:
        """Those of the rule, and those of the recordings of others that it reads."""
        yield from mutants(self.rule, self._compiled)
        recorded = {id(out.rule): out.rule for out in self._outputs if out.rule.kind == "record"}
        for rule in recorded.values():
            yield from mutants(rule, self._compiled)

    def run(self, bench: Bench) -> Verdict:
        """The real promtool's verdict."""
        try:
            alive = self._together(bench)
        except Apart:
            alive = self._one_by_one(bench, dict(enumerate(self.mutants)))
        noticed = tuple(m for index, m in enumerate(self.mutants) if index not in alive)
        return Verdict(self.rule, self.mutants, noticed)

    def _together(self, bench: Bench) -> dict[int, Mutant]:
        slice_ = Slice(self._outputs, self.rule.name)
        alive, lonely = dict[int, _World](), dict[int, Mutant]()
        for index, mutant in enumerate(self.mutants):
            try:
                alive[index] = self._world(slice_, index, mutant)
            except Apart:
                lonely[index] = mutant
        for batch in self._batches:
            court = _Court(bench, self._compiled, self._outputs, batch.step)
            ordered = sorted(batch.cases, key=_length)
            met = set[tuple[int, int]]()
            for number, case in enumerate(ordered):
                mine = {i: w for i, w in alive.items() if _concerns(case, w.mutant)}
                met |= {(number, i) for i in mine}
                for gone in court.noticed([case], mine, lonely):
                    del alive[gone]
            left = [c for n, c in enumerate(ordered) if any((n, i) not in met for i in alive)]
            for gone in court.noticed(left, alive, lonely):
                del alive[gone]
        kept = {i: world.mutant for i, world in alive.items() if i not in lonely}
        return kept | self._one_by_one(bench, lonely)

    def _world(self, slice_: Slice, index: int, mutant: Mutant) -> _World:
        touched = slice_.touched(mutant.output, mutant.changed)
        others = [alert for alert in slice_.alerts if alert not in touched]
        rest = dict[tuple[int, ...], tuple[Output, ...]]()
        for alert in others:
            found = slice_.touched(alert)
            if any(out in touched for out in found if isinstance(out, Alert)):
                raise Apart("an alert that is not flipped sees one that is")
            rest[tuple(map(id, found))] = found
        return _World(f"m{index}", mutant, touched, tuple(rest.values()))

    def _one_by_one(self, bench: Bench, left: dict[int, Mutant]) -> dict[int, Mutant]:
        """The mutants that all tests pass with, each run alone."""
        for index, mutant in list(left.items()):
            flipped = tuple(
                mutant.changed if output is mutant.output else output for output in self._outputs
            )
            rules = bench.write(replace(self._compiled, outputs=flipped))
            if not all(
                bench.judge(rules, batch.step, [case.test for case in batch.cases]).ok
                for batch in self._batches
            ):
                del left[index]
        return left


class _Court:
    """Runs tests on the copies of many mutants."""

    def __init__(
        self, bench: Bench, compiled: Compiled, outputs: Sequence[Output], step: int
    ) -> None:
        self._bench, self._compiled, self._step = bench, compiled, step
        self._outputs = tuple(outputs)

    def noticed(
        self, cases: Sequence[Case], worlds: dict[int, _World], lonely: dict[int, Mutant]
    ) -> list[int]:
        """The worlds in which one of the tests would fail.

        Those that promtool cannot run beside others are added to `lonely`.
        """
        worlds = {index: world for index, world in worlds.items() if index not in lonely}
        found = list[int]()
        while cases and worlds:
            rest = _classes(worlds.values())
            rules = self._bench.write(replace(self._compiled, outputs=self._all(worlds, rest)))
            told = [self._asked(rules, case) for case in cases]
            rejected = set().union(*(answer.rejected for answer in told))
            mine = [index for index, world in worlds.items() if world.mark in rejected]
            if not mine and (rejected or any(answer.other for answer in told)):
                lonely |= {index: world.mutant for index, world in worlds.items()}
                return found
            found += mine
            worlds = {index: world for index, world in worlds.items() if index not in mine}
            if not mine:
                return found + [i for i, w in worlds.items() if _noticed(w, rest, cases, told)]
        return found

    def _all(
        self, worlds: dict[int, _World], rest: dict[tuple[int, ...], str]
    ) -> tuple[Output, ...]:
        found = list(self._outputs)
        classes = {
            tuple(map(id, outputs)): outputs for world in worlds.values() for outputs in world.rest
        }
        for key, mark in rest.items():
            found += copied(classes[key], mark)
        for world in worlds.values():
            found += world.outputs
        return tuple(found)

    def _asked(self, rules: str, case: Case) -> Answers:
        return answers.answers(
            self._bench.judge(rules, self._step, [answers.asked(case.test)]).output
        )


def _classes(worlds: Iterable[_World]) -> dict[tuple[int, ...], str]:
    """A mark for each class of outputs that stay as they are."""
    found = dict.fromkeys(tuple(map(id, outputs)) for world in worlds for outputs in world.rest)
    return {key: f"r{number}" for number, key in enumerate(found)}


def _noticed(
    world: _World,
    rest: dict[tuple[int, ...], str],
    cases: Sequence[Case],
    told: Sequence[Answers],
) -> bool:
    marks = [world.mark, *(rest[tuple(map(id, outputs))] for outputs in world.rest)]
    return any(
        expected.differs(case.test, partial(answer.of, marks))
        for case, answer in zip(cases, told, strict=True)
    )


def _concerns(case: Case, mutant: Mutant) -> bool:
    """Whether a test is likely to notice a mutant."""
    made, output = case.generated, mutant.output
    if made is None or not isinstance(output, Alert) or output.rule.path != case.rule.path:
        return True
    fires = any(output.severity in check.firing for check in made.checks)
    return made.branch == output.branch and fires


def _length(case: Case) -> float:
    times = [durations.parse(test["eval_time"]) for test in case.test["promql_expr_test"]]
    return max(times, default=0) / case.step * (len(case.test["input_series"]) + 3)
