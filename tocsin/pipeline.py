"""load -> compile -> check -> triage: the way that every command goes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tocsin import load, verdict
from tocsin.known import Known
from tocsin.model import Compiled
from tocsin.problem import Severity
from tocsin.report import Result
from tocsin.work import Work


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
    work = Work(shared, now or datetime.now(UTC), building=building, keeping=True)
    names = shared.catalogue.files
    known = Known.of(map(work.outline, names), work.runbooks)
    findings = {name: work.findings(name, known) for name in names}
    sources = shared.sources | work.sources
    return Outcome(_whole(work, known), verdict.result(work, findings, sources), shared.missing)


def _whole(work: Work, known: Known) -> Compiled:
    """All files together."""
    parts = [work.part(name).compiled for name in work.shared.catalogue.files]
    groups = tuple(group for part in parts for group in part.catalogue.groups)
    rules = tuple(rule for part in parts for rule in part.catalogue.rules)
    outputs = tuple(output for part in parts for output in part.outputs)
    return Compiled(replace(work.shared.catalogue, groups=groups, rules=rules), outputs, known)
