"""Every statement on the queue, named. Portable SQL: the engines share it."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, case, func, or_, select, update

from relay.model.group import Status
from relay.store.contract import Look, Work
from relay.store.schema import deliveries, groups, members, standings, topics, turns

d = deliveries.c

STEP = 5.0
MEMORY = 30.0
"""Seconds; a channel that was not served for so long has nothing to catch up on."""


def due(now: float, held: Collection[str]) -> Select[str, str]:
    """The work to be claimed next, with its channel. Idle work mostly has no time to be due.

    A channel waits for its turn: the one that was served longest ago goes first, each step of
    severity counting as `STEP` seconds. So what is severe goes first, and no channel's storm keeps
    another's news from being told.
    """
    served = case((turns.c.at > now - MEMORY, turns.c.at), else_=now - MEMORY)
    return (
        select(d.group_id, d.channel)
        .join(turns, turns.c.channel == d.channel, isouter=True)
        .where(
            d.work.in_(list(Work)),
            d.due_at <= now,
            _free(now),
            d.lane.not_in(held),
        )
        .order_by(
            (d.work == Work.PARKED).asc(),
            (served - STEP * d.rank).asc(),
            d.rank.desc(),
            d.firing.desc(),
            d.waiting_since.asc(),
            d.group_id,
        )
        .limit(1)
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
            groups.c.state,
            groups.c.version,
            groups.c.updated_at,
            standings.c.standing,
            members.c.member,
            topics.c.state.label("storm"),
            deliveries,
        )
        .join(deliveries, groups.c.id == d.group_id)
        .join(standings, groups.c.id == standings.c.group_id, isouter=True)
        .join(members, and_(members.c.group_id == groups.c.id, members.c.current), isouter=True)
        .join(topics, topics.c.id == members.c.topic_id, isouter=True)
    )


def topic(topic_id: str) -> Select[*tuple[Any, ...]]:
    """What the relay speaks of by itself, with its delivery."""
    return (
        select(topics.c.state, topics.c.version, topics.c.kind, deliveries)
        .join(deliveries, topics.c.id == d.group_id)
        .where(topics.c.id == topic_id)
    )


def waiting(channel: str, now: float, most: int) -> Select[str]:
    """Groups that a digest may tell of: no storm that goes on has them, nobody works on them, and
    it is known what became of their last post. What waits for a post, and is severe, is first."""
    found = _crowded(select(d.group_id), now).where(d.channel == channel)
    return found.order_by(
        d.lane.like("post %").desc(), d.rank.desc(), d.waiting_since, d.group_id
    ).limit(most)


def crowds(now: float) -> Select[str, int, int]:
    """By channel: how many groups wait, and are in no storm that goes on; and how many are over."""
    over = func.sum(case((_over(), 1), else_=0))
    return _crowded(select(d.channel, func.count(), over), now).group_by(d.channel)


def _over() -> ColumnElement[bool]:
    """Whether a group is over, and its message has yet to say so."""
    return and_(d.lane.like("edit %"), d.firing.is_(False), d.work == Work.PENDING)


def _crowded(chosen: Select[*tuple[Any, ...]], now: float) -> Select[*tuple[Any, ...]]:
    return (
        chosen.join(groups, groups.c.id == d.group_id)
        .join(members, and_(members.c.group_id == groups.c.id, members.c.current), isouter=True)
        .join(topics, topics.c.id == members.c.topic_id, isouter=True)
        .where(
            or_(d.work == Work.PENDING, and_(d.work == Work.IDLE, d.due_at <= now)),
            or_(
                and_(d.lane.like("post %"), or_(topics.c.id.is_(None), topics.c.until <= now)),
                and_(_over(), members.c.group_id.is_(None)),
            ),
            d.intent.is_(None),
            _free(now),
        )
    )


def _free(now: float) -> ColumnElement[bool]:
    """Whether nobody works on it."""
    return or_(d.lease.is_(None), d.lease_until <= now)


def overview(limit: int, look: Look) -> Select[*tuple[Any, ...]]:
    """Groups with their deliveries, what needs a look first."""
    urgency = case((d.work == Work.PARKED, 0), (d.work == Work.PENDING, 1), else_=2)
    wanted = [groups.c.state.icontains(_as_stored(word), autoescape=True) for word in look.words]
    if look.status is not None:
        wanted.append(groups.c.firing == (look.status is Status.FIRING))
    if look.work:
        wanted.append(d.work.in_(look.work))
    return (
        whole()
        .where(*wanted)
        .order_by(urgency, d.firing.desc(), d.rank.desc(), groups.c.updated_at.desc(), groups.c.id)
        .limit(limit)
    )


def _as_stored(word: str) -> str:
    """A word as it stands in a state's JSON; "host=h1" is a label and how its value begins."""
    key, equals, value = word.partition("=")
    if equals and key:
        return f"{json.dumps(key)}:{json.dumps(value)[:-1]}"
    return json.dumps(word)[1:-1]


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
