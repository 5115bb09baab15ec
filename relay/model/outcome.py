"""What came of a call to Slack: data, never an exception. Every `reason` is free of secrets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """Slack took it. `channel_id` is the channel's ID whatever name was used."""

    channel_id: str
    ts: str


@dataclass(frozen=True)
class Retry:
    """Slack surely did not take it, and may take it later.

    `unreachable`: it is Slack (or the way there) that fails, whatever is sent. `answered`: though
    something did answer.
    """

    reason: str
    unreachable: bool = False
    answered: bool = False


@dataclass(frozen=True)
class Ambiguous:
    """Slack may have taken it: the answer got lost, or says that something broke half-way."""

    reason: str
    unreachable: bool = False
    answered: bool = False


@dataclass(frozen=True)
class RateLimited:
    """Slack said to wait for so many seconds."""

    seconds: float
    reason: str = "ratelimited"


@dataclass(frozen=True)
class Refused:
    """Slack will not take this, now or later, until somebody changes something.

    `outside`: what is wrong is in Slack (a channel, a permission) and may be mended there.
    """

    reason: str
    outside: bool = True


@dataclass(frozen=True)
class Gone:
    """The message cannot be edited or replied to any more: a new one is needed."""

    reason: str


Failure = Retry | Ambiguous | RateLimited | Refused | Gone
Outcome = Accepted | Failure


@dataclass(frozen=True)
class Found:
    """The post is in Slack."""

    channel_id: str
    ts: str


@dataclass(frozen=True)
class Missing:
    """The post is not in Slack."""


@dataclass(frozen=True)
class Unknowable:
    """Slack does not let us look: no permission, no such method, too much to look through."""

    reason: str


@dataclass(frozen=True)
class More:
    """Not among those looked through so far; `cursor` says where to go on."""

    cursor: str


Lookup = Found | Missing | More | Unknowable | Retry | RateLimited
