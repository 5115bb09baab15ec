"""The parts of the YAML file that say when the relay speaks up: to `relay.config.policy`."""

import re
from datetime import time, timedelta
from typing import Any

from relay.config.hours import DAYS, Hours
from relay.config.policy import Call, Escalation, Flapping, Operations, Quiet, Storms

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """ "1h30m" and the like, as the schema's pattern allows."""
    parts = {_UNITS[unit]: int(number) for number, unit in re.findall(r"([0-9]+)([smhd])", text)}
    return timedelta(**parts)


def storms(data: dict[str, Any]) -> Storms:
    defaults = Storms()
    return Storms(
        threshold=data.get("threshold", defaults.threshold),
        individually=data.get("individually", defaults.individually),
        calm=duration(data["calm"]) if "calm" in data else defaults.calm,
    )


def operations(data: dict[str, Any]) -> Operations:
    backlog = {"backlog": duration(data["backlog"])} if "backlog" in data else {}
    return Operations(data["channel"], data.get("mention", ""), **backlog)


def flapping(data: dict[str, Any]) -> Flapping:
    defaults = Flapping()
    within = duration(data["within"]) if "within" in data else defaults.within
    return Flapping(data.get("times", defaults.times), within)


def plain_mentions(data: dict[str, Any]) -> dict[str, str]:
    """Those that hold at any hour."""
    return {severity: said for severity, said in data.items() if isinstance(said, str)}


def calls(data: dict[str, Any]) -> dict[str, tuple[Call, ...]]:
    """Those with hours."""
    return {
        severity: tuple(Call(entry["mention"], hours(entry)) for entry in said)
        for severity, said in data.items()
        if not isinstance(said, str)
    }


def escalations(data: list[dict[str, Any]]) -> tuple[Escalation, ...]:
    """Sorted by time, whatever order they were written in."""
    steps = [
        Escalation(duration(step["after"]), step["mention"], step.get("severity", ""))
        for step in data
    ]
    return tuple(sorted(steps, key=lambda step: step.after))


def quiet(data: dict[str, Any] | None) -> Quiet | None:
    if data is None:
        return None
    return Quiet(tuple(hours(window) for window in data["windows"]), data.get("below", ""))


def hours(data: dict[str, Any]) -> Hours:
    begin, end = data.get("hours", "00:00-24:00").split("-")
    return Hours(
        time.fromisoformat(begin),
        time.fromisoformat(end.replace("24:00", "00:00")),
        _days(data.get("days", "mon-sun")),
        data.get("timezone", "UTC"),
    )


def _days(text: str) -> frozenset[int]:
    """ "mon-fri,sun"; "sat-mon" goes over the week's end."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}
    return frozenset(found)
