"""How often Slack lets a method be called, as leaky buckets.

https://docs.slack.dev/apis/web-api/rate-limits: a message per second and channel with short
bursts; chat.update is of tier 3, about 50 calls a minute and workspace.
"""

import math
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """`per_second` calls on average, `burst` of them at once."""

    per_second: float
    burst: int


@dataclass(frozen=True)
class Limits:
    """The rates of the methods that the relay lives on; None is no limit."""

    post: Rate | None
    update: Rate | None


SLACK_LIMITS = Limits(post=Rate(1.0, burst=4), update=Rate(50 / 60, burst=20))
NO_LIMITS = Limits(post=None, update=None)


class Buckets:
    """Counts calls by key; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}

    def wait(self, key: str, rate: Rate | None, now: float) -> int:
        """0 for a call that is allowed at `now` (seconds), which counts; else seconds to wait."""
        if rate is None:
            return 0
        with self._lock:
            level, then = self._levels.get(key, (0.0, now))
            level = max(0.0, level - max(0.0, now - then) * rate.per_second)
            if level + 1 > rate.burst + 1e-9:
                self._levels[key] = (level, max(now, then))
                return max(1, math.ceil((level + 1 - rate.burst) / rate.per_second))
            self._levels[key] = (level + 1, max(now, then))
            return 0

    def clear(self) -> None:
        with self._lock:
            self._levels.clear()
