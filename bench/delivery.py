"""From an alert to Slack: Alertmanager -> relay -> stand-in, beside Alertmanager's own notifier.

Each alert is a group of its own. The clock runs from before the alert is posted to Alertmanager
until the stand-in has the request that tells of it.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from matplotlib.axes import Axes

from bench import alerts, programs
from bench.measure import Failed
from bench.options import Options
from bench.progress import say
from bench.sections import GREY, Section, percentile
from bench.standin import StandIn

RATES = (1, 10, 100)  # groups a second
SECONDS = 20.0
LATE = 30.0  # how long one is waited for
WARM = 5  # groups before the clock runs
OURS, THEIRS = "through the relay", "Alertmanager's notifier"
TIMING = "group_wait: 0s, group_interval: 5m"
OPEN = """limits: {messages_per_second: 1000, burst: 1000}
storm: {threshold: 100000}
"""

Found = Mapping[int, Mapping[str, Sequence[float]]]


def run(options: Options) -> Section:
    """Each rate, each way, one after the other."""
    seconds = max(1.0, SECONDS * options.scale)
    found: dict[int, dict[str, list[float]]] = {}
    with ExitStack() as stack:
        ways = _ways(stack, options)
        first = 0
        for way in ways:
            first = _measured(way, first, WARM, 5)[0]
        for rate in RATES:
            for name, way in zip((OURS, THEIRS), ways, strict=True):
                say(f"alert to Slack, {rate} a second, {name}")
                first, took = _measured(way, first, max(3, round(rate * seconds)), rate)
                found.setdefault(rate, {})[name] = took
    return Section(
        "From an alert to Slack",
        f"Milliseconds from the POST to Alertmanager to the request at Slack's stand-in, which "
        f"takes all that comes; {seconds:.0f} seconds of new groups at each rate, SQLite.",
        ("groups a second", f"{OURS}, p50", "p99", f"{THEIRS}, p50", "p99", "added, p50", "p99"),
        [_row(rate, ways_) for rate, ways_ in found.items()],
        lambda axis: _draw(axis, found),
    )


def _ways(stack: ExitStack, options: Options) -> list[tuple[StandIn, programs.Program]]:
    folder = options.scratch
    mine, theirs = stack.enter_context(StandIn()), stack.enter_context(StandIn())
    relay = stack.enter_context(programs.relay(folder / "relay", mine.url, OPEN))
    receivers = {"ours": programs.to_relay(relay), "theirs": programs.to_slack(theirs.url)}
    return [
        (
            standin,
            stack.enter_context(programs.alertmanager(folder / name, receivers[name], TIMING)),
        )
        for standin, name in ((mine, "ours"), (theirs, "theirs"))
    ]


def _measured(
    way: tuple[StandIn, programs.Program], first: int, count: int, rate: float
) -> tuple[int, list[float]]:
    """Posts `count` groups, evenly; the number of the next, and the seconds that each took."""
    standin, alertmanager = way
    posted: dict[str, float] = {}

    def post(number: int) -> None:
        now = datetime.now(UTC)
        posted[alerts.group_name(number)] = time.monotonic()
        alerts.post(alertmanager.address, [alerts.alert(number, now, None)])

    begin, already = time.monotonic(), len(standin.calls)
    for index in range(count):
        pause = begin + index / rate - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        threading.Thread(target=post, args=(first + index,)).start()
    end = time.monotonic() + LATE
    while time.monotonic() < end:
        told = _told(standin, already)
        if len(posted) == count and posted.keys() <= told.keys():
            break
        time.sleep(0.1)
    else:
        raise Failed(f"{count - len(told)} of {count} groups were not told within {LATE:.0f} s")
    return first + count, [told[name] - at for name, at in posted.items()]


def _told(standin: StandIn, already: int) -> dict[str, float]:
    """When each group was first told."""
    told: dict[str, float] = {}
    for call in standin.calls[already:]:
        if call.ts and (name := alerts.NAME.search(call.text)):
            told.setdefault(name.group(), call.at)
    return told


def _row(rate: int, ways: Mapping[str, Sequence[float]]) -> list[str]:
    ours = [percentile(ways[OURS], part) * 1e3 for part in (0.5, 0.99)]
    theirs = [percentile(ways[THEIRS], part) * 1e3 for part in (0.5, 0.99)]
    added = [mine - other for mine, other in zip(ours, theirs, strict=True)]
    return [str(rate), *(f"{value:.1f}" for value in (*ours, *theirs, *added))]


def _draw(axis: Axes, found: Found) -> None:
    for number, (name, colour) in enumerate(((OURS, "#2f6f9f"), (THEIRS, GREY))):
        at = [place + 0.4 * number - 0.2 for place in range(len(found))]
        p50 = [percentile(ways[name], 0.5) * 1e3 for ways in found.values()]
        p99 = [percentile(ways[name], 0.99) * 1e3 for ways in found.values()]
        axis.bar(at, p99, 0.36, color=colour, alpha=0.4)
        bars = axis.bar(at, p50, 0.36, color=colour, label=name)
        axis.bar_label(bars, fmt="%.0f", padding=2, fontsize=8)
    axis.set_xticks(range(len(found)), [f"{rate} a second" for rate in found])
    axis.set_ylabel("ms: p50, and p99 in a lighter shade", fontsize=8)
    axis.legend(fontsize=8)
