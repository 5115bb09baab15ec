"""The record of who did what, in words: for the page, and for whoever has to explain it."""

from dataclasses import dataclass
from datetime import datetime

from relay.model.job import Job, Verb
from relay.store import Entry, Journal, Result

_SAID = {
    Verb.ACKNOWLEDGE: "acknowledged",
    Verb.UNACKNOWLEDGE: "took back the acknowledgement",
    Verb.SILENCE: "silenced",
    Verb.UNSILENCE: "ended the silence",
}


@dataclass(frozen=True)
class Line:
    """One action; plain text that is not escaped yet."""

    at: datetime
    who: str  # "alice (Slack U0123456)"
    did: str  # "silenced until 2026-11-20 18:30 UTC: known"
    via: str  # button, dialog or command
    group_id: str
    result: Result
    told: str  # what came of it


def lines(journal: Journal, limit: int = 50, group_id: str | None = None) -> list[Line]:
    """The latest first: of all groups, or of one. StoreError if it cannot be read."""
    return [_line(entry) for entry in journal.record(limit, group_id)]


def _line(entry: Entry) -> Line:
    job = entry.job
    return Line(
        entry.asked_at,
        job.person.author,
        _did(job),
        job.via,
        job.group_id,
        entry.result,
        entry.told,
    )


def _did(job: Job) -> str:
    until = f" until {job.until:%Y-%m-%d %H:%M} UTC" if job.until else ""
    return f"{_SAID[job.verb]}{until}" + (f": {job.comment}" if job.comment else "")
