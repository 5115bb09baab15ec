"""Times and durations as Slack shows them."""

from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def moment(when: datetime) -> str:
    """A date token for mrkdwn: each reader sees it in their own time zone.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting. Alertmanager's zero
    time (year 1) and its like are no dates for Slack: they stand as text.
    """
    fallback = written(when)
    if not _EARLIEST <= when <= _LATEST:
        return fallback
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def clock_time(when: datetime, seen: datetime) -> str:
    """The time of day alone, when it is less than half a day after `seen`; else with its date."""
    if not timedelta(0) <= when - seen < timedelta(hours=12) or not _EARLIEST <= when <= _LATEST:
        return moment(when)
    return f"<!date^{int(when.timestamp())}^{{time}}|{written(when)}>"


def written(when: datetime) -> str:
    """Where tokens are not read: "2026-11-20 08:00 UTC"."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def lasted(start: datetime | None, end: datetime | None) -> str:
    """How long, in its two largest units: "3 d 9 h"; "" when it is not known or negative."""
    if start is None or end is None or end < start:
        return ""
    rest = (end - start) // timedelta(seconds=1)
    parts: list[str] = []
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "less than a second"
