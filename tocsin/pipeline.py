"""load -> compile -> check -> triage: the way that every command goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tocsin import checks, triage
from tocsin.compile import compiled
from tocsin.load import load
from tocsin.model import Compiled
from tocsin.problem import Severity
from tocsin.report import Result


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
    now = now or datetime.now(UTC)
    loaded = load(tuple(paths))
    output, compile_problems = compiled(loaded.catalogue)
    found = (*loaded.problems, *compile_problems, *checks.run(output))
    result = Result(
        problems=triage.judged(found, output, loaded.sources, now, building=building),
        sources=loaded.sources,
        files=len(loaded.catalogue.files),
        rules=len(loaded.catalogue.rules),
        alerts=len(output.alerts),
        now=now,
    )
    return Outcome(output, result, loaded.missing)
