"""Storms, their members and their digests on SQLAlchemy Core: parts of the store's transactions.

A digest has a row in `deliveries` like a group, so that it is claimed, sent and recorded the same
way. Rows of deliveries are locked before those of topics, always: no two transactions wait for
each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from relay.model import codec
from relay.model.delivered import Delivered
from relay.model.storm import (
    DIGEST_RANK,
    Covered,
    Digest,
    Gathered,
    Member,
    Membership,
    Storm,
    Waiting,
)
from relay.store import queries, rows
from relay.store.put import alone, forget
from relay.store.records import Followed, Gather, Topic, Work
from relay.store.schema import deliveries, groups, members, topics

MANY = 500
"""Databases limit the parameters of a statement."""

Following = Mapping[str, Sequence[Membership]]
"""The digests that follow groups, by the groups' IDs."""

_FOLLOWING = (
    select(members.c.group_id, topics.c.state, members.c.member, members.c.current)
    .join(members, members.c.topic_id == topics.c.id)
    .where(members.c.group_id.in_(bindparam("names", expanding=True)), members.c.following)
    .order_by(members.c.group_id, topics.c.id)
)
_DELIVERY = update(deliveries).where(queries.d.group_id == bindparam("name"))
_MEMBER = update(members).where(
    and_(members.c.topic_id == bindparam("topic"), members.c.group_id == bindparam("name"))
)


def memberships(db: Connection, names: Sequence[str]) -> Following:
    """The digests that follow groups, by the groups' IDs."""
    following: dict[str, list[Membership]] = {}
    for row in db.execute(_FOLLOWING, {"names": names}):
        member, storm = codec.load_member(row.member), codec.load_storm(row.state)
        following.setdefault(row.group_id, []).append(Membership(storm, member, row.current))
    return following


def follow(db: Connection, news: Sequence[tuple[str, Sequence[Followed], datetime]]) -> None:
    """Writes what the digests know of groups now; whichever would look different becomes due."""
    by_topic: dict[str, list[tuple[str, Followed, datetime]]] = {}
    for group_id, followed, now in news:
        for each in followed:
            by_topic.setdefault(each.topic_id, []).append((group_id, each, now))
    for topic_id in sorted(by_topic):  # no two transactions wait for each other
        _follow(db, topic_id, by_topic[topic_id])


def _follow(db: Connection, topic_id: str, news: Sequence[tuple[str, Followed, datetime]]) -> None:
    kept = [each for each in news if each[1].member]
    left = [{"name": name, "topic": topic_id} for name, each, _ in news if not each.member]
    if left:
        db.execute(_MEMBER.values(following=False, current=False), left)
    if not kept:
        return
    waits = db.execute(
        select(deliveries).where(queries.d.group_id == topic_id).with_for_update()
    ).one()
    state = select(topics.c.state).where(topics.c.id == topic_id).with_for_update()
    storm = codec.load_storm(db.execute(state).scalar_one())
    written: list[dict[str, Any]] = []
    for name, each, _ in kept:
        member = each.member
        assert member  # noqa: S101 - those are the ones that are kept; for the type checker
        if each.news:
            storm = replace(storm, count=storm.count + 1)
            member = replace(member, news=storm.count)
        written.append({"name": name, "topic": topic_id, **_member(member)})
    now = max(now for _, _, now in kept)
    _write_storm(db, storm, now)
    db.execute(_MEMBER, written)
    stirred = rows.stirred(waits, now)
    db.execute(update(deliveries).where(queries.d.group_id == topic_id).values(stirred))


def gather(db: Connection, channel: str, decide: Gather, now: datetime, most: int) -> bool:
    """Lets a digest tell of the groups that wait for a channel, if `decide` says so."""
    alone(db, f"storm in {channel}")
    # Locked first and read afterwards: nothing of them changes until the digest follows them.
    wanted = {"of": channel, "now": now.timestamp(), "most": most}
    names = db.scalars(queries.waiting(), wanted).all()
    waiting: list[Waiting] = []
    for start in range(0, len(names), MANY):
        some = queries.whole().where(groups.c.id.in_(names[start : start + MANY]))
        waiting += [
            Waiting(
                row.group_id,
                codec.load_state(row.state),
                codec.load_delivered(row.delivered),
                over=row.lane.startswith("edit "),
            )
            for row in db.execute(some)
        ]
    gathered = decide(_last(db, channel), waiting)
    if gathered is None:
        return False
    _write(db, gathered, now)
    return True


def _last(db: Connection, channel: str) -> Storm | None:
    """The channel's last storm, whose digest nobody else changes until we are done."""
    last = db.scalar(
        select(topics.c.id)
        .where(topics.c.kind == Topic.DIGEST, topics.c.name == channel)
        .order_by(topics.c.until.desc())
        .limit(1)
    )
    if last is None:
        return None
    db.execute(select(deliveries).where(queries.d.group_id == last).with_for_update())
    state = db.scalar(select(topics.c.state).where(topics.c.id == last))
    return codec.load_storm(state) if state else None


def digest(db: Connection, topic_id: str, storm: str) -> Digest:
    """A digest with its members in the order in which they joined."""
    found = db.scalars(select(members.c.member).where(members.c.topic_id == topic_id))
    known = [codec.load_member(member) for member in found]
    return Digest(codec.load_storm(storm), tuple(sorted(known, key=lambda each: each.joined)))


def acknowledge(db: Connection, storm_id: str, by: str, at: datetime, now: datetime) -> bool:
    waits = db.execute(
        select(deliveries).where(queries.d.group_id == storm_id).with_for_update()
    ).first()
    state = db.scalar(
        select(topics.c.state)
        .where(topics.c.id == storm_id, topics.c.kind == Topic.DIGEST)
        .with_for_update()
    )
    if waits is None or state is None:
        return False
    storm = codec.load_storm(state)
    known = {"acknowledged_by": by, "acknowledged_at": at, "acknowledged": storm.count}
    none = {"acknowledged_by": "", "acknowledged_at": None, "acknowledged": 0}
    _write_storm(db, replace(storm, **(known if by else none)), now)
    stirred = rows.stirred(waits, now)
    db.execute(update(deliveries).where(queries.d.group_id == storm_id).values(stirred))
    return True


def stir(db: Connection, group_id: str, now: datetime) -> None:
    """The digests that follow a group look different now."""
    following = select(members.c.topic_id).where(
        members.c.group_id == group_id, members.c.following
    )
    waits = db.execute(
        select(deliveries)
        .where(queries.d.group_id.in_(following))
        .order_by(queries.d.group_id)
        .with_for_update()
    ).all()
    for each in waits:
        counted = {"version": topics.c.version + 1}
        db.execute(update(topics).where(topics.c.id == each.group_id).values(counted))
        stirred = rows.stirred(each, now)
        db.execute(update(deliveries).where(queries.d.group_id == each.group_id).values(stirred))


def digests(db: Connection, limit: int) -> Sequence[Digest]:
    """The latest storms."""
    latest = (
        select(topics.c.id, topics.c.state)
        .where(topics.c.kind == Topic.DIGEST)
        .order_by(topics.c.until.desc())
        .limit(limit)
    )
    return [digest(db, row.id, row.state) for row in db.execute(latest).all()]


def prune(db: Connection, before: datetime, limit: int) -> int:
    """Forgets storms that are over, delivered, and have no member that still fires."""
    fires = select(members.c.topic_id).where(members.c.following, members.c.firing)
    old = db.scalars(
        select(topics.c.id)
        .join(deliveries, queries.d.group_id == topics.c.id)
        .where(
            topics.c.kind == Topic.DIGEST,
            topics.c.updated_at < before.timestamp(),
            queries.d.work == Work.IDLE,
            queries.d.lease.is_(None),
            topics.c.id.not_in(fires),
        )
        .limit(limit)
        .with_for_update(of=deliveries, skip_locked=True)
    ).all()
    if old:
        db.execute(delete(members).where(members.c.topic_id.in_(old)))
        forget(db, old)
    return len(old)


def _write(db: Connection, gathered: Gathered, now: datetime) -> None:
    storm = gathered.storm
    _write_storm(db, storm, now)
    joined = [member.group_id for member in gathered.members]
    for start in range(0, len(joined), MANY):
        some = joined[start : start + MANY]
        db.execute(update(members).where(members.c.group_id.in_(some)).values(current=False))
        db.execute(
            delete(members).where(members.c.topic_id == storm.id, members.c.group_id.in_(some))
        )
    if joined:
        keys = {"topic_id": storm.id, "current": True, "following": True}
        db.execute(
            insert(members),
            [keys | {"group_id": each.group_id} | _member(each) for each in gathered.members],
        )
    _cover(db, gathered.covered, now)
    old = db.execute(select(deliveries).where(queries.d.group_id == storm.id)).first()
    if old:
        stirred = rows.stirred(old, now)
        db.execute(update(deliveries).where(queries.d.group_id == storm.id).values(stirred))
        return
    fresh = rows.FRESH | rows.woken(None, now)
    fresh |= {"channel": storm.channel, "lane": f"post {storm.channel}"}
    fresh |= {"group_id": storm.id, "firing": True, "rank": DIGEST_RANK}
    fresh |= {"delivered": codec.dump_delivered(Delivered())}
    db.execute(insert(deliveries).values(fresh))


def _cover(db: Connection, covered: Sequence[Covered], now: datetime) -> None:
    """The groups that the digest tells from now on: nothing more is to be done, or an edit."""
    told = [{"name": one.group_id, "delivered": codec.dump_delivered(one.delivered)}
            for one in covered if not one.edit]  # fmt: skip
    edited = [
        {
            "name": one.group_id,
            "delivered": codec.dump_delivered(one.delivered),
            "channel": one.channel,
            "lane": one.lane,
            "due_at": now.timestamp(),
        }
        for one in covered
        if one.edit
    ]
    if told:
        resting = {"work": Work.IDLE, "due_at": None, "waiting_since": None}
        db.execute(_DELIVERY.values(resting), told)
    if edited:
        db.execute(_DELIVERY, edited)


def _write_storm(db: Connection, storm: Storm, now: datetime) -> None:
    values = {
        "state": codec.dump_storm(storm),
        "until": storm.ends_at.timestamp(),
        "updated_at": now.timestamp(),
    }
    counted = values | {"version": topics.c.version + 1}
    if not db.execute(update(topics).where(topics.c.id == storm.id).values(counted)).rowcount:
        fixed = {"id": storm.id, "kind": Topic.DIGEST, "name": storm.channel, "version": 1}
        db.execute(insert(topics).values(values | fixed))


def _member(member: Member) -> dict[str, Any]:
    return {"member": codec.dump_member(member), "firing": member.firing}
