"""A group's history on SQLAlchemy Core: written in the transaction of what it tells of; bounded."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from relay.model.history import Event, What, came, sent
from relay.model.state import State
from relay.store import rows
from relay.store.records import Claim, Verdict, Wanted, Work
from relay.store.schema import history

KEPT = 60
"""Events of a group; the oldest make room."""

h = history.c

_NEW = insert(history)
_EVENTS = select(history).where(h.group_id == bindparam("name")).order_by(h.number.desc())
_FULL = (
    select(h.group_id)
    .where(h.group_id.in_(bindparam("names", expanding=True)))
    .group_by(h.group_id)
    .having(func.count() > KEPT)
)


def of_webhook(old: State | None, wish: Wanted, now: datetime) -> Iterator[Event]:
    """What a webhook said that is new."""
    if not wish.changed:
        return
    if text := came(old.group if old else None, wish.state.group):
        yield Event(now, What.CAME, text)
    if wish.covered is not None:
        yield Event(now, What.COVERED, "told by the digest of a storm")


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
    if event.what in (What.FAILED, What.PARKED):
        last = db.execute(_EVENTS.limit(1), {"name": group_id}).first()
        if last is not None and (last.what, last.text) == (event.what, event.text):
            return
    add(db, [(group_id, event)], grown=[group_id])


def add(db: Connection, events: Sequence[tuple[str, Event]], grown: Collection[str]) -> None:
    """Adds events of groups. Those that had some before are `grown`: their oldest make room."""
    if not events:
        return
    db.execute(_NEW, [_row(*each) for each in events])
    names = [name for name, _ in events if name in grown]
    if names:
        for name in db.scalars(_FULL, {"names": names}).all():
            _make_room(db, name)


def _row(group_id: str, event: Event) -> dict[str, Any]:
    at, text = event.at.timestamp(), event.text[:1000]
    return {"group_id": group_id, "at": at, "what": event.what, "text": text}


def _make_room(db: Connection, group_id: str) -> None:
    kept = select(h.number).where(h.group_id == group_id).order_by(h.number.desc())
    oldest = db.scalar(kept.offset(KEPT - 1).limit(1))
    db.execute(delete(history).where(h.group_id == group_id, h.number < oldest))


def read(db: Connection, group_id: str) -> Sequence[Event]:
    """A group's events, the latest first."""
    found = db.execute(_EVENTS, {"name": group_id})
    return [Event(rows.utc(row.at), What(row.what), row.text) for row in found]
