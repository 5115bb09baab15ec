"""Heartbeats and the relay's own trouble on SQLAlchemy Core: parts of the store's transactions."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from relay.model import codec
from relay.model.delivered import Delivered
from relay.model.storm import DIGEST_RANK
from relay.model.watch import OPERATIONS_ID, Watch
from relay.store import queries, rows
from relay.store.put import forget
from relay.store.records import Topic, Work
from relay.store.schema import deliveries, heartbeats, topics


def heard(db: Connection, watch: Watch, due_at: datetime, now: datetime) -> None:
    """Notes that a heartbeat was heard. It is missing at `due_at`, unless heard before.

    Whoever expected one like it, and never heard any, has heard of it now.
    """
    _heard(db, watch, due_at, now)
    expected = replace(watch, labels={})
    state = db.scalar(select(topics.c.state).where(topics.c.id == expected.id))
    if state is not None and codec.load_watch(state).seen_at is None:
        _heard(db, expected, due_at, now)


def _heard(db: Connection, watch: Watch, due_at: datetime, now: datetime) -> None:
    mine = queries.d.group_id == watch.id
    old = db.execute(select(deliveries).where(mine).with_for_update()).first()
    if watch.seen_at and (
        state := db.scalar(select(topics.c.state).where(topics.c.id == watch.id))
    ):
        known = codec.load_watch(state)
        watch = replace(known.heard(watch.seen_at), name=watch.name, entry=watch.entry)
    _topic(db, watch.id, Topic.HEARTBEAT, watch.name, codec.dump_watch(watch), now)
    if old is None:
        _expect(db, watch.id, due_at)
        return
    told = codec.load_delivered(old.delivered)
    calm = old.work == Work.IDLE and old.intent is None and not told.alarmed
    values = {"due_at": due_at.timestamp()} if calm else rows.woken(old, now)
    db.execute(update(deliveries).where(mine).values(values))


def expect(db: Connection, watch: Watch, due_at: datetime, now: datetime) -> None:
    """A heartbeat of which none was ever heard, if it is not expected already."""
    found = db.scalars(select(topics.c.state).where(topics.c.kind == Topic.HEARTBEAT))
    if all(codec.load_watch(state).entry != watch.entry for state in found.all()):
        _topic(db, watch.id, Topic.HEARTBEAT, watch.name, codec.dump_watch(watch), now)
        _expect(db, watch.id, due_at)


def mind(db: Connection, now: datetime) -> None:
    """Has the relay look after its own deliveries from now on."""
    if db.scalar(select(topics.c.id).where(topics.c.id == OPERATIONS_ID)) is None:
        _topic(db, OPERATIONS_ID, Topic.OPERATIONS, "", "{}", now)
        _expect(db, OPERATIONS_ID, now)
    mine = queries.d.group_id == OPERATIONS_ID
    idle = {"due_at": now.timestamp()}
    db.execute(update(deliveries).where(mine, queries.d.work == Work.IDLE).values(idle))


def review(db: Connection, now: datetime) -> None:
    """Every heartbeat is due: this process has begun to listen, maybe with other settings."""
    beats = select(topics.c.id).where(topics.c.kind == Topic.HEARTBEAT)
    idle = (queries.d.group_id.in_(beats), queries.d.work == Work.IDLE)
    db.execute(update(deliveries).where(*idle).values(due_at=now.timestamp()))


def prune(db: Connection, before: datetime, limit: int) -> int:
    """Forgets heartbeats that were not heard for so long, and about which all is said."""
    old = db.scalars(
        select(topics.c.id)
        .join(deliveries, queries.d.group_id == topics.c.id)
        .where(
            topics.c.kind == Topic.HEARTBEAT,
            topics.c.updated_at < before.timestamp(),
            queries.d.work == Work.IDLE,
            queries.d.lease.is_(None),
        )
        .limit(limit)
        .with_for_update(of=deliveries, skip_locked=True)
    ).all()
    if old:
        forget(db, old)
    db.execute(delete(heartbeats).where(heartbeats.c.seen_at < before.timestamp()))
    return len(old)


def _topic(
    db: Connection, topic_id: str, kind: Topic, name: str, state: str, now: datetime
) -> None:
    values = {"state": state, "updated_at": now.timestamp()}
    counted = values | {"version": topics.c.version + 1}
    if not db.execute(update(topics).where(topics.c.id == topic_id).values(counted)).rowcount:
        fixed = {"id": topic_id, "kind": kind, "name": name, "version": 1}
        db.execute(insert(topics).values(values | fixed))


def _expect(db: Connection, topic_id: str, due_at: datetime) -> None:
    fresh: dict[str, Any] = rows.FRESH | {"delivered": codec.dump_delivered(Delivered())}
    fresh |= {"group_id": topic_id, "firing": True, "rank": DIGEST_RANK}
    db.execute(insert(deliveries).values(fresh | {"due_at": due_at.timestamp()}))
