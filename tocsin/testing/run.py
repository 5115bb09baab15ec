"""Runs tests with promtool, several processes at a time; a finding per case, in order."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from tocsin import durations, problem, promtool
from tocsin.emit import prometheus
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem
from tocsin.testing import probes, readable, slices
from tocsin.testing.cases import Case

CHECK = "test/failed"
Finding = Problem | None  # None: the test passed
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Batch:
    """Cases that one promtool runs: one rule's, evaluated equally often."""

    rule: Rule
    step: int
    cases: tuple[Case, ...]
    probes: tuple[str, ...] = ()  # what is asked of promtool at the times of the tests


@dataclass(frozen=True)
class Outcome:
    """A finding per case, and the numbers of the probes that gave something."""

    batch: Batch
    findings: list[Finding]
    seen: set[int]


def batches(cases: Iterable[Case]) -> list[Batch]:
    """Cases that can run together, in the order of the first of each."""
    found: dict[tuple[str, tuple[str | int, ...], int], list[Case]] = {}
    for case in cases:
        found.setdefault((case.rule.source.name, case.rule.path, case.step), []).append(case)
    return [Batch(some[0].rule, key[2], tuple(some)) for key, some in found.items()]


class Bench:
    """A folder with the rules under test, and promtool."""

    def __init__(self, tool: Path, compiled: Compiled, folder: Path) -> None:
        self._tool, self._compiled, self._folder = tool, compiled, folder
        self._numbers = count()
        (folder / "rules").mkdir(parents=True, exist_ok=True)

    def rules(self, rule: Rule) -> str:
        """The file name of the compiled rules that the rule's tests need."""
        return self.write(slices.compiled_of(rule, self._compiled))

    def write(self, compiled: Compiled) -> str:
        """Writes what a catalogue compiles to, in one file."""
        (content,) = prometheus.emit(compiled).values() or [""]
        name = f"{next(self._numbers)}.yml"
        (self._folder / "rules" / name).write_text(content, encoding="utf-8")
        return name

    def judge(self, rules: str, step: int, tests: Sequence[dict[str, Any]]) -> promtool.Run:
        """promtool's verdict on some tests."""
        content = {
            "rule_files": [f"rules/{rules}"],
            "evaluation_interval": durations.text(step),
            "tests": list(tests),
        }
        path = self._folder / f"{next(self._numbers)}.test.yml"
        # JSON is YAML that is written fast.
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return promtool.run_tests(self._tool, path)

    def outcome(self, batch: Batch) -> Outcome:
        """All cases together first; when that fails, each alone, to tell which it was."""
        rules = self.rules(batch.rule)
        whole = self._asked(rules, batch, batch.cases)
        if not whole.failed:
            return Outcome(batch, [None] * len(batch.cases), whole.seen)
        findings, seen = list[Finding](), set[int]()
        for case in batch.cases:
            alone = self._asked(rules, batch, [case])
            seen |= alone.seen
            findings.append(_finding(case, alone.output) if alone.failed else None)
        return Outcome(batch, findings, seen)

    def _asked(self, rules: str, batch: Batch, cases: Sequence[Case]) -> "_Answer":
        tests = [probes.asked(case.test, batch.probes, case.watched) for case in cases]
        done = self.judge(rules, batch.step, tests)
        if done.ok:
            return _Answer(set(), "", failed=False)
        seen, rest = probes.answers(done.output)
        return _Answer(seen, rest, failed=not seen or probes.failed(rest))


@dataclass(frozen=True)
class _Answer:
    seen: set[int]
    output: str
    failed: bool


def _finding(case: Case, output: str) -> Problem:
    message = f"{case.title}: {readable.sentence(output)}"
    return problem.error(case.place(output), CHECK, message, rule=case.rule.name)


def run(
    tool: Path, compiled: Compiled, folder: Path, batches: Sequence[Batch]
) -> Iterator[Outcome]:
    """What became of each batch, as they come."""
    bench = Bench(tool, compiled, folder)
    yield from parallel(bench.outcome, batches)


def parallel(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """`work` on each item, as many at a time as there are processors; results in order."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        yield from pool.map(work, items)
