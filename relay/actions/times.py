"""How long a silence lasts: durations that people type, and tomorrow morning. Pure."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from relay.config.model import Silences

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=90)

_UNITS = {"m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d{1,5})\s*(min|m|h|d|w)", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern}\s*)+", re.ASCII)


def duration(text: str) -> timedelta | None:
    """ "90m", "2h", "1h 30m", "1d"; None for what is no duration, or is too short or too long."""
    asked = text.strip().lower()
    if not _WHOLE.fullmatch(asked):
        return None
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(asked))
    return timedelta(seconds=seconds) if SHORTEST <= timedelta(seconds=seconds) <= LONGEST else None


def tomorrow_morning(now: datetime, silences: Silences) -> datetime:
    """The next day's morning; before dawn, when "tomorrow" is said late at night, today's."""
    zone = ZoneInfo(silences.timezone)
    here = now.astimezone(zone)
    morning = time.fromisoformat(silences.morning)
    today = datetime.combine(here.date(), morning, zone)
    if here.hour < 4 and here < today:
        return today.astimezone(now.tzinfo)
    following = datetime.combine(here.date() + timedelta(days=1), morning, zone)
    return following.astimezone(now.tzinfo)
