"""The time, as something that can be passed in."""

import time
from datetime import UTC, datetime
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
