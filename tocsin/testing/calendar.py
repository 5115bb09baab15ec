"""Active windows in promtool's time, which starts on Thursday, 1 January 1970, 00:00 UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tocsin.windows import Span
from tocsin.zones import WEEK


def is_open(spans: Sequence[Span], zone: str, second: int) -> bool:
    """Whether a window is open so many seconds after promtool's start."""
    local = datetime.fromtimestamp(second, UTC).astimezone(ZoneInfo(zone))
    of_week = local.weekday() * 86_400 + local.hour * 3600 + local.minute * 60 + local.second
    return any(
        span.start <= of_week < span.end or span.start <= of_week + WEEK < span.end
        for span in spans
    )


def first_opening(spans: Sequence[Span], zone: str, length: int, start: int = 0) -> int | None:
    """The first second from which a window is open for `length` seconds, by minutes."""
    since: int | None = None
    for second in range(start, start + 2 * WEEK, 60):
        if not is_open(spans, zone, second):
            since = None
            continue
        since = second if since is None else since
        if second - since >= length:
            return since
    return None


def first_closing(spans: Sequence[Span], zone: str, start: int) -> int | None:
    """The first second, by minutes from `start`, at which no window is open; None within weeks."""
    for second in range(start, start + 2 * WEEK, 60):
        if not is_open(spans, zone, second):
            return second
    return None
