"""The time, as something that can be passed in."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """`now` is an aware datetime in UTC; `monotonic` is seconds that never jump."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


SYNC_SECONDS = 30.0


class SharedClock(SystemClock):
    """The clock of a server that several machines share: theirs may differ, and jump.

    Between two looks at it time passes as it does here. `ask` gives None while it cannot be asked.
    """

    def __init__(self, ask: Callable[[], datetime | None]) -> None:
        self._ask, self._lock = ask, threading.Lock()
        self._base, self._since = datetime.now(UTC), self.monotonic()
        self._sync_at = float("-inf")

    def now(self) -> datetime:
        if self.monotonic() >= self._sync_at and self._lock.acquire(blocking=False):
            try:
                self._sync()
            finally:
                self._lock.release()
        base, since = self._base, self._since
        return base + timedelta(seconds=self.monotonic() - since)

    def _sync(self) -> None:
        self._sync_at = self.monotonic() + SYNC_SECONDS
        asked = self.monotonic()
        told = self._ask()
        if told is not None:
            answered = self.monotonic()
            self._base, self._since = told, (asked + answered) / 2
