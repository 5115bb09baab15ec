"""What is kept beside the queue, on SQLAlchemy Core: parts of the store's transactions."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from relay.store import queries, rows
from relay.store.put import put
from relay.store.records import Heartbeat, Lane, Rejected
from relay.store.schema import channels, heartbeats, meta, rejected
from relay.store.schema import lanes as lanes_table

REJECTED_KEPT = 100


def remember_channel(db: Connection, channel: str, channel_id: str) -> None:
    put(db, channels, {"name": channel}, {"id": channel_id})


def channel_id(db: Connection, channel: str) -> str:
    return db.scalar(select(channels.c.id).where(channels.c.name == channel)) or ""


def heard(db: Connection, heartbeat: Heartbeat) -> None:
    seen_at = heartbeat.seen_at.timestamp()
    put(db, heartbeats, {"name": heartbeat.name}, {"seen_at": seen_at})


def beats(db: Connection) -> Sequence[Heartbeat]:
    found = db.execute(select(heartbeats).order_by(heartbeats.c.name)).all()
    return [Heartbeat(row.name, rows.utc(row.seen_at)) for row in found]


def reject(db: Connection, rejection: Rejected) -> None:
    db.execute(
        insert(rejected).values(
            received_at=rejection.received_at.timestamp(),
            reason=rejection.reason,
            body=rejection.body,
        )
    )
    oldest = db.scalar(
        select(rejected.c.id).order_by(rejected.c.id.desc()).offset(REJECTED_KEPT - 1).limit(1)
    )
    if oldest is not None:
        db.execute(delete(rejected).where(rejected.c.id < oldest))


def rejections(db: Connection) -> Sequence[Rejected]:
    found = db.execute(select(rejected).order_by(rejected.c.id.desc())).all()
    return [Rejected(rows.utc(row.received_at), row.reason, row.body) for row in found]


def retry_on_change(db: Connection, digest: str, now: datetime) -> bool:
    known = db.scalar(select(meta.c.value).where(meta.c.key == "config_digest").with_for_update())
    if known == digest:
        return False
    if known is None:
        db.execute(insert(meta).values(key="config_digest", value=digest))
        return False
    db.execute(update(meta).where(meta.c.key == "config_digest").values(value=digest))
    db.execute(queries.retry(None, now.timestamp()))
    return True


def lanes(db: Connection) -> Mapping[str, Lane]:
    found = db.execute(select(lanes_table)).all()
    return {row.name: Lane(row.ready_at, row.held_until) for row in found}


def take_lane(db: Connection, name: str, change: Callable[[Lane], Lane]) -> Lane:
    mine = lanes_table.c.name == name
    row = db.execute(select(lanes_table).where(mine).with_for_update()).first()
    before = Lane(row.ready_at, row.held_until) if row else Lane()
    after = change(before)
    values = {"ready_at": after.ready_at, "held_until": after.held_until}
    if row is None:
        db.execute(insert(lanes_table).values(name=name, **values))
    elif after != before:
        db.execute(update(lanes_table).where(mine).values(values))
    return before
