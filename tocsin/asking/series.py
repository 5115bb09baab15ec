"""Whether the series that a rule reads are there; where they are not, which part of the selector
stops them: the metric, a label, its value, or all of it together."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from tocsin import durations, problem, suggest
from tocsin.asking.selecting import Asked, Part, label, spelt
from tocsin.problem import Position, Problem, Severity
from tocsin.server import Server

ID = "promql/series"
_STEP = 300.0  # seconds; a series that ends is seen for as long
_SHOWN = 5  # values of a label in a hint


class Sought(NamedTuple):
    """A selector, and how far back it is looked for. back, age: in seconds; what has been gone for
    less than `age` may only be on its way back. coming: labels whose values come and go."""

    asked: Asked
    rule: str
    back: float
    age: float
    coming: frozenset[str]

    @property
    def place(self) -> Position:
        """Where it stands."""
        return self.asked.place

    @property
    def window(self) -> str:
        """How far back, for people."""
        return durations.text(round(self.back * 1000))


def find(item: Sought, server: Server) -> Iterator[Problem]:
    """A problem where a selector finds nothing."""
    asked = item.asked
    if server.count(asked.text):
        return
    if not asked.name or not server.count(asked.with_()):
        yield from _whole(item, server, asked if asked.name else None)
        return
    told = False
    for part in asked.parts:
        if not server.count(asked.with_(part)):
            told = True
            yield from _part(item, server, part)
    if not told:
        yield from _together(item, server)


def _whole(item: Sought, server: Server, metric: Asked | None) -> Iterator[Problem]:
    """Nothing of that name, or nothing that a selector without a name finds."""
    text = metric.with_() if metric else item.asked.text
    last = _last(item, server, text)
    if last is None:
        near = suggest.nearest(item.asked.name, server.values("__name__")) if metric else None
        hint = f"did you mean `{near}`?" if near else "nothing has exposed it"
        message = f"`{text}` was never there in the last {item.window}"
        yield problem.warning(item.place, ID, message, hint, item.rule)
    else:
        for_long = server.now - last >= item.age
        hint = "what exposed it does so no more; mend that, or take the rule away"
        level = Severity.WARNING if for_long else Severity.INFO
        message = f"`{text}` has not been there since {_moment(last)}"
        yield Problem(item.place, ID, level, message, hint if for_long else "", item.rule)


def _part(item: Sought, server: Server, part: Part) -> Iterator[Problem]:
    """No series of the metric has what one matcher asks for."""
    asked = item.asked
    last = _last(item, server, asked.with_(part))
    if last is not None:
        if server.now - last >= item.age:
            message = f"no series of `{asked.name}` has had `{part.text}` since {_moment(last)}"
            yield problem.info(part.place, ID, message, rule=item.rule)
        return
    having = spelt(asked.name, f'{label(part.label)}!=""')
    if not server.count(having) and _last(item, server, having) is None:
        near = suggest.hint(part.label, server.labels(asked.with_()))
        message = f"no series of `{asked.name}` has the label `{part.label}`"
        yield problem.warning(part.place, ID, message, near, item.rule)
        return
    if part.label in item.coming:
        return
    message = f"no series of `{asked.name}` has had `{part.text}` in the last {item.window}"
    hint = _values(part, server.values(part.label, asked.with_()))
    yield problem.warning(part.place, ID, message, hint, item.rule)


def _together(item: Sought, server: Server) -> Iterator[Problem]:
    """There are series for each matcher, and none for all of them."""
    last = _last(item, server, item.asked.text)
    if last is None:
        message = f"no series has had all of this at once in the last {item.window}"
        hint = "each matcher alone finds series of other labels"
        yield problem.warning(item.place, ID, message, hint, item.rule)
    elif server.now - last >= item.age:
        message = f"no series has had all of this at once since {_moment(last)}"
        yield problem.info(item.place, ID, message, rule=item.rule)


def _values(part: Part, there: list[str]) -> str:
    if part.sign == "=" and (near := suggest.nearest(part.value, there)):
        return f"did you mean `{near}`?"
    if part.sign == "=~" and (near := _unanchored(part.value, there)):
        return f"an expression must match the whole value, such as `{near}`"
    shown = ", ".join(f"`{value}`" for value in there[:_SHOWN])
    more = ", ..." if len(there) > _SHOWN else ""
    return f"it has {shown}{more}" if shown else ""


def _unanchored(pattern: str, there: list[str]) -> str:
    try:
        return next((value for value in there if re.search(pattern, value)), "")
    except re.error:
        return ""  # RE2 knows more than Python


def _last(item: Sought, server: Server, text: str) -> float | None:
    """When a selector last found something; None for not in all the time looked at."""
    seen = server.seen(f"count({text})", item.back, _STEP)
    return max((points[-1] for _, points in seen if points), default=None)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
