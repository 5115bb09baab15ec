"""Webhooks on SQLAlchemy Core: many in one transaction, each of another group.

What a statement costs is mostly its own, however many rows it is about: so there are as many
statements for one webhook as for sixty. They are made once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from relay.model import codec
from relay.model.group import Status
from relay.model.state import State
from relay.store import queries, rows, sqlhistory, sqlstorms
from relay.store.records import Change, Known, Wanted
from relay.store.schema import deliveries, groups

KEPT = ("delivered", "work", "due_at", "waiting_since", "channel", "lane")
"""Columns of a delivery that a webhook may change, or leave as they are."""

_LOCKED = (
    # Both are locked: PostgreSQL reads anew, after it had to wait, only what it locks. Always in
    # the same order, so that no two processes wait for each other.
    select(deliveries, groups.c.state, groups.c.version)
    .join(groups, groups.c.id == deliveries.c.group_id)
    .where(groups.c.id.in_(bindparam("names", expanding=True)))
    .order_by(groups.c.id)
    .with_for_update()
)
_NEW_DELIVERY, _NEW_GROUP = insert(deliveries), insert(groups)
_DELIVERY = update(deliveries).where(queries.d.group_id == bindparam("name"))
_GROUP = update(groups).where(groups.c.id == bindparam("name"))


@dataclass(frozen=True)
class Incoming:
    """One webhook: what becomes of its group."""

    group_id: str
    change: Change
    now: datetime


@dataclass(frozen=True)
class _Judged:
    """One webhook, with what was known and what is known now."""

    came: Incoming
    old: Any  # the row; None for a new group
    before: State | None
    wanted: Wanted


def take_in(db: Connection, incoming: Sequence[Incoming]) -> None:
    ordered = sorted(incoming, key=lambda each: each.group_id)
    names = [each.group_id for each in ordered]
    old = {row.group_id: row for row in db.execute(_LOCKED, {"names": names})}
    following = sqlstorms.memberships(db, list(old)) if old else {}
    judged = [_judged(each, old.get(each.group_id), following) for each in ordered]
    _write(db, judged)
    followed = [(each.came.group_id, each.wanted.followed, each.came.now) for each in judged]
    sqlstorms.follow(db, [each for each in followed if each[1]])
    events = [
        (each.came.group_id, event)
        for each in judged
        for event in sqlhistory.of_webhook(each.before, each.wanted, each.came.now)
    ]
    sqlhistory.add(db, events, grown=old)


def _judged(came: Incoming, old: Any, following: sqlstorms.Following) -> _Judged:
    if old is None:
        return _Judged(came, None, None, came.change(Known()))
    state, delivered = codec.load_state(old.state), codec.load_delivered(old.delivered)
    known = Known(state, delivered, tuple(following.get(came.group_id, ())))
    return _Judged(came, old, state, came.change(known))


def _write(db: Connection, judged: Sequence[_Judged]) -> None:
    new = [each for each in judged if each.old is None]
    known = [each for each in judged if each.old is not None]
    if new:
        db.execute(_NEW_DELIVERY, [{"group_id": each.came.group_id, **_work(each)} for each in new])
        db.execute(_NEW_GROUP, [{"id": each.came.group_id, **_group(each)} for each in new])
    if known:
        db.execute(_GROUP, [{"name": each.came.group_id, **_group(each)} for each in known])
        db.execute(_DELIVERY, [{"name": each.came.group_id, **_work(each)} for each in known])


def _group(each: _Judged) -> dict[str, Any]:
    wanted = each.wanted
    return {
        "state": codec.dump_state(wanted.state),
        "version": (each.old.version if each.old else 0) + int(wanted.changed),
        "firing": wanted.state.group.status is Status.FIRING,
        "rank": wanted.rank,
        "updated_at": each.came.now.timestamp(),
    }


def _work(each: _Judged) -> dict[str, Any]:
    """A delivery's columns: always the same ones, so that all rows fit one statement."""
    old, wanted = each.old, each.wanted
    kept = {name: getattr(old, name) for name in KEPT} if old else rows.FRESH
    firing = wanted.state.group.status is Status.FIRING
    changed = rows.wanted(old, wanted, each.came.now)
    return {**kept, "firing": firing, "rank": wanted.rank, **changed}
