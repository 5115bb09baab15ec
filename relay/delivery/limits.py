"""When Slack may be spoken to: its rates, its Retry-After, and a pause while it is out of reach.

Kept in memory, by one process; times are seconds of a monotonic clock. `relay.delivery.shared` is
for several processes.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from relay.config.model import Limits as Rates

EDIT_BURST = 10
LONGEST_PAUSE = 15.0
NOTE = "note "


@dataclass
class Bucket:
    """`burst` at once, then `rate` a second."""

    rate: float
    burst: int
    tokens: float = field(init=False)
    at: float = float("-inf")

    def __post_init__(self) -> None:
        self.tokens = float(self.burst)

    def wait(self, now: float, spare: bool = False) -> float:
        """Seconds until one may be taken; `spare`: until nobody took any for a while."""
        self._fill(now)
        needed = float(self.burst) if spare else 1.0
        return max(0.0, (needed - self.tokens) / self.rate)

    def take(self, now: float) -> None:
        self._fill(now)
        self.tokens -= 1.0

    def _fill(self, now: float) -> None:
        if now > self.at:
            gained = (now - self.at) * self.rate
            self.tokens = min(float(self.burst), self.tokens + gained)
            self.at = now


class Limits:
    """Buckets by lane (new messages by channel; edits together), and holds that Slack asked for.

    Notes share the bucket of their channel's new messages and wait until it is full.
    """

    def __init__(self, rates: Rates, jitter: Callable[[], float] = random.random) -> None:
        self._rate, self._burst = rates.messages_per_second, rates.burst
        self._edit_rate, self.jitter = rates.edits_per_minute / 60, jitter
        self._buckets: dict[str, Bucket] = {}
        self._edits = Bucket(self._edit_rate, EDIT_BURST)
        self._holds: dict[str, float] = {}
        self._lanes: set[str] = set()
        self._failures = 0
        self._paused_until = float("-inf")

    def wait(self, lane: str, now: float) -> float:
        """Seconds until this lane may be used; 0 for now."""
        self._lanes.add(lane)
        held = max(self._holds.get(post_lane(lane), now), self._paused_until) - now
        return max(0.0, held, self._bucket(lane).wait(now, spare=lane.startswith(NOTE)))

    def held(self, now: float) -> list[str]:
        """The lanes that may not be used now."""
        return [lane for lane in sorted(self._lanes) if self.wait(lane, now) > 0]

    def reserve(self, lane: str, now: float) -> float:
        """Counts one call on a lane and returns 0; or seconds to wait, and nothing is counted."""
        if wait := self.wait(lane, now):
            return wait
        self._bucket(lane).take(now)
        return 0.0

    def hold(self, lane: str, seconds: float, now: float) -> None:
        """Slack said Retry-After."""
        self._holds[post_lane(lane)] = now + seconds

    def paused(self, now: float) -> bool:
        """Whether Slack is left alone, since it cannot be reached."""
        return now < self._paused_until

    def failed(self, now: float) -> None:
        """Slack could not be reached: leave it alone for a while, longer each time."""
        if self.paused(now):
            return  # one of several calls that were under way
        pause = min(2.0**self._failures, LONGEST_PAUSE)
        self._failures += 1
        self._paused_until = now + pause * (0.75 + self.jitter() / 4)

    def answered(self) -> bool:
        """Slack answered; True if it had been out of reach for more than one call."""
        back, self._failures = self._failures > 1, 0
        self._paused_until = float("-inf")
        return back

    def _bucket(self, lane: str) -> Bucket:
        if lane.startswith("edit "):
            return self._edits
        return self._buckets.setdefault(post_lane(lane), Bucket(self._rate, self._burst))


def post_lane(lane: str) -> str:
    """The lane whose rate it uses: notes use that of new messages."""
    return f"post {lane.removeprefix(NOTE)}" if lane.startswith(NOTE) else lane


def backoff(attempts: int, jitter: float) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4 ... 60, and less by up to a half.

    `jitter` is from 0 to 1; it keeps what failed together from coming back together.
    """
    return float(min(60, 2 ** min(attempts - 1, 6))) * (1 - jitter / 2)
