"""load -> compile -> check -> triage: the way that every command goes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from tocsin import crew, load, verdict
from tocsin.crew import Crew
from tocsin.known import Known
from tocsin.model import Compiled
from tocsin.problem import Severity
from tocsin.report import Result
from tocsin.work import TIERS, Work

_COMPILING = 0.2  # what it takes of a process, next to all of the checking


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


def run(
    paths: Iterable[Path],
    *,
    now: datetime | None = None,
    building: bool = True,
    jobs: int | None = None,
) -> Outcome:
    """Reads, compiles and checks what is under `paths`. Never raises for bad input.

    now: the moment that suppressions expire by, else that of the call. building: something is to
    be made of the rules, so that nobody may have silenced what keeps one from being compiled.
    jobs: how many processes check, None for as many as are worth it; this one compiles all files.
    """
    shared = load.shared(paths)
    names = shared.catalogue.files
    contents = {str(path): load.content(path) for path in shared.files}
    sizes = {name: _size(content) for name, content in contents.items()}
    total = sum(sizes.values())
    now = now or datetime.now(UTC)
    work = Work(shared, now, building=building, keeping=True, contents=contents)
    with Crew(work, sizes, jobs or crew.helpers(total), int(total * _COMPILING)) as hands:
        outlines = hands.outlines()
        known = Known.of((outlines[name] for name in names), work.runbooks)
        done = hands.findings(known, meanwhile=lambda: [work.part(name) for name in names])
    findings = {name: done[name].findings for name in names}
    sources = shared.sources | work.sources
    compiled = _whole(work, known)
    if building:
        found = [done.gathered[TIERS].items() for done in findings.values()]
        compiled = replace(compiled, labels=dict(chain.from_iterable(found)))
    return Outcome(compiled, verdict.result(work, findings, sources), shared.missing)


def _size(content: bytes | OSError) -> int:
    return len(content) if isinstance(content, bytes) else 0


def _whole(work: Work, known: Known) -> Compiled:
    """All files together."""
    parts = [work.part(name).compiled for name in work.shared.catalogue.files]
    groups = tuple(group for part in parts for group in part.catalogue.groups)
    rules = tuple(rule for part in parts for rule in part.catalogue.rules)
    outputs = tuple(output for part in parts for output in part.outputs)
    return Compiled(replace(work.shared.catalogue, groups=groups, rules=rules), outputs, known)
