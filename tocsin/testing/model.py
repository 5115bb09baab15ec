"""Generated tests as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tocsin import problem
from tocsin.model import Rule
from tocsin.problem import Problem
from tocsin.source import Path

UNSOLVED = "test/unsolved"


@dataclass(frozen=True)
class Check:
    """Which severities fire at a time (milliseconds), for some labels or those of the test."""

    time: int
    firing: frozenset[str]
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Generated:
    """A test that nobody wrote. `about` is the path of the limit that it is about."""

    rule: Rule
    name: str
    about: Path
    interval: int
    step: int
    series: Mapping[str, str]
    labels: Mapping[str, str]  # of the alerts that are watched
    checks: tuple[Check, ...]
    branch: int = 0

    def watched(self, check: Check) -> dict[str, str]:
        """The labels of the alerts that a check asks for, without those that the rule sets."""
        labels = self.labels if check.labels is None else check.labels
        own = {*self.rule.own_labels, "severity"}
        return {name: value for name, value in labels.items() if name not in own}


@dataclass(frozen=True)
class Unsolved:
    """A rule, or a part of one, for which no test could be made, and why."""

    rule: Rule
    what: str
    why: str
    branch: int = 0
    about: Path = ()

    @property
    def problem(self) -> Problem:
        """As people are told."""
        message = f"no test could be made of {self.what}: {self.why}"
        hint = "write one under `tests:`"
        return problem.info(self.rule.at(*self.about), UNSOLVED, message, hint, self.rule.name)


@dataclass
class Tests:
    """What generation gives for a catalogue."""

    generated: list[Generated] = field(default_factory=list)
    unsolved: list[Unsolved] = field(default_factory=list)
