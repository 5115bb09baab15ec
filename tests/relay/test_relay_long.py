"""Long times, simulated: an hour without Slack, jumps of the clock, a day of traffic."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from relay_kit import Rig, alert, at

from relay.delivery.loop import Loop
from relay.model.outcome import Retry
from relay.store import Work


def memory(pid: int) -> int:
    """Kilobytes that are resident."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


def accounted(rig: Rig) -> None:
    """Everything is told."""
    assert {each.work for each in rig.store.overview(9999)} == {Work.IDLE}
    for each in rig.store.overview(9999):
        untold = rig.store.find(each.group_id)
        assert untold
        assert untold.sent_at or untold.membership, each.state.group_key


def test_slack_is_away_for_an_hour(rig: Rig) -> None:
    calls = 0

    def count() -> Retry:
        nonlocal calls
        calls += 1
        return Retry("cannot reach Slack", unreachable=True)

    rig.slack._next = count  # an outage
    for minute in range(0, 60, 2):
        rig.tell(alert(f"h{minute}", minute), key=f"k{minute % 30}")
        if minute % 6 == 0:
            rig.tell(alert(f"h{minute}", minute, minute + 0.5), key=f"k{minute % 30}")
        rig.run(120, tick=8)
    assert 100 < calls < 400, "it is left alone: one attempt in some ten seconds"
    del rig.slack._next
    rig.run(120, tick=2)
    accounted(rig)
    assert len(rig.slack.posts) < 60


@pytest.mark.parametrize("jump", [timedelta(days=1), -timedelta(hours=6), -timedelta(minutes=40)])
def test_the_clock_jumps(rig: Rig, jump: timedelta) -> None:
    rig.tell(alert("told", 0), key="told")
    rig.run(5)
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    rig.tell(alert("waits", 0.1), key="waits")
    rig.run(30, tick=1)
    rig.slack.always = None
    rig.clock.time += jump
    rig.tell(alert("new", 0.2), key="new")
    rig.run(30, tick=1)
    assert len(rig.slack.posts) == 3
    accounted(rig)


def test_the_clock_was_set_back_while_nobody_ran(rig: Rig) -> None:
    rig.slack.always = Retry("some trouble")
    rig.tell(alert("waits", 0), key="waits")
    rig.run(30, tick=1)
    claimed = rig.store.claim(rig.clock.now() + timedelta(hours=1), (), 120)
    assert claimed, "somebody took it, by a clock that was wrong"
    rig.slack.always = None
    rig.clock.time -= timedelta(hours=3)
    rig.reconciler._stepped_at = None
    rig.run(20, tick=1)
    assert len(rig.slack.posts) == 1


def flat(rig: Rig, hours: float) -> None:
    """Traffic of so many hours; memory and file descriptors of its last half do not grow."""
    chance = random.Random(3)
    loop = Loop(rig.reconciler, rig.store, rig.clock, rig.metrics, keep=timedelta(hours=2))
    seen: list[tuple[int, int]] = []
    rounds = 8
    started: dict[int, float] = {}
    for _ in range(rounds):
        end = rig.clock.seconds + hours * 3600 / rounds
        while rig.clock.seconds < end:
            group = chance.randrange(60)
            now = (rig.clock.now() - at(0)) / timedelta(minutes=1)
            if group in started:
                rig.tell(alert(f"g{group}", started.pop(group), now), key=f"k{group} {now // 90}")
            else:
                started[group] = now
                rig.tell(alert(f"g{group}", now), key=f"k{group} {now // 90}")
            loop._prune_at = 0.0
            for _ in range(200):
                if not loop._turn():
                    break
            rig.slack.posts.clear()
            rig.slack.edits.clear()
            rig.clock.advance(chance.uniform(0, 40))
        seen.append((memory(int(Path("/proc/self").readlink().name)), descriptors()))
    (half, files), (last, files_then) = seen[rounds // 2 - 1], seen[-1]
    assert last - half < 8_000, seen
    assert files_then <= files + 1, seen
    assert len(rig.store.overview(99999)) < 600, "what is over is forgotten"


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_half_an_hour_leaves_nothing_behind(rig: Rig) -> None:
    flat(rig, 0.6)


@pytest.mark.slow
def test_a_day_leaves_nothing_behind(rig: Rig) -> None:
    flat(rig, 24)
