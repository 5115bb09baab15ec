"""What somebody asked for from Slack: stored before Slack gets its answer, done afterwards."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verb(StrEnum):
    """What can be asked for."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    SILENCE = "silence"
    UNSILENCE = "unsilence"


class Via(StrEnum):
    """How it was asked for."""

    BUTTON = "button"
    DIALOG = "dialog"
    COMMAND = "command"


@dataclass(frozen=True)
class Person:
    """Whoever asks, as Slack signed it."""

    id: str  # such as U0123456
    name: str = ""

    @property
    def called(self) -> str:
        """How messages call them: by name. A mention would call them, or stand in an edit."""
        return self.name or self.id

    @property
    def author(self) -> str:
        """How Alertmanager calls them: "alice (Slack U0123456)"."""
        return f"{self.name or 'someone'} (Slack {self.id})"


@dataclass(frozen=True)
class Job:
    """One thing to do for one group. `until` was fixed when it was asked for, so that a second
    try makes the same silence; `respond` is Slack's response_url, "" where there is none."""

    verb: Verb
    group_id: str
    person: Person
    via: Via
    until: datetime | None = None  # of a silence
    comment: str = ""
    respond: str = ""
