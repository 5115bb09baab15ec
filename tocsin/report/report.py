"""What every report is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
