"""Durations as people write them: 15s, 1h30m, 1d."""

import re

PATTERN = r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$"
_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def seconds(text: str) -> float:
    """What a duration is in seconds; ValueError when it is none."""
    if not text or not re.fullmatch(PATTERN[1:-1], text):
        raise ValueError(f"`{text}` is no duration such as 30s, 15m or 1d")
    return sum(int(n) * _SECONDS[unit] for n, unit in re.findall(r"(\d+)(ms|[dhms])", text))


def readable(value: float) -> str:
    """A span of time in its two largest units: "3 d 4 h", "12 s"."""
    rest = max(0, round(value))
    parts: list[str] = []
    for unit in "dhms":
        count, rest = divmod(rest, int(_SECONDS[unit]))
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
