"""Every statement on the queue, named. Portable SQL: the engines share it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, case, func, or_, select, update

from relay.store.contract import Work
from relay.store.schema import deliveries, groups, standings

d = deliveries.c


def due(now: float, held: Collection[str], limit: int) -> Select[str]:
    """Work that may be claimed, the most urgent first. Reads only what is not idle."""
    return (
        select(d.group_id)
        .where(
            d.work.in_([Work.PENDING, Work.PARKED]),
            d.due_at <= now,
            or_(d.lease.is_(None), d.lease_until <= now),
            d.lane.not_in(held),
        )
        .order_by(
            (d.work == Work.PARKED).asc(),
            d.rank.desc(),
            d.firing.desc(),
            d.waiting_since.asc(),
            d.group_id,
        )
        .limit(limit)
    )


def lease(group_id: str, name: str, now: float, until: float) -> Update:
    """Takes a lease, if nobody else did since it was seen to be free."""
    return (
        update(deliveries)
        .where(
            d.group_id == group_id,
            d.work.in_([Work.PENDING, Work.PARKED]),
            d.due_at <= now,
            or_(d.lease.is_(None), d.lease_until <= now),
        )
        .values(lease=name, lease_until=until)
    )


def held_by(group_id: str, lease: str) -> ColumnElement[bool]:
    """Our claim, if it is still ours."""
    return and_(d.group_id == group_id, d.lease == lease)


def hasten(now: float) -> Update:
    return update(deliveries).where(d.work == Work.PENDING, d.due_at > now).values(due_at=now)


def retry(group_id: str | None, now: float) -> Update:
    """Parked work becomes due and stays parked, so that it comes after what is pending."""
    statement = update(deliveries).where(d.work == Work.PARKED).values(due_at=now)
    return statement if group_id is None else statement.where(d.group_id == group_id)


def whole() -> Select[*tuple[Any, ...]]:
    """Groups with all that is known of them."""
    return (
        select(
            groups.c.state, groups.c.version, groups.c.updated_at, standings.c.standing, deliveries
        )
        .join(deliveries, groups.c.id == d.group_id)
        .join(standings, groups.c.id == standings.c.group_id, isouter=True)
    )


def overview(limit: int) -> Select[*tuple[Any, ...]]:
    """Groups with their deliveries, what needs a look first."""
    urgency = case((d.work == Work.PARKED, 0), (d.work == Work.PENDING, 1), else_=2)
    return (
        whole()
        .order_by(urgency, d.firing.desc(), d.rank.desc(), groups.c.updated_at.desc())
        .limit(limit)
    )


def queues() -> Select[str, int, int, float]:
    """By channel: how many wait, how many are parked, since when the oldest is undelivered."""
    return (
        select(
            d.channel,
            func.sum(case((d.work == Work.PENDING, 1), else_=0)),
            func.sum(case((d.work == Work.PARKED, 1), else_=0)),
            func.min(d.waiting_since),
        )
        .where(d.work.in_([Work.PENDING, Work.PARKED]))
        .group_by(d.channel)
        .order_by(d.channel)
    )
