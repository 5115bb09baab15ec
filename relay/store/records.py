"""What goes into the store and comes out of it, as plain data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from relay.model.delivered import Delivered, Intent
from relay.model.group import Group, Status
from relay.model.standing import Standing
from relay.model.state import State
from relay.model.storm import Digest, Gathered, Member, Membership, Storm, Waiting
from relay.model.watch import Trouble, Watch


class Work(StrEnum):
    """States of a group's delivery."""

    IDLE = "idle"  # Slack shows the group as it is
    PENDING = "pending"  # Slack has to be told, not before `due_at`
    PARKED = "parked"  # Slack refused for good; tried again at `due_at`, if at all


class Topic(StrEnum):
    """What the relay speaks of by itself."""

    DIGEST = "digest"  # a storm in a channel
    HEARTBEAT = "heartbeat"
    OPERATIONS = "operations"  # the relay's own trouble


@dataclass(frozen=True)
class Known:
    """What the store has of a group when a webhook comes."""

    state: State | None = None
    delivered: Delivered = field(default_factory=Delivered)
    memberships: tuple[Membership, ...] = ()  # the digests that follow it


@dataclass(frozen=True)
class Followed:
    """What a digest is to know of a group; None: it follows it no longer."""

    topic_id: str
    member: Member | None
    news: bool = False  # which people should hear of


@dataclass(frozen=True)
class Wanted:
    """A group's new state, and where telling it leads."""

    state: State
    changed: bool  # people would see a difference
    rank: int  # of its severity; the highest is delivered first
    channel: str
    lane: str  # what Slack's limits apply to; a lane that is held is not claimed from
    due: bool = True  # if changed: the group's own message or thread has to say so
    covered: Delivered | None = None  # what people know of it, if a digest tells it
    followed: tuple[Followed, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One group's work, or a digest's, held by us until the lease ends."""

    group_id: str
    lease: str
    version: int  # of the state that was read
    state: State | Digest | Watch | Trouble  # of trouble nothing is kept: it is looked up
    delivered: Delivered
    intent: Intent | None
    work: Work  # idle: it asked to be looked at again now
    attempts: int  # failures in a row
    standing: Standing
    membership: Membership | None = None  # the digest that speaks for the group


@dataclass(frozen=True)
class Verdict:
    """How a claim ends. A state that came in meanwhile makes the work pending again."""

    work: Work
    delivered: Delivered
    intent: Intent | None = None
    due_at: datetime | None = None  # None: now if pending, never by itself if idle or parked
    attempts: int = 0
    reason: str = ""  # why it failed; "" leaves the last failure on record
    channel: str = ""
    lane: str = ""
    sent_at: datetime | None = None  # when Slack accepted something, if it did


@dataclass(frozen=True)
class Overview:
    """One group, as the page shows it."""

    group_id: str
    state: State
    work: Work
    channel: str
    waiting_since: datetime | None
    due_at: datetime | None
    attempts: int
    last_error: str
    last_error_at: datetime | None
    sent_at: datetime | None
    standing: Standing
    since: datetime | None = None  # what was over by then is not part of what its message shows
    membership: Membership | None = None  # the digest that speaks for the group

    @property
    def group(self) -> Group:
        """The group as its message shows it."""
        return self.state.since(self.since)


@dataclass(frozen=True)
class Look:
    """Which groups somebody wants to see."""

    words: tuple[str, ...] = ()  # each stands somewhere in what is known of the group
    status: Status | None = None
    work: tuple[Work, ...] = ()  # () is any


EVERYTHING = Look()


@dataclass(frozen=True)
class Queue:
    """What waits for one channel."""

    channel: str
    pending: int
    parked: int
    oldest: datetime  # since when the longest waiting has been undelivered


@dataclass(frozen=True)
class Heartbeat:
    """A group that should always fire, and when it was last heard to."""

    name: str
    seen_at: datetime


@dataclass(frozen=True)
class Rejected:
    """A body that was no webhook, kept for a person to see."""

    received_at: datetime
    reason: str
    body: str


@dataclass(frozen=True)
class Crowd:
    """Groups that wait for one channel's new messages, and are in no storm yet.

    `over` are those that wait for an edit, to be shown resolved, and that no digest follows.
    """

    channel: str
    waiting: int
    storming: bool  # there is a storm that they can join
    over: int = 0


@dataclass(frozen=True)
class Lane:
    """What is left of a lane's rate. All times are seconds since 1970; 0 is long ago."""

    ready_at: float = 0.0  # when all that was taken is paid for
    held_until: float = 0.0  # Slack asked to be left alone


Change = Callable[[Known], Wanted]
Gather = Callable[[Storm | None, Sequence[Waiting]], Gathered | None]
Stand = Callable[[Standing], Standing]
