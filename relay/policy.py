"""When the relay speaks up, and when it keeps quiet: what a team may set of it. All frozen."""

from dataclasses import dataclass
from datetime import timedelta


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


@dataclass(frozen=True)
class Operations:
    """Where the relay tells of its own trouble."""

    channel: str
    mention: str = ""
    backlog: timedelta = timedelta(minutes=5)  # what waits for longer is trouble
