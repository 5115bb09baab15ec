"""The same storm through the relay and through Alertmanager's own notifier, at Slack's own rate.

All groups fire at once, for a minute, and then are over. The stand-in takes one message a second
and answers what is too fast with 429 and Retry-After, as Slack does.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from matplotlib.axes import Axes

from bench import alerts, programs
from bench.options import Options
from bench.progress import say
from bench.sections import GREY, Section
from bench.standin import Call, StandIn

SIZES = (120, 1_000)
FIRES = 60.0  # seconds
AFTERWARDS = 100.0  # how long the end is waited for at most
STEP = 0.5
TIMING = "group_wait: 1s, group_interval: 10s"
OURS, THEIRS = "the relay", "Alertmanager's notifier"

_STORM = re.compile(r"STORM · (?:([\d,]+) of )?([\d,]+) groups? firing")
_OVER = re.compile(r"RESOLVED · (?:storm of )?([\d,]+) groups?")


@dataclass(frozen=True)
class Shown:
    """What the channel says: groups that were ever said to fire, those said to fire now."""

    announced: int
    firing: int


@dataclass(frozen=True)
class Came:
    """What came of a storm, one way. Seconds: None is never."""

    announced: int
    told_firing: float | None  # until the channel accounted for all that fired
    told_over: float | None  # from the end until it showed none as firing
    wrong: int  # groups still shown as firing at the end
    requests: int
    refused: int  # of these, with 429
    curve: Sequence[tuple[float, int]]  # seconds, announced


Found = Mapping[int, Mapping[str, Came]]


def run(options: Options) -> Section:
    """Each size through both at the same time: they hardly work, they wait."""
    scale = options.scale
    found: dict[int, dict[str, Came]] = {}
    for size in SIZES:
        count = max(30, round(size * scale))
        say(f"storm of {count:,} groups, both ways, about three minutes")
        found[count] = _storm(count, options, min(1.0, scale * 2))
    return Section(
        "A storm at one message a second",
        "All groups fire at once and resolve a minute later; Slack's stand-in takes one message a "
        "second in the channel and answers 429 with Retry-After beyond that. Alertmanager: "
        f"{TIMING}. Announced: groups that a message, or a digest that counts them, said to fire. "
        "The truth: all that fires is accounted for; after the end, nothing is shown as firing.",
        (
            "storm",
            "announced",
            "lost",
            "all told after",
            "all shown as over, after the end",
            "wrong at the end",
            "requests",
            "of these 429",
        ),
        [_row(size, name, came) for size, ways in found.items() for name, came in ways.items()],
        lambda axis: _draw(axis, found),
    )


def _storm(count: int, options: Options, scale: float) -> dict[str, Came]:
    folder = options.scratch / f"storm{count}"
    with ExitStack() as stack:
        mine, theirs = (stack.enter_context(StandIn(rate=1)) for _ in range(2))
        relay = stack.enter_context(programs.relay(folder / "relay", mine.url))
        ours = programs.alertmanager(folder / "ours", programs.to_relay(relay), TIMING)
        other = programs.alertmanager(folder / "theirs", programs.to_slack(theirs.url), TIMING)
        watchers = {OURS: (mine, of_the_relay), THEIRS: (theirs, of_alertmanager)}
        addresses = [stack.enter_context(each).address for each in (ours, other)]
        begin = time.monotonic()
        starts_at = datetime.now(UTC)
        _post(addresses, [alerts.alert(number, starts_at, None) for number in range(count)])
        _sleep_until(begin + FIRES * scale)
        end = time.monotonic()
        ends_at = datetime.now(UTC)
        _post(addresses, [alerts.alert(number, starts_at, ends_at) for number in range(count)])
        while time.monotonic() < end + AFTERWARDS * scale:
            time.sleep(STEP)
            states = [shown(standin.told()) for standin, shown in watchers.values()]
            if all(not state.firing for state in states):
                break
        return {
            name: _judged(standin, shown, count, begin, end)
            for name, (standin, shown) in watchers.items()
        }


def _post(addresses: Sequence[tuple[str, int]], told: list[dict[str, Any]]) -> None:
    with ThreadPoolExecutor(len(addresses)) as pool:
        list(pool.map(lambda address: alerts.post(address, told), addresses))


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def _judged(
    standin: StandIn,
    shown: Callable[[Sequence[Call]], Shown],
    count: int,
    begin: float,
    end: float,
) -> Came:
    told = standin.told()
    curve = [(0.0, 0)]
    told_firing = told_over = None
    for number, call in enumerate(told, 1):
        state = shown(told[:number])
        curve.append((call.at - begin, state.announced))
        if told_firing is None and state.announced >= count:
            told_firing = call.at - begin
        if call.at > end:
            told_over = (told_over or call.at - end) if not state.firing else None
    last = shown(told)
    return Came(
        announced=last.announced,
        told_firing=told_firing,
        told_over=told_over,
        wrong=last.firing,
        requests=len(standin.calls),
        refused=sum(call.status == 429 for call in standin.calls),
        curve=curve,
    )


def of_alertmanager(told: Sequence[Call]) -> Shown:
    """Each notification is a message of its own."""
    firing: set[str] = set()
    announced: set[str] = set()
    for call in told:
        names = set(alerts.NAME.findall(call.text))
        if "[FIRING" in call.text:
            announced |= names
            firing |= names
        else:
            firing -= names
    return Shown(len(announced), len(firing))


def of_the_relay(told: Sequence[Call]) -> Shown:
    """Messages as they read after their last edit: groups' own ones, and digests that count."""
    messages: dict[str, str] = {}
    single: set[str] = set()
    for call in told:
        if not call.thread:
            messages[call.ts] = _spoken(call.text)
    counted = firing = 0
    for text in messages.values():
        if digest := _STORM.search(text):
            counted += _number(digest.group(2))
            firing += _number(digest.group(1) or digest.group(2))
        elif digest := _OVER.search(text):
            counted += _number(digest.group(1))
        elif names := alerts.NAME.findall(text):
            single |= set(names)
            firing += "RESOLVED" not in text
    return Shown(counted + len(single), firing)


@lru_cache(maxsize=4096)
def _spoken(text: str) -> str:
    """JSON's escapes undone, so that it can be searched."""
    return json.dumps(json.loads(text), ensure_ascii=False)


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _row(size: int, name: str, came: Came) -> list[str]:
    return [
        f"{size:,} groups, {name}",
        f"{came.announced:,}",
        f"{size - came.announced:,}",
        _after(came.told_firing),
        _after(came.told_over),
        f"{came.wrong:,}",
        f"{came.requests:,}",
        f"{came.refused:,}",
    ]


def _after(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"


def _draw(axis: Axes, found: Found) -> None:
    for size, ways in found.items():
        for name, came in ways.items():
            at = [moment for moment, _ in came.curve]
            part = [100 * announced / size for _, announced in came.curve]
            colour = "#2f6f9f" if name == OURS else GREY
            style = "-" if size == min(found) else "--"
            axis.step(at, part, style, where="post", color=colour, label=f"{name}, {size:,} groups")
    axis.set_xlabel("seconds since all began to fire", fontsize=8)
    axis.set_ylabel("% announced", fontsize=8)
    axis.set_ylim(0, 105)
    axis.legend(fontsize=7)
