"""What people asked for from Slack: a queue of jobs, and for good the record of who did what.

A request is known by a key of its own (of its signature, or Slack's envelope), so that the same
one sent again is not done again. Every method is one transaction and is durable when it returns;
every failure is a StoreError.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from relay.model.job import Job


class Result(StrEnum):
    """What became of a job."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"  # the person may not, or what they asked for is not possible
    FAILED = "failed"  # tried as long as it made sense


@dataclass(frozen=True)
class Taken:
    """A job that is ours until its lease ends."""

    number: int
    lease: str
    job: Job
    attempts: int  # failures so far
    again: bool  # it was taken before, and may be done already, or half
    asked_at: datetime


@dataclass(frozen=True)
class Entry:
    """One line of the record."""

    number: int
    job: Job
    asked_at: datetime
    result: Result
    told: str  # what came of it, in words; "" while it waits
    ended_at: datetime | None


class Journal(Protocol):
    """See the module."""

    def first_time(self, key: str, now: datetime) -> bool:
        """Notes a request that leaves no job; False if it was here before."""
        ...

    def ask(self, key: str, job: Job, now: datetime) -> bool:
        """Keeps a job to be done; False if the same request was here before."""
        ...

    def take(self, now: datetime, seconds: float) -> Taken | None:
        """The oldest job that is due, leased for so long."""
        ...

    def postpone(self, taken: Taken, due_at: datetime, told: str) -> bool:
        """It did not work this time; False if the job is no longer ours."""
        ...

    def conclude(self, taken: Taken, result: Result, told: str, now: datetime) -> bool:
        """The job is over; False if it is no longer ours."""
        ...

    def release_all(self) -> None:
        """Ends every lease: whoever held them was killed. Doing a job twice does no harm."""
        ...

    def record(self, limit: int, group_id: str | None = None) -> Sequence[Entry]:
        """Who did what, the latest first: of all groups, or of one."""
        ...

    def prune(self, before: datetime) -> int:
        """Forgets what ended before; returns how many entries."""
        ...
