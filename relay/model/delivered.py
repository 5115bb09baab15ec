"""What Slack was told of a group, as far as we know for certain, and what we are about to tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from relay.model.group import Alert, Status


@dataclass(frozen=True)
class Told:
    """What people were told of one alert."""

    starts_at: datetime
    status: Status


@dataclass(frozen=True)
class MessageRef:
    """A message in Slack: the channel's ID as chat.postMessage returned it, and its `ts`."""

    channel_id: str
    ts: str
    channel: str  # as it was configured when the message was posted


@dataclass(frozen=True)
class Accounted:
    """What a digest said beyond its message. The numbers are of the storm's `count`."""

    woke_at: datetime | None = None  # when it last was a new post, with what joined until then
    edited_at: datetime | None = None
    announced: int = 0  # people heard of the news up to here
    worst: int = -1  # the rank of the worst severity that they heard of
    listed: int = 0  # the members that joined up to here are listed in the thread
    listed_at: datetime | None = None
    lists: int = 0  # how many replies list them
    escalated: int = 0  # how often more were called since then, nobody having acknowledged it
    escalated_from: datetime | None = None


@dataclass(frozen=True)
class Thread:
    """What a group's message and thread said beyond the state of its alerts."""

    since: datetime | None = None  # what was over by then is the message's before it
    called_at: datetime | None = None  # when people were called for this episode
    escalated: int = 0  # how many more were called since, nobody having acknowledged it
    replied_at: datetime | None = None  # when the thread last told the channel of what joined
    worst: int = -1  # the rank of the worst severity that people were called for
    fired: tuple[datetime, ...] = ()  # when it fired lately: whether it flaps
    resolved: tuple[str, ...] = ()  # alerts whose end the thread has yet to tell
    resolved_at: datetime | None = None  # since when it has to
    listed: str = ""  # the last alert that the thread's full list names
    named: int = 0  # how many that names
    lists: int = 0  # replies that list


@dataclass(frozen=True)
class Delivered:
    """The group's message, and what it and its thread said. `told` is by alert fingerprint."""

    message: MessageRef | None = None  # None: never posted, or gone from Slack
    fingerprint: str = ""  # of the content that the message has
    shown: Status = Status.FIRING  # the state that the message shows
    shown_until: datetime | None = None  # when the group ended, if it shows resolved
    told: Mapping[str, Told] = field(default_factory=dict)
    accounted: Accounted = Accounted()
    thread: Thread = Thread()

    @property
    def alarmed(self) -> bool:
        """Whether people were told of trouble, and not yet that it is over."""
        return bool(self.fingerprint) and self.shown is Status.FIRING

    def untold(self, alerts: Iterable[Alert]) -> tuple[Alert, ...]:
        """The alerts of which people do not know that they fired (again)."""
        return tuple(alert for alert in alerts if self._news(alert))

    def _news(self, alert: Alert) -> bool:
        told = self.told.get(alert.fingerprint)
        if told is None or alert.starts_at > told.starts_at:
            return True
        return alert.firing and told.status is Status.RESOLVED


class Kind(StrEnum):
    """What a post is."""

    POST = "post"  # the group's message
    BROADCAST = "broadcast"  # a reply in its thread that the channel sees, too
    REPLY = "reply"  # a reply in its thread


@dataclass(frozen=True)
class Intent:
    """Committed before a post is sent: if we never learn its fate, the token finds it in Slack.

    `after` is what will be true once Slack has accepted, but for the message's own place.
    """

    token: str  # in the block_id of the post's first block
    kind: Kind
    channel: str
    thread_ts: str  # "" for a group's message
    at: datetime
    after: Delivered
    looked: int = 0  # how often Slack answered nonsense when asked for the post
    pages: int = 0  # how many pages of the channel's messages were looked through for it
    cursor: str = ""  # where the next page begins


def told_of(alerts: Iterable[Alert]) -> dict[str, Told]:
    """What people know once these alerts are shown to them."""
    return {alert.fingerprint: Told(alert.starts_at, alert.status) for alert in alerts}
