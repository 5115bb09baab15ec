"""A problem: a finding as data, with a position in the YAML that the person wrote.

Imports nothing of Tocsin, so that every other module may speak of problems.
"""

from dataclasses import dataclass, replace
from enum import IntEnum


class Severity(IntEnum):
    """How bad a problem is; comparable, so that `--fail-on` is one comparison."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The word that reports and people use."""
        return self.name.lower()


@dataclass(frozen=True, order=True)
class Position:
    """A part of a file. Lines and columns count from 1; `end_column` is the one after the last."""

    file: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1


@dataclass(frozen=True)
class Edit:
    """Another text for a part of a file."""

    position: Position
    text: str


@dataclass(frozen=True)
class Problem:
    """One finding. `hint` says what to do about it; `rule` names the alert it is about, if any.

    fix: what to change, where there is one right answer.
    """

    position: Position
    check: str
    severity: Severity
    message: str
    hint: str = ""
    rule: str = ""
    fix: tuple[Edit, ...] = ()

    @property
    def sort_key(self) -> tuple[Position, str, str]:
        """Reading order: by file, then place, then check, so that output is the same every time."""
        return self.position, self.check, self.message


def error(position: Position, check: str, message: str, hint: str = "", rule: str = "") -> Problem:
    """A problem that makes the catalogue unusable."""
    return Problem(position, check, Severity.ERROR, message, hint, rule)


def warning(
    position: Position, check: str, message: str, hint: str = "", rule: str = ""
) -> Problem:
    """A problem that does not stop a build, but that a person should see."""
    return Problem(position, check, Severity.WARNING, message, hint, rule)


def info(position: Position, check: str, message: str, hint: str = "", rule: str = "") -> Problem:
    """Something worth knowing; nothing has to be done about it."""
    return Problem(position, check, Severity.INFO, message, hint, rule)


def fixable(problem: Problem, edit: Edit | None) -> Problem:
    """`problem` with what mends it, if there is such a change."""
    return replace(problem, fix=(edit,)) if edit else problem
