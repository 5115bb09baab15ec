"""What every report is made from."""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tocsin.problem import Problem, Severity
from tocsin.source import Source

_NEVER = datetime.min.replace(tzinfo=UTC)  # for whom it does not matter


@dataclass(frozen=True)
class Result:
    """A run's problems in reading order, the files they are about, and what was read.

    now: when it was, in UTC. left_out: how many problems are not told, by the reason: "known" to
    the baseline, "untouched" by the change. unanswered: why the server could not be asked on.
    """

    problems: tuple[Problem, ...]
    sources: Mapping[str, Source]
    files: int
    rules: int
    alerts: int
    now: datetime = _NEVER
    left_out: Mapping[str, int] = field(default_factory=dict)
    unanswered: str = ""

    def count(self, severity: Severity) -> int:
        """How many problems have just this severity."""
        return sum(problem.severity is severity for problem in self.problems)


def together(results: Sequence[Result]) -> Result:
    """One result of several; at least one."""
    if len(results) == 1:
        return results[0]
    found = {problem for result in results for problem in result.problems}
    return replace(
        results[0],
        problems=tuple(sorted(found, key=lambda problem: problem.sort_key)),
        sources=ChainMap(*(dict(result.sources) for result in results)),
        files=sum(result.files for result in results),
        rules=sum(result.rules for result in results),
        alerts=sum(result.alerts for result in results),
        unanswered=next((result.unanswered for result in results if result.unanswered), ""),
    )
