"""Every statement on the queue, named. Portable SQL: the engines share it.

To make a statement takes as long as to run it: what a step of the delivery needs is made once, and
is given its values by name.
"""

import json
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Integer,
    Select,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)

from relay.model.group import Status
from relay.store.records import Look, Work
from relay.store.schema import deliveries, groups, members, standings, topics, turns

d = deliveries.c

NOW = bindparam("now", type_=Double)

STEP = 5.0
MEMORY = 30.0
"""Seconds; a channel that was not served for so long has nothing to catch up on."""

AT_ONCE = 5  # groups that are fetched to be looked at: one may have megabytes


@cache
def due(lock: bool = False) -> Select[str, str]:
    """The work to be claimed next, with its channel; of `now`, without the lanes `held`. Idle work
    mostly has no time to be due. `lock`: for whoever claims it; what others have locked is left.

    A channel waits for its turn: the one that was served longest ago goes first, each step of
    severity counting as `STEP` seconds. So what is severe goes first, and no channel's storm keeps
    another's news from being told.
    """
    served = case((turns.c.at > NOW - MEMORY, turns.c.at), else_=NOW - MEMORY)
    found = (
        select(d.group_id, d.channel)
        .join(turns, turns.c.channel == d.channel, isouter=True)
        .where(
            d.work.in_(list(Work)),
            d.due_at <= NOW,
            _free(),
            d.lane.not_in(bindparam("held", expanding=True)),
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
    return found.with_for_update(of=deliveries, skip_locked=True) if lock else found


def hasten(now: float) -> Update:
    return update(deliveries).where(d.work == Work.PENDING, d.due_at > now).values(due_at=now)


def retry(group_id: str | None, now: float) -> Update:
    """Parked work becomes due and stays parked, so that it comes after what is pending."""
    statement = update(deliveries).where(d.work == Work.PARKED).values(due_at=now)
    return statement if group_id is None else statement.where(d.group_id == group_id)


@cache
def of_group() -> Select[*tuple[Any, ...]]:
    """The group `name` with all that is known of it."""
    return whole().where(groups.c.id == bindparam("name"))


@cache
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


@cache
def topic() -> Select[*tuple[Any, ...]]:
    """`name`: what the relay speaks of by itself, with its delivery."""
    return (
        select(topics.c.state, topics.c.version, topics.c.kind, deliveries)
        .join(deliveries, topics.c.id == d.group_id)
        .where(topics.c.id == bindparam("name"))
    )


@cache
def waiting() -> Select[str]:
    """Groups that a digest may tell of, of the channel `of`, `most` of them: no storm that goes on
    has them, nobody works on them, and it is known what became of their last post. What waits for
    a post, and is severe, is first."""
    found = (
        _crowded(select(d.group_id))
        .where(d.channel == bindparam("of"))
        .order_by(d.lane.like("post %").desc(), d.rank.desc(), d.waiting_since, d.group_id)
        .limit(bindparam("most", type_=Integer))
    )
    return found.with_for_update(of=deliveries, skip_locked=True)


@cache
def crowds() -> Select[str, int, int]:
    """By channel: how many groups wait, and are in no storm that goes on; and how many are over."""
    over = func.sum(case((_over(), 1), else_=0))
    return _crowded(select(d.channel, func.count(), over)).group_by(d.channel)


def _over() -> ColumnElement[bool]:
    """Whether a group is over, and its message has yet to say so."""
    return and_(d.lane.like("edit %"), d.firing.is_(False), d.work == Work.PENDING)


def _crowded(chosen: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        chosen.join(groups, groups.c.id == d.group_id)
        .join(members, and_(members.c.group_id == groups.c.id, members.c.current), isouter=True)
        .join(topics, topics.c.id == members.c.topic_id, isouter=True)
        .where(
            or_(d.work == Work.PENDING, and_(d.work == Work.IDLE, d.due_at <= NOW)),
            or_(
                and_(d.lane.like("post %"), or_(topics.c.id.is_(None), topics.c.until <= NOW)),
                and_(_over(), members.c.group_id.is_(None)),
            ),
            d.intent.is_(None),
            _free(),
        )
    )


def _free() -> ColumnElement[bool]:
    """Whether nobody works on it."""
    return or_(d.lease.is_(None), d.lease_until <= NOW)


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
        .execution_options(stream_results=True, yield_per=AT_ONCE)
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
