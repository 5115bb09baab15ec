"""load -> compile -> check -> triage: the way that every command goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tocsin import load
from tocsin.known import Known
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity
from tocsin.report import Result
from tocsin.work import Findings, Work


@dataclass(frozen=True)
class Outcome:
    """What became of the paths: the compiled catalogue and everything found on the way."""

    compiled: Compiled
    result: Result
    missing: bool  # a path that was asked for does not exist

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps the catalogue from being built."""
        return self.result.count(Severity.ERROR) > 0


def run(paths: Iterable[Path], *, now: datetime | None = None, building: bool = True) -> Outcome:
    """Reads, compiles and checks what is under `paths`. Never raises for bad input.

    now: the moment that suppressions expire by, else that of the call. building: something is to
    be made of the rules, so that nobody may have silenced what keeps one from being compiled.
    """
    shared = load.shared(paths)
    work = Work(shared, now or datetime.now(UTC), building=building)
    names = shared.catalogue.files
    known = Known.of(work.outline(name) for name in names)
    findings = {name: work.findings(name, known) for name in names}
    return Outcome(_whole(work, known), _result(work, findings), shared.missing)


def _whole(work: Work, known: Known) -> Compiled:
    """All files together."""
    parts = [work.part(name).compiled for name in work.shared.catalogue.files]
    groups = tuple(group for part in parts for group in part.catalogue.groups)
    rules = tuple(rule for part in parts for rule in part.catalogue.rules)
    outputs = tuple(output for part in parts for output in part.outputs)
    return Compiled(replace(work.shared.catalogue, groups=groups, rules=rules), outputs, known)


def _result(work: Work, findings: Mapping[str, Findings]) -> Result:
    """What is told of all files, and of what they share."""
    shared = work.shared
    of_files: dict[str, list[Problem]] = {}
    of_shared = list(shared.problems)
    for problem in work.across(findings):
        if problem.position.file in findings:
            of_files.setdefault(problem.position.file, []).append(problem)
        else:
            of_shared.append(problem)
    problems = {name: found.problems for name, found in findings.items()}
    rules = sum(found.rules for found in findings.values())
    clean = not of_shared and not any(problems.values())
    if not rules and clean and not any(found.quiet for found in findings.values()):
        of_shared.append(load.nothing_there(shared))
    told = set(work.told_of_shared(of_shared))
    for name, found in findings.items():
        more = of_files.get(name)
        told |= work.told(name, (*found.problems, *more)) if more else found.told
    sources = dict(shared.sources)
    for name in findings:
        if source := work.part(name).file.source:
            sources[name] = source
    return Result(
        problems=tuple(sorted(told, key=lambda problem: problem.sort_key)),
        sources=sources,
        files=len(shared.files),
        rules=rules,
        alerts=sum(found.alerts for found in findings.values()),
        now=work.now,
    )
