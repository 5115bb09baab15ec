"""Time zones as PromQL, which knows UTC only.

A zone's rule for daylight saving time ("the last Sunday of March at 01:00") is read off the time
zone database and written with `month()`, `day_of_month()` and `day_of_week()`, so that it holds in
every year. Zones without such a rule get the changes of the coming years one by one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

YEARS = range(2024, 2038)  # what a zone's rule is read off; the last years of the database
WEEK = 7 * 86_400
_MONDAY = 3 * 86_400  # 1970-01-01 was a Thursday


@dataclass(frozen=True)
class Change:
    """A change of the clocks: at `second` of the local day that is the `nth` `weekday` of `month`.

    weekday: 0 is Sunday, as in PromQL. nth: 1 to 4, or 5 for the last. before: the offset from UTC
    in seconds until then, which `second` is counted by.
    """

    month: int
    weekday: int
    nth: int
    second: int
    before: int
    after: int


def known() -> set[str]:
    """The names of all time zones."""
    from zoneinfo import available_timezones  # noqa: PLC0415 # slow to import, seldom needed

    return available_timezones()


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 # slow to import, seldom needed

    return ZoneInfo(name)


def week_second(zone: str, ago: int = 0) -> str:
    """PromQL for the seconds since Monday 00:00, local time of `zone`, as of `ago` seconds ago."""
    now = f"(time() - {ago})" if ago else "time()"
    return f"({now} + {_offset(zone, now)} + {_MONDAY}) % {WEEK}"


def _offset(zone: str, now: str) -> str:
    """PromQL for the seconds that `zone` is ahead of UTC at `now`."""
    changes = _changes(zone)
    if not changes:
        return str(_seconds(_zone(zone), datetime(YEARS[0], 1, 1, tzinfo=UTC)))
    rules = _rules(zone)
    if rules is None:
        steps = [
            f"{after - before:+d} * ({now} >= bool {int(at.timestamp())})".replace("+", "+ ", 1)
            for at, before, after in changes
        ]
        return f"({changes[0][1]} {' '.join(steps)})"
    first, second = rules
    daylight, standard = (first, second) if first.after > first.before else (second, first)
    gain = daylight.after - daylight.before
    within = f"({_passed(daylight, now)} - {_passed(standard, now)}"
    # South of the equator summer holds over the new year.
    within += " + 1)" if daylight.month > standard.month else ")"
    return f"({daylight.before} + {gain} * {within})"


def _passed(change: Change, now: str) -> str:
    """PromQL: 1 after the change in its year, 0 before."""
    shift = change.before - change.second
    day = f"vector({now} {'+' if shift >= 0 else '-'} {abs(shift)})"
    since = f"(day_of_week({day}) + {7 - change.weekday}) % 7"
    # The day of the month of the latest such weekday, at least the nth's earliest possible.
    earliest = _last_week(change.month) if change.nth == 5 else 7 * (change.nth - 1) + 1
    reached = f"(day_of_month({day}) - {since} >= bool {earliest})"
    later = f"(month({day}) > bool {change.month})"
    same = f"(month({day}) == bool {change.month})"
    return f"scalar({later} + {same} * {reached})"


def _last_week(month: int) -> int:
    """The first day of the last seven of a month that is not February."""
    return (30 if month in {4, 6, 9, 11} else 31) - 6


def _rules(zone: str) -> tuple[Change, Change] | None:
    """The zone's two changes a year, where they follow one rule in all years."""
    candidates: list[set[Change]] = [set(), set()]
    for year in YEARS:
        changes = [change for change in _changes(zone) if change[0].year == year]
        if len(changes) != 2:
            return None
        for order, change in enumerate(changes):
            fitting = _fitting(*change)
            candidates[order] = fitting if year == YEARS[0] else candidates[order] & fitting
    if not all(candidates):
        return None
    first, second = (max(found, key=lambda change: change.nth) for found in candidates)
    return first, second


def _fitting(at: datetime, before: int, after: int) -> set[Change]:
    """The rules that a change may follow: the nth such weekday, or the last."""
    local = at + timedelta(seconds=before)
    second = local.hour * 3600 + local.minute * 60 + local.second
    weekday = (local.weekday() + 1) % 7
    nth = (local.day - 1) // 7 + 1
    found = {Change(local.month, weekday, nth, second, before, after)} if nth < 5 else set()
    if local.month != 2 and local.day >= _last_week(local.month):
        found.add(Change(local.month, weekday, 5, second, before, after))
    return found


@cache
def _changes(zone: str) -> list[tuple[datetime, int, int]]:
    """Each change of the offset in YEARS: when (UTC), seconds before, seconds after."""
    info = _zone(zone)
    found = []
    at = datetime(YEARS[0], 1, 1, tzinfo=UTC)
    end = datetime(YEARS[-1] + 1, 1, 1, tzinfo=UTC)
    while at < end:
        later = at + timedelta(days=7)
        before, after = _seconds(info, at), _seconds(info, later)
        if before != after:
            found.append((_moment(info, at, later), before, after))
        at = later
    return found


def _moment(info: tzinfo, start: datetime, end: datetime) -> datetime:
    """When, between two moments with different offsets, the offset changes."""
    before = _seconds(info, start)
    while end - start > timedelta(seconds=1):
        middle = start + (end - start) // 2
        if _seconds(info, middle) == before:
            start = middle
        else:
            end = middle
    return end.replace(microsecond=0)


def _seconds(info: tzinfo, at: datetime) -> int:
    """The zone's offset from UTC at a moment."""
    offset = at.astimezone(info).utcoffset()
    return int(offset.total_seconds()) if offset else 0
