"""Prometheus durations (`1h30m`, `15s`, `250ms`) to milliseconds and back.

Source: https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations
"""

import re

UNITS = {
    "y": 365 * 86_400_000,
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
_DURATION = re.compile(
    r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?"
)


def parse(text: str) -> int:
    """`text` in milliseconds. ValueError when it is not a duration; a bare `0` is one."""
    if text == "0":
        return 0
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"not a duration: {text!r}")
    return sum(
        int(number) * size
        for number, size in zip(match.groups(), UNITS.values(), strict=True)
        if number
    )


def text(milliseconds: int) -> str:
    """The shortest spelling that Prometheus reads: 5400000 is `1h30m`, 0 is `0s`."""
    if milliseconds == 0:
        return "0s"
    parts = []
    for unit, size in UNITS.items():
        # Weeks and years are legible only when they are the whole: 8d, not 1w1d.
        if unit in {"y", "w"} and milliseconds % size:
            continue
        count, milliseconds = divmod(milliseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
