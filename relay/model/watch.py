"""What the relay watches by itself: heartbeats that must not stop, and its own deliveries."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median

GAPS = 3
"""From so many on it is known how often a heartbeat comes."""


@dataclass(frozen=True)
class Watch:
    """One heartbeat: a group that should always fire.

    A heartbeat from the configuration that was never heard has no labels; it stands for whatever
    matches `entry`, and has done its duty once the first of those is heard.
    """

    name: str  # what people call it
    entry: str  # the configuration's matcher, in words
    labels: Mapping[str, str] = field(default_factory=dict)
    seen_at: datetime | None = None  # when it was last heard
    gaps: tuple[float, ...] = ()  # seconds between the last times that it was

    def heard(self, at: datetime) -> "Watch":
        """The same, heard once more."""
        if self.seen_at is None:
            return replace(self, seen_at=at)
        gap = (at - self.seen_at).total_seconds()
        return replace(self, seen_at=at, gaps=(*self.gaps, gap)[-GAPS:])

    def patience(self, timeout: timedelta) -> timedelta:
        """How long it may be silent: longer than `timeout` where it comes more slowly than the
        configuration knows, as Alertmanager's repeat_interval has it. One outage teaches nothing:
        it is the usual gap that counts."""
        if len(self.gaps) < GAPS:
            return timeout
        return max(timeout, timedelta(seconds=1.5 * median(self.gaps)))

    @property
    def id(self) -> str:
        told = str(sorted(self.labels.items())) if self.labels else f"?{self.entry}"
        return f"beat-{hashlib.sha256(told.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class Backlog:
    """What is wrong with deliveries in one channel."""

    channel: str
    parked: int
    waiting: int
    oldest: datetime  # since when the longest waiting has been undelivered


@dataclass(frozen=True)
class Trouble:
    """The relay's own: what it could not deliver. Empty when all is well."""

    backlogs: tuple[Backlog, ...] = ()


OPERATIONS_ID = "operations"
