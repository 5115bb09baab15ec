"""What may come next for anything that has a message: a step to take now, or rest. Plain data."""

from dataclasses import dataclass
from datetime import datetime

from relay.message import Message
from relay.model.delivered import Delivered, Kind, MessageRef
from relay.planning.plan import Lane


@dataclass(frozen=True)
class Step:
    """What to send, and what will be true once Slack has accepted it."""

    lane: Lane
    message: Message
    after: Delivered
    kind: Kind | None  # None: an edit
    thread: MessageRef | None


@dataclass(frozen=True)
class Rest:
    """Nothing to send now. `due_at` is when to look again; None: when there is news.

    `owed`: something is still to be told then, so it counts as waiting.
    """

    lane: Lane
    delivered: Delivered
    due_at: datetime | None = None
    owed: bool = False
