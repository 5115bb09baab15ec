"""Active windows: the hours and days on which a rule may fire.

A window opens and closes by local time. A rule that looks back (`no_events`) must not fire for the
quiet hours before its window opened: it may fire only when the window was open, without a break,
for as long as the rule looks back. Both ends are judged by real time, so that neither change of the
clocks makes an alarm an hour early or late.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tocsin import durations, generated, problem, suggest, zones
from tocsin.model import Rule
from tocsin.problem import Problem
from tocsin.tier import Helper, Part
from tocsin.zones import WEEK

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 86_400
UTC = "UTC"
_HOURS = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True)
class Span:
    """A stretch of the local week, in seconds since Monday 00:00; `end` may pass the week's end."""

    start: int
    end: int


def helpers(rule: Rule, silence: str) -> Iterator[Helper]:
    """The series that tell whether the rule may fire: local times, then the answer."""
    zone = str(rule.data["active"].get("timezone", UTC))
    back = durations.parse(silence) // 1000
    clocks = {0: generated.week_second(rule.name, "0s")}
    if back:
        clocks[back] = generated.week_second(rule.name, durations.text(back * 1000))
    for ago, name in clocks.items():
        yield Helper(name, f"vector({zones.week_second(zone, ago)})")
    parts = [_is_open(span, list(clocks.values()), back) for span in spans(rule)]
    yield Helper(_name(rule, silence), "\n+\n".join(parts))


def scoped(rule: Rule, silence: str, expr: str) -> str:
    """`expr` while the window is open and has been for `silence`."""
    return f"(\n{_indented(expr)}\n)\nand on () ({_name(rule, silence)} > 0)"


def closed(rule: Rule, silence: str, expr: str) -> Part:
    """`expr` while the window is not open, or has not been for `silence`."""
    outside = f"(\n{_indented(expr)}\n)\nand on () ({_name(rule, silence)} == 0)"
    return Part("outside its hours", outside, ("active",), fires=False)


def spans(rule: Rule) -> list[Span]:
    """The windows as stretches of the week that neither touch nor overlap."""
    active = rule.data["active"]
    opens, closes = hours(str(active.get("hours", "00:00-24:00"))) or (0, DAY)
    listed = days(active.get("days", "mon-sun")) or set(range(7))
    return _joined([Span(day * DAY + opens, day * DAY + closes) for day in sorted(listed)])


def longest(rule: Rule) -> int | None:
    """For how many milliseconds the window is open at most; None when it never closes."""
    stretches = [span.end - span.start for span in spans(rule)]
    return None if max(stretches) >= WEEK else max(stretches) * 1000


def shut(rule: Rule) -> int:
    """For how many milliseconds the window is closed at most; 0 without one."""
    if not isinstance(rule.data.get("active"), dict):
        return 0
    found = spans(rule)
    opens = [*(span.start for span in found[1:]), found[0].start + WEEK]
    return max(after - span.end for span, after in zip(found, opens, strict=True)) * 1000


def remembered(rule: Rule, time: str) -> str:
    """How long what vanished is remembered: what vanishes as the window closes is not forgotten
    before it opens."""
    return durations.text(durations.parse(time) + shut(rule))


def hours(written: str) -> tuple[int, int] | None:
    """`06:00-22:00` as seconds of the day; past midnight when it ends before it begins."""
    match = _HOURS.fullmatch(written.strip())
    if match is None:
        return None
    first, last = (int(match[i]) * 3600 + int(match[i + 1]) * 60 for i in (1, 3))
    if max(first, last) > DAY or first == DAY:
        return None
    return first, last if last > first else last + DAY


def days(written: Any) -> set[int] | None:
    """`mon-fri`, `mon, wed-thu` or a list of them, as numbers from 0 for Monday."""
    parts = written if isinstance(written, list) else str(written).split(",")
    found: set[int] = set()
    for part in parts:
        ends = [end.strip().lower()[:3] for end in str(part).split("-")]
        if not 1 <= len(ends) <= 2 or not all(end in DAYS for end in ends):
            return None
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found.update(day % 7 for day in range(first, (last if last >= first else last + 7) + 1))
    return found or None


def problems(rule: Rule) -> Iterator[Problem]:
    """Hours, days or a time zone that cannot be read."""
    active = rule.data.get("active")
    if not isinstance(active, dict):
        return
    if "hours" in active and hours(str(active["hours"])) is None:
        place, message = rule.at("active", "hours"), "`hours` must be a time to a time"
        yield problem.error(place, "rule/active", message, 'such as "06:00-22:00"', rule.name)
    if "days" in active and days(active["days"]) is None:
        place, message = rule.at("active", "days"), "`days` must be days of the week"
        yield problem.error(place, "rule/active", message, "such as mon-fri", rule.name)
    zone = str(active.get("timezone", UTC))
    if zone not in zones.known():
        place, message = rule.at("active", "timezone"), f"`{zone}` is not a time zone"
        hint = suggest.hint(zone, zones.known()) or "such as Europe/Paris"
        yield problem.error(place, "rule/active", message, hint, rule.name)


def _joined(found: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(found, key=lambda span: span.start):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    first, last = joined[0], joined[-1]
    if len(joined) > 1 and last.end - WEEK >= first.start:  # Sunday night goes on into Monday
        joined = [*joined[1:-1], Span(last.start, max(last.end, first.end + WEEK))]
    if len(joined) == 1 and joined[0].end - joined[0].start >= WEEK:
        return [Span(0, WEEK)]
    return joined


def _is_open(span: Span, clocks: list[str], back: int) -> str:
    """PromQL: 1 while all clocks are in the span, 0 otherwise."""
    if span == Span(0, WEEK):
        return f"{clocks[0]} >= bool 0"
    tests = []
    for clock in clocks:
        if span.end <= WEEK:
            tests.append(f"({clock} >= bool {span.start}) * ({clock} < bool {span.end})")
        else:
            into = f"({clock} - {span.start} + {WEEK}) % {WEEK}"
            tests.append(f"({into} < bool {span.end - span.start})")
    if back > WEEK - (span.end - span.start):
        # So long ago, the span of last week was open: this week's began after that.
        now, before = (f"({clock} - {span.start} + {WEEK}) % {WEEK}" for clock in clocks)
        tests.append(f"({before} <= bool {now})")
    return "\n* ".join(tests)


def _name(rule: Rule, silence: str) -> str:
    return generated.active(rule.name, durations.text(durations.parse(silence)))


def _indented(expr: str) -> str:
    return "\n".join(f"  {line}" for line in expr.splitlines())
