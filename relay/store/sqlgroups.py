"""Groups on SQLAlchemy Core: parts of the store's transactions.

A group's row in `deliveries` is what transactions on the group wait for: it is locked first.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from relay.model import codec
from relay.model.group import Status
from relay.model.standing import Standing
from relay.store import queries, rows, sqlhistory, sqlstorms
from relay.store.contract import Change, Known, Overview, Stand, Wanted, Work
from relay.store.put import put
from relay.store.schema import deliveries, groups, history, standings


def take_in(db: Connection, group_id: str, change: Change, now: datetime) -> None:
    old = db.execute(
        # Both are locked: PostgreSQL reads anew, after it had to wait, only what it locks.
        select(deliveries, groups.c.state, groups.c.version)
        .join(groups, groups.c.id == deliveries.c.group_id)
        .where(groups.c.id == group_id)
        .with_for_update()
    ).first()
    wanted = change(_known(db, group_id, old) if old else Known())
    _store(db, group_id, old, wanted, now)
    sqlstorms.follow(db, group_id, wanted.followed, now)
    known = codec.load_state(old.state) if old else None
    sqlhistory.took_in(db, group_id, known, wanted, now)


def _store(db: Connection, group_id: str, old: Any, wanted: Wanted, now: datetime) -> None:
    group: dict[str, Any] = {
        "state": codec.dump_state(wanted.state),
        "version": (old.version if old else 0) + int(wanted.changed),
        "firing": wanted.state.group.status is Status.FIRING,
        "rank": wanted.rank,
        "updated_at": now.timestamp(),
    }
    work: dict[str, Any] = {"firing": group["firing"], "rank": wanted.rank}
    work |= rows.wanted(old, wanted, now)
    if old:
        db.execute(update(groups).where(groups.c.id == group_id).values(group))
        db.execute(update(deliveries).where(queries.d.group_id == group_id).values(work))
    else:
        db.execute(insert(deliveries).values(group_id=group_id, **rows.FRESH | work))
        db.execute(insert(groups).values(id=group_id, **group))


def _known(db: Connection, group_id: str, row: Any) -> Known:
    """A group that is not new."""
    state, delivered = codec.load_state(row.state), codec.load_delivered(row.delivered)
    return Known(state, delivered, sqlstorms.memberships(db, group_id))


def stand(db: Connection, group_id: str, change: Stand, now: datetime) -> Standing | None:
    db.execute(select(deliveries).where(queries.d.group_id == group_id).with_for_update())
    old = db.execute(queries.whole().where(groups.c.id == group_id)).first()
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
    row = db.execute(queries.whole().where(groups.c.id == group_id)).first()
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
