"""Groups on SQLAlchemy Core: parts of the store's transactions.

A group's row in `deliveries` is what transactions on the group wait for: it is locked first.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from relay.model import codec
from relay.model.standing import Standing
from relay.store import queries, rows, sqlstorms
from relay.store.put import put
from relay.store.records import Overview, Stand, Work
from relay.store.schema import deliveries, groups, history, standings


def stand(db: Connection, group_id: str, change: Stand, now: datetime) -> Standing | None:
    db.execute(select(deliveries).where(queries.d.group_id == group_id).with_for_update())
    old = db.execute(queries.of_group(), {"name": group_id}).first()
    if old is None:
        return None
    before = codec.load_standing(old.standing)
    after = change(before)
    if after != before:
        put(db, standings, {"group_id": group_id}, {"standing": codec.dump_standing(after)})
        version = {"version": groups.c.version + 1}
        db.execute(update(groups).where(groups.c.id == group_id).values(version))
        woken = rows.woken(old, now)
        db.execute(update(deliveries).where(queries.d.group_id == group_id).values(woken))
        sqlstorms.stir(db, group_id, now)
    return after


def find(db: Connection, group_id: str) -> Overview | None:
    row = db.execute(queries.of_group(), {"name": group_id}).first()
    return rows.overview(row) if row else None


def prune(db: Connection, before: datetime, limit: int) -> int:
    """Forgets resolved groups that are delivered; the oldest, so many at most."""
    old = (
        select(groups.c.id)
        .join(deliveries, queries.d.group_id == groups.c.id)
        .where(
            groups.c.firing.is_(False),
            groups.c.updated_at < before.timestamp(),
            queries.d.work == Work.IDLE,
            queries.d.lease.is_(None),
        )
        .order_by(groups.c.updated_at)
        .limit(limit)
        .with_for_update(of=deliveries, skip_locked=True)
    )
    names = db.scalars(old).all()
    if names:
        db.execute(delete(groups).where(groups.c.id.in_(names)))
        db.execute(delete(deliveries).where(queries.d.group_id.in_(names)))
        db.execute(delete(standings).where(standings.c.group_id.in_(names)))
        db.execute(delete(history).where(history.c.group_id.in_(names)))
    return len(names)
