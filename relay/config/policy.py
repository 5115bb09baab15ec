"""When the relay speaks up, and when it keeps quiet: what a team may set of it. All frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.config import hours
from relay.config.hours import Hours


@dataclass(frozen=True)
class Storms:
    """When groups are told by a digest. `threshold` None: what a channel shows in ten seconds."""

    threshold: int | None = None  # so many may wait for a channel's new messages; more is a storm
    individually: int = 20  # groups of the worst severity that get their own message, per storm
    calm: timedelta = timedelta(minutes=2)  # how long a storm lasts at least
    SECONDS = 10

    def crowd(self, rate: float, burst: int) -> int:
        """How many groups may wait for one channel before it is a storm."""
        return self.threshold if self.threshold is not None else burst + round(rate * self.SECONDS)

    def wave(self, edits_per_minute: float, burst: int) -> int:
        """How many groups may wait to be shown resolved before a digest says it of all."""
        edited = burst + round(edits_per_minute / 60 * self.SECONDS)
        return edited if self.threshold is None else max(edited, self.threshold)


@dataclass(frozen=True)
class Operations:
    """Where the relay tells of its own trouble."""

    channel: str
    mention: str = ""
    backlog: timedelta = timedelta(minutes=5)  # what waits for longer is trouble


@dataclass(frozen=True)
class Flapping:
    """A group that fires for the `times`th time within that span gets no new message any more:
    the one it has says so."""

    times: int = 3
    within: timedelta = timedelta(minutes=30)


@dataclass(frozen=True)
class Call:
    """Whom to mention, and when."""

    mention: str  # raw mrkdwn
    hours: Hours = field(default_factory=Hours)


@dataclass(frozen=True)
class Escalation:
    """Whom to call when nobody has acknowledged a group for so long. `severity`: at least that
    bad; "" is any."""

    after: timedelta
    mention: str
    severity: str = ""


@dataclass(frozen=True)
class Quiet:
    """Hours in which nothing below a severity is a new post: it is told when they end."""

    hours: tuple[Hours, ...]
    below: str = ""  # "": the worst severity

    def until(self, now: datetime) -> datetime | None:
        """When they end; None if they do not hold."""
        return hours.until(self.hours, now)


def active(calls: Mapping[str, tuple[Call, ...]], severity: str, now: datetime) -> str:
    """Whom to mention now: the first whose hours hold, "" for nobody."""
    return next((each.mention for each in calls.get(severity, ()) if each.hours.hold(now)), "")
