"""The queue of deliveries on SQLAlchemy Core: parts of the store's transactions."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from relay.model import codec
from relay.model.watch import Trouble
from relay.store import queries, rows, sqlhistory, sqlstorms
from relay.store.put import put
from relay.store.records import Claim, Topic, Verdict, Work
from relay.store.schema import deliveries, groups, lanes, topics, turns

LONGEST = 1200.0
"""Seconds; no lease lasts longer, and what is parked is tried again sooner."""


_TAKEN = update(deliveries).where(queries.d.group_id == bindparam("name"))
_HELD = and_(queries.d.group_id == bindparam("name"), queries.d.lease == bindparam("key"))
_MINE = update(deliveries).where(_HELD)
_LOCKED = select(queries.d.waiting_since).where(_HELD).with_for_update()
_OF_GROUP = select(groups.c.version).where(groups.c.id == bindparam("name"))
_OF_TOPIC = select(topics.c.version).where(topics.c.id == bindparam("name"))


def claim(db: Connection, now: datetime, held: Collection[str], seconds: float) -> Claim | None:
    at = now.timestamp()
    found = db.execute(queries.due(lock=True), {"now": at, "held": held}).first()
    if found is None:
        return None
    lease = secrets.token_hex(8)
    db.execute(_TAKEN, {"name": found.group_id, "lease": lease, "lease_until": at + seconds})
    if found.channel:
        put(db, turns, {"channel": found.channel}, {"at": at})
    return _claim(db, found.group_id, lease)


def _claim(db: Connection, group_id: str, lease: str) -> Claim:
    if row := db.execute(queries.of_group(), {"name": group_id}).first():
        return rows.claim(row, lease)
    topic = db.execute(queries.topic(), {"name": group_id}).one()
    match Topic(topic.kind):
        case Topic.DIGEST:
            return rows.topic_claim(topic, lease, sqlstorms.digest(db, group_id, topic.state))
        case Topic.HEARTBEAT:
            return rows.topic_claim(topic, lease, codec.load_watch(topic.state))
        case Topic.OPERATIONS:
            return rows.topic_claim(topic, lease, Trouble())


def updated(db: Connection, claim: Claim, values: dict[str, Any]) -> bool:
    mine = {"name": claim.group_id, "key": claim.lease}
    return bool(db.execute(_MINE, {**mine, **values}).rowcount)


def finish(db: Connection, claim: Claim, verdict: Verdict, now: datetime) -> bool:
    values: dict[str, Any] = {
        "delivered": codec.dump_delivered(verdict.delivered),
        "intent": codec.dump_intent(verdict.intent) if verdict.intent else None,
        "lease": None,
        "attempts": verdict.attempts,
    }
    if verdict.channel:
        values |= {"channel": verdict.channel, "lane": verdict.lane}
    if verdict.reason:
        values |= {"last_error": verdict.reason, "last_error_at": now.timestamp()}
    if verdict.sent_at:
        values["sent_at"] = verdict.sent_at.timestamp()
    # Locked before the version is read: no news may come in between.
    old = db.execute(_LOCKED, {"name": claim.group_id, "key": claim.lease}).first()
    if old is None:
        return False
    if _version(db, claim.group_id) != claim.version and verdict.work is not Work.PENDING:
        verdict = replace(verdict, work=Work.PENDING, due_at=now)  # news came meanwhile
    updated(db, claim, values | rows.after(verdict, old.waiting_since, now))
    sqlhistory.finished(db, claim, verdict, now)
    return True


def _version(db: Connection, group_id: str) -> int | None:
    """How often a group's state, or a topic's, changed so far."""
    version = db.scalar(_OF_GROUP, {"name": group_id})
    return db.scalar(_OF_TOPIC, {"name": group_id}) if version is None else version


def set_back(db: Connection, now: float) -> None:
    """The clock was set back, maybe while nobody ran. Retry-After may have meant some minutes."""
    late = now + LONGEST
    waits = (queries.d.work != Work.IDLE, queries.d.due_at > late)
    db.execute(update(deliveries).where(*waits).values(due_at=now))
    db.execute(update(deliveries).where(queries.d.lease_until > late).values(lease=None))
    db.execute(update(turns).where(turns.c.at > now).values(at=now))
    ahead = or_(lanes.c.ready_at > late, lanes.c.held_until > late)
    db.execute(update(lanes).where(ahead).values(ready_at=now, held_until=now))
