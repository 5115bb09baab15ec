"""Times of day and days of the week, in somebody's time zone. Imports nothing of the relay."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Hours:
    """From `begin` to `end`, on the days on which that begins. An `end` that is not later than
    `begin` is on the day after, so 22:00-07:00 is a night and 00:00-00:00 a whole day."""

    begin: time = time(0)
    end: time = time(0)
    days: frozenset[int] = frozenset(range(7))  # 0 is Monday
    timezone: str = "UTC"

    def hold(self, now: datetime) -> bool:
        return self.until(now) is not None

    def until(self, now: datetime) -> datetime | None:
        """When the hours end that hold now; None if none do."""
        return max((end for begin, end in self._around(now) if begin <= now < end), default=None)

    def _around(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The hours of today, yesterday and tomorrow, in UTC: a clock change moves them."""
        zone = ZoneInfo(self.timezone)
        today = now.astimezone(zone).date()
        for offset in (-1, 0, 1):
            day = today + timedelta(days=offset)
            if day.weekday() not in self.days:
                continue
            last = day if self.end > self.begin else day + timedelta(days=1)
            begin = datetime.combine(day, self.begin, zone)
            end = datetime.combine(last, self.end, zone)
            yield begin.astimezone(UTC), end.astimezone(UTC)


def until(hours: Sequence[Hours], now: datetime) -> datetime | None:
    """When none of these hold any more, one after the other; None if none holds now. A week ahead
    at most: hours that never end are looked at again then."""
    end = now
    while end < now + timedelta(days=7):
        later = max((each.until(end) or end for each in hours), default=end)
        if later <= end:
            break
        end = later
    return end if end > now else None
