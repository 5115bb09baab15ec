"""A group's history on SQLAlchemy Core: written in the transaction of what it tells of; bounded."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from relay.model.history import Event, What, came, sent
from relay.model.state import State
from relay.store import rows
from relay.store.contract import Claim, Verdict, Wanted, Work
from relay.store.schema import history

KEPT = 60
"""Events of a group; the oldest make room."""

h = history.c


def took_in(db: Connection, group_id: str, old: State | None, wish: Wanted, now: datetime) -> None:
    """A webhook came, and said something new."""
    if not wish.changed:
        return
    if text := came(old.group if old else None, wish.state.group):
        append(db, group_id, Event(now, What.CAME, text))
    if wish.covered is not None:
        append(db, group_id, Event(now, What.COVERED, "told by the digest of a storm"))


def finished(db: Connection, claim: Claim, verdict: Verdict, now: datetime) -> None:
    """A claim ended: Slack accepted something, or did not."""
    if verdict.sent_at:
        told = sent(claim.delivered, verdict.delivered)
        append(db, claim.group_id, Event(verdict.sent_at, What.SENT, told))
    elif verdict.reason:
        what = What.PARKED if verdict.work is Work.PARKED else What.FAILED
        append(db, claim.group_id, Event(now, what, verdict.reason))


def append(db: Connection, group_id: str, event: Event) -> None:
    """Adds an event, unless it only repeats the last one: a failure is told once, not hourly."""
    last = db.execute(
        select(history).where(h.group_id == group_id).order_by(h.number.desc()).limit(1)
    ).first()
    repeated = last is not None and (last.what, last.text) == (event.what, event.text)
    if repeated and event.what in (What.FAILED, What.PARKED):
        return
    values = {"at": event.at.timestamp(), "what": event.what, "text": event.text[:1000]}
    db.execute(insert(history).values(group_id=group_id, **values))
    kept = select(h.number).where(h.group_id == group_id).order_by(h.number.desc())
    oldest = db.scalar(kept.offset(KEPT - 1).limit(1))
    if oldest is not None:
        db.execute(delete(history).where(h.group_id == group_id, h.number < oldest))


def read(db: Connection, group_id: str) -> Sequence[Event]:
    """A group's events, the latest first."""
    found = db.execute(select(history).where(h.group_id == group_id).order_by(h.number.desc()))
    return [Event(rows.utc(row.at), What(row.what), row.text) for row in found]
