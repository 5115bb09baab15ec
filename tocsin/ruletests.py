"""The rules' own tests, run with promtool: one finding per test, at its line in the YAML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tocsin import emit, problem, promtool
from tocsin.emit import names, promtool_tests
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem

Finding = Problem | None  # None: the test passed
CHECK = "test/failed"


@dataclass(frozen=True)
class Case:
    """One test of one rule."""

    rule: Rule
    index: int


def cases(compiled: Compiled) -> list[Case]:
    """Every test of the catalogue, in the order they were written."""
    return [
        Case(rule, index)
        for rule in compiled.catalogue.rules
        for index in range(len(rule.data.get("tests") or ()))
    ]


def run(tool: Path, compiled: Compiled, folder: Path) -> Iterator[Finding]:
    """Runs all tests in `folder`; a finding per case, in order.

    A file's tests run together; only when that fails is each run alone, to tell which one it was.
    """
    for name, content in emit.files(compiled).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    by_file: dict[str, list[Case]] = {}
    for case in cases(compiled):
        by_file.setdefault(compiled.catalogue.path_of(case.rule.source.name), []).append(case)
    for path_name, found in by_file.items():
        test_file = folder / names.tests_file(path_name)
        if promtool.run_tests(tool, test_file).ok:
            yield from (None for _ in found)
        else:
            for case in found:
                yield _alone(tool, compiled, test_file, case)


def _alone(tool: Path, compiled: Compiled, test_file: Path, case: Case) -> Finding:
    whole: dict[str, Any] = yaml.safe_load(test_file.read_text(encoding="utf-8"))
    mine = promtool_tests.tests(case.rule, compiled)[case.index]
    single = test_file.with_name(f"single.{test_file.name}")
    single.write_text(yaml.safe_dump({**whole, "tests": [mine]}), encoding="utf-8")
    done = promtool.run_tests(tool, single)
    if done.ok:
        return None
    title = promtool_tests.title(case.rule, case.index)
    message = f"{title}: {_readable(done.output)}"
    place = case.rule.at("tests", case.index, *_failed_at(done.output, case))
    return problem.error(place, CHECK, message, rule=case.rule.name)


_FAILED = re.compile(
    r'expr: (?P<expr>".*"), time: (?P<time>\w+),\s*exp:(?P<exp>.*)\n\s*got:(?P<got>.*)'
)
_SAMPLE = re.compile(r"(?P<labels>\{(?:\"(?:\\.|[^\"\\])*\"|[^}\"])*\}) (?P<value>\S+?)(?:,|$| )")


def _failed_at(output: str, case: Case) -> tuple[str, ...]:
    """The path of the expectation that failed first."""
    match = _FAILED.search(output)
    times = case.rule.data["tests"][case.index]["firing"]
    if match and match["time"] in times:
        return "firing", match["time"]
    return ()


def _readable(output: str) -> str:
    """promtool's difference as a sentence; its own text where it says something else."""
    match = _FAILED.search(output)
    if match is None:
        kept = [line.strip() for line in output.splitlines() if line.strip()]
        return " ".join(line for line in kept if not line.startswith(("Unit Testing:", "FAILED:")))
    return f"at {match['time']} {_firing(match['got'])}, not {_firing(match['exp'])}"


def _firing(samples: str) -> str:
    found = [(m["labels"], int(float(m["value"]))) for m in _SAMPLE.finditer(samples.strip())]
    if not found:
        return "nothing fires"
    if found[0][0] == "{}":
        count = found[0][1]
        return f"{count} alert{'s fire' if count != 1 else ' fires'}"
    shown = [labels if count == 1 else f"{count} times {labels}" for labels, count in found]
    return " and ".join(shown) + (" fires" if len(found) == 1 else " fire")
