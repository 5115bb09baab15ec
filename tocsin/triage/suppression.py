"""A suppression: which problems somebody does not want to see, where, until when, and why."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from tocsin.controls import Span
from tocsin.lintsettings import matches
from tocsin.model import Rule
from tocsin.problem import Position, Problem, Severity
from tocsin.triage.places import Places


@dataclass(frozen=True)
class Suppression:
    """Problems of `check` (a pattern) in the lines of `span`, or of `rule`, wherever they stand.

    until: from then on it does not count. about: words that a problem must speak of.
    unused: how bad it is where it hides nothing; None where that is no problem.
    """

    position: Position  # of the suppression itself
    check: str
    span: Span | None = None
    rule: Rule | None = None
    until: datetime | None = None
    about: str = ""
    unused: Severity | None = Severity.WARNING

    def covers(self, problem: Problem, places: Places) -> bool:
        """Whether a problem is one of those."""
        if not matches(self.check, problem.check):
            return False
        if self.rule is not None:
            if places.rule(problem) is not self.rule:
                return False
        elif problem.position.file != self.position.file or (
            self.span and not self.span.holds(problem.position.line)
        ):
            return False
        return not self.about or places.speaks_of(problem, self.about)

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.until is not None and now >= self.until


def date(written: str) -> datetime | None:
    """`2027-01-01` or a time as of RFC 3339; None for anything else."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    if len(written) == len("2027-01-01"):
        found = datetime.combine(found.date(), time())
    elif found.tzinfo is None:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
