"""Rows of the tables to the contract's data, and back."""

from datetime import UTC, datetime
from typing import Any

from relay.model import codec
from relay.model.delivered import Delivered
from relay.model.standing import Standing
from relay.model.storm import Digest, Membership
from relay.model.watch import Trouble, Watch
from relay.store.records import Claim, Overview, Verdict, Wanted, Work

DIGEST_SECONDS = 1.0
"""How long a digest gathers news at least."""

FRESH: dict[str, Any] = {
    "work": Work.IDLE,
    "due_at": None,
    "waiting_since": None,
    "channel": "",
    "lane": "",
    "attempts": 0,
    "delivered": codec.dump_delivered(Delivered()),
    "intent": None,
    "lease": None,
    "lease_until": 0.0,
    "last_error": "",
}
"""A delivery before anything is known."""


def woken(old: Any, now: datetime) -> dict[str, Any]:
    """Work that a new state makes pending. One that waits for Slack to recover keeps waiting."""
    waits = old is not None and old.work == Work.PENDING and old.attempts
    return {
        "work": Work.PENDING,
        "due_at": old.due_at if waits else now.timestamp(),
        "waiting_since": (old.waiting_since if old else None) or now.timestamp(),
    }


def stirred(old: Any, now: datetime) -> dict[str, Any]:
    """The same for a digest, of which a thousand groups may have news within a second."""
    values = woken(old, now)
    if old.work == Work.PENDING and not old.attempts:
        values["due_at"] = min(old.due_at, now.timestamp() + DIGEST_SECONDS)
    return values


def wanted(old: Any, wish: Wanted, now: datetime) -> dict[str, Any]:
    """The columns of a delivery that a new state changes."""
    idle = old is None or (old.intent is None and not _held(old, now))
    told = wish.covered if idle else None
    values: dict[str, Any] = {"delivered": codec.dump_delivered(told)} if told else {}
    # What a digest tells needs no work of its own; but whoever holds it is to look again.
    if wish.changed and (wish.due or (wish.covered and not idle)):
        values |= {"channel": wish.channel, "lane": wish.lane, **woken(old, now)}
    return values


def _held(old: Any, now: datetime) -> bool:
    return old.lease is not None and bool(old.lease_until > now.timestamp())


def after(verdict: Verdict, since: float | None, now: datetime) -> dict[str, Any]:
    """The columns that say what happens to a group's work after a claim. `since`: when it began to
    wait."""
    due_at = verdict.due_at.timestamp() if verdict.due_at else None
    match verdict.work:
        case Work.IDLE:
            return {"work": Work.IDLE, "due_at": due_at, "waiting_since": None}
        case Work.PENDING:
            at = now.timestamp()
            since = at if since is None else since
            return {"work": Work.PENDING, "due_at": due_at or at, "waiting_since": since}
        case Work.PARKED:
            return {"work": Work.PARKED, "due_at": due_at}


def claim(row: Any, lease: str) -> Claim:
    """A group with its delivery, just leased."""
    return Claim(
        group_id=row.group_id,
        lease=lease,
        version=row.version,
        state=codec.load_state(row.state),
        delivered=codec.load_delivered(row.delivered),
        intent=codec.load_intent(row.intent) if row.intent else None,
        work=Work(row.work),
        attempts=row.attempts,
        standing=codec.load_standing(row.standing),
        membership=membership(row),
    )


def topic_claim(row: Any, lease: str, topic: Digest | Watch | Trouble) -> Claim:
    """What the relay speaks of by itself, with its delivery, just leased."""
    return Claim(
        group_id=row.group_id,
        lease=lease,
        version=row.version,
        state=topic,
        delivered=codec.load_delivered(row.delivered),
        intent=codec.load_intent(row.intent) if row.intent else None,
        work=Work(row.work),
        attempts=row.attempts,
        standing=Standing(),
    )


def membership(row: Any) -> Membership | None:
    """The digest that speaks for a group."""
    if row.member is None:
        return None
    return Membership(codec.load_storm(row.storm), codec.load_member(row.member))


def overview(row: Any) -> Overview:
    return Overview(
        group_id=row.group_id,
        state=codec.load_state(row.state),
        work=Work(row.work),
        channel=row.channel,
        waiting_since=maybe_utc(row.waiting_since),
        due_at=maybe_utc(row.due_at),
        attempts=row.attempts,
        last_error=row.last_error,
        last_error_at=maybe_utc(row.last_error_at),
        sent_at=maybe_utc(row.sent_at),
        standing=codec.load_standing(row.standing),
        since=codec.load_delivered(row.delivered).thread.since,
        membership=membership(row),
    )


def utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def maybe_utc(seconds: float | None) -> datetime | None:
    return None if seconds is None else utc(seconds)
