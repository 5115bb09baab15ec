"""Runs tests with promtool, several processes at a time; a finding per case, in order."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar

import yaml

from tocsin import durations, problem, promtool
from tocsin.emit import prometheus
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem
from tocsin.testing import readable, slices
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

    def judge(self, rules: str, step: int, cases: Sequence[Case]) -> promtool.Run:
        """promtool's verdict on some cases."""
        content = {
            "rule_files": [f"rules/{rules}"],
            "evaluation_interval": durations.text(step),
            "tests": [case.test for case in cases],
        }
        path = self._folder / f"{next(self._numbers)}.test.yml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        return promtool.run_tests(self._tool, path)

    def findings(self, batch: Batch) -> list[Finding]:
        """A finding per case: together first; when that fails, each alone, to tell which it was."""
        rules = self.rules(batch.rule)
        if self.judge(rules, batch.step, batch.cases).ok:
            return [None] * len(batch.cases)
        return [self._alone(rules, batch.step, case) for case in batch.cases]

    def _alone(self, rules: str, step: int, case: Case) -> Finding:
        done = self.judge(rules, step, [case])
        if done.ok:
            return None
        message = f"{case.title}: {readable.sentence(done.output)}"
        return problem.error(case.place(done.output), CHECK, message, rule=case.rule.name)


def run(tool: Path, compiled: Compiled, folder: Path, cases: Iterable[Case]) -> Iterator[Finding]:
    """A finding per case, as they come."""
    bench = Bench(tool, compiled, folder)
    for findings in parallel(bench.findings, batches(cases)):
        yield from findings


def parallel(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """`work` on each item, as many at a time as there are processors; results in order."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        yield from pool.map(work, items)
