"""How often an alert would have fired, had it been there in the last days."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tocsin import durations
from tocsin.problem import Position, Problem, Severity
from tocsin.server import Points, Server

ID = "alerts/count"


class Watched(NamedTuple):
    """An alert, and how it is counted; times in seconds.

    tier: which of the rule's it is, "" for the only one. step: how often its expression is looked
    at. resolve: what fires again after less is one alert. least, most: counts that are told.
    """

    place: Position
    rule: str
    tier: str
    expr: str
    wait: float
    keep: float
    back: float
    step: float
    resolve: float
    least: int
    most: int | None


Stretch = tuple[float, float]


def find(item: Watched, server: Server) -> Iterator[Problem]:
    """A problem that says how often an alert would have fired, where it would have."""
    firings = [
        list(stretches(points, item)) for _, points in server.seen(item.expr, item.back, item.step)
    ]
    times = sum(map(len, firings))
    if times < item.least:
        return
    series = sum(map(bool, firings))
    longest = max(end - start for found in firings for start, end in found)
    window = durations.text(round(item.back * 1000))
    said = (
        f"{item.tier + ' ' if item.tier else ''}would have fired {_counted(times, 'time')} in the"
        f" last {window}, for {_counted(series, 'series', 'series')}; the longest for"
        f" {durations.text(round(longest * 1000))}"
    )
    many = item.most is not None and times > item.most
    hint = f"more than {item.most} times is too often here" if many else ""
    level = Severity.WARNING if many else Severity.INFO
    yield Problem(item.place, ID, level, said, hint, item.rule)


def _counted(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


def stretches(points: Points, item: Watched) -> Iterator[Stretch]:
    """When the alert of one series fires: from when it has waited, to when it is resolved."""
    fired = (
        (start + item.wait, end + item.step + item.keep)
        for start, end in _joined(((at, at) for at in points), item.step * 1.5)
        if end - start >= item.wait
    )
    return _joined(fired, item.resolve)


def _joined(found: Iterable[Stretch], gap: float) -> Iterator[Stretch]:
    """Stretches of time, with those that are no further apart than `gap` as one."""
    current: Stretch | None = None
    for start, end in found:
        if current is not None and start - current[1] <= gap:
            current = (current[0], max(current[1], end))
        else:
            if current is not None:
                yield current
            current = (start, end)
    if current is not None:
        yield current
