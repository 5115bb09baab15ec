"""Calls to Slack: several are under way at once, and what is said on a lane stays in order."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from relay_kit import FakeSlack, Rig, alert

from relay.clock import SystemClock
from relay.config.model import Config, Limits, Matcher, Route
from relay.delivery.calls import AT_ONCE, Calls, threads
from relay.delivery.loop import Loop
from relay.delivery.reconcile import LEASE_SECONDS
from relay.message import Message
from relay.model.delivered import Intent
from relay.model.outcome import Outcome
from relay.store import Store, StoreError

TEAMS = [f"team{number}" for number in range(AT_ONCE + 2)]
CHANNELS = Config(
    default=Route(Matcher(), "#alerts"),
    routes=tuple(Route(Matcher({"team": (team,)}), f"#{team}") for team in TEAMS),
    limits=Limits(messages_per_second=1000, burst=1000),
)


class SlowSlack(FakeSlack):
    """Answers each post once it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.let: dict[str, threading.Event] = {}

    def post(self, intent: Intent, message: Message) -> Outcome:
        self.asked.append(intent.channel)
        assert self.let.setdefault(intent.channel, threading.Event()).wait(20)
        return super().post(intent, message)

    def answer(self, channel: str) -> None:
        self.let.setdefault(channel, threading.Event()).set()


@pytest.fixture
def slack() -> Iterator[SlowSlack]:
    slow = SlowSlack()
    yield slow
    for channel in list(slow.let):
        slow.answer(channel)


@pytest.fixture
def rig(store: Store, slack: SlowSlack, clock: Any) -> Rig:
    rig = Rig(store, slack, clock, CHANNELS)
    rig.reconciler.calls = Calls(threads())
    return rig


def fires(rig: Rig, *teams: str) -> None:
    for team in teams:
        name = f"{team}-{time.monotonic()}"
        rig.tell(alert(name, team=team), key=name)


def until(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def run(rig: Rig) -> Loop:
    loop = Loop(rig.reconciler, rig.store, SystemClock(), rig.metrics)
    loop.start()
    return loop


def test_no_channel_waits_for_another(rig: Rig, slack: SlowSlack) -> None:
    fires(rig, "team0")
    loop = run(rig)
    until(lambda: slack.asked == ["#team0"])
    fires(rig, "team1")
    slack.answer("#team1")
    until(lambda: [intent.channel for intent, _ in slack.posts] == ["#team1"])
    until(lambda: [each.sent_at for each in rig.store.overview(9)].count(None) == 1)
    slack.answer("#team0")
    until(lambda: len(slack.posts) == 2)
    loop.stop()
    assert all(each.sent_at for each in rig.store.overview(9)), "and it is recorded"


def test_a_channel_is_spoken_to_in_order(rig: Rig, slack: SlowSlack) -> None:
    fires(rig, "team0", "team0", "team0")
    assert rig.reconciler.step()
    until(lambda: slack.asked == ["#team0"])
    assert not rig.reconciler.step()
    fires(rig, "team1")
    assert rig.reconciler.step()
    until(lambda: slack.asked == ["#team0", "#team1"])
    slack.answer("#team0")
    until(rig.reconciler.step)
    until(lambda: slack.asked.count("#team0") == 2)


def test_so_many_at_once_and_no_more(rig: Rig, slack: SlowSlack) -> None:
    fires(rig, *TEAMS)
    steps = 0
    while rig.reconciler.step():
        steps += 1
    assert steps == AT_ONCE
    until(lambda: len(slack.asked) == AT_ONCE)
    for team in TEAMS:
        slack.answer(f"#{team}")
    until(lambda: not rig.reconciler.step() and len(slack.posts) == len(TEAMS))


def test_the_end_waits_for_what_is_under_way(rig: Rig, slack: SlowSlack) -> None:
    fires(rig, "team0", "team1")
    loop = run(rig)
    until(lambda: len(slack.asked) == 2)
    with ThreadPoolExecutor(1) as other:
        stopping = other.submit(loop.stop)
        slack.answer("#team0")
        until(lambda: slack.posts)
        assert not stopping.done()
        slack.answer("#team1")
        stopping.result(20)
    assert all(each.sent_at for each in rig.store.overview(9))


def test_a_call_that_hangs_is_no_life(
    rig: Rig, slack: SlowSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.delivery.loop.STALLED_SECONDS", 0.5)
    fires(rig, "team0")
    loop = run(rig)
    until(lambda: slack.asked)
    until(lambda: not loop.alive)
    slack.answer("#team0")
    until(lambda: loop.alive)
    loop.stop()


def test_what_was_accepted_is_recorded_before_anything_else_is_sent(
    rig: Rig, slack: SlowSlack, store: Any
) -> None:
    fires(rig, "team0", "team1")
    while rig.reconciler.step():
        pass
    until(lambda: len(slack.asked) == 2)
    for team in ("team0", "team1", "team2"):
        slack.answer(f"#{team}")
    until(lambda: len(slack.posts) == 2)
    finish = store.finish

    def full(*_: Any) -> bool:
        raise StoreError("full")

    store.finish = full
    fires(rig, "team2")
    for _ in range(4):
        with pytest.raises(StoreError):
            rig.reconciler.step()
    assert len(slack.asked) == 2
    store.finish = finish
    until(lambda: not rig.reconciler.step() and len(slack.posts) == 3)
    assert all(each.sent_at for each in store.overview(9))
    assert len(slack.asked) == 3, "each of them once"


def test_one_that_fails_keeps_no_other_from_its_conclusion() -> None:
    calls, told = Calls(threads()), []

    def bad() -> str:
        raise KeyError("a fault of ours")

    calls.begin("a", bad, lambda answer: told.append(answer()))
    calls.begin("b", lambda: "good", lambda answer: told.append(answer()))
    calls.wait(20)
    with pytest.raises(KeyError):
        calls.conclude_answered()
    assert calls.conclude_answered()
    assert told == ["good"]
    assert not calls.conclude_answered()


def test_a_slow_answer_costs_no_lease(rig: Rig, slack: SlowSlack) -> None:
    fires(rig, "team0")
    assert rig.reconciler.step()
    for _ in range(6):
        rig.clock.advance(LEASE_SECONDS - 10)
        assert not rig.reconciler.step()
        assert not rig.store.claim(rig.clock.now(), (), 60), "it is ours"
    slack.answer("#team0")
    until(rig.reconciler.conclude)
    assert rig.store.overview(1)[0].sent_at
    assert len(slack.posts) == 1


def test_what_a_dead_process_had_begun_is_taken_over(rig: Rig, slack: SlowSlack) -> None:
    fires(rig, "team0")
    assert rig.reconciler.step()
    rig.clock.advance(LEASE_SECONDS - 1)
    assert not rig.store.claim(rig.clock.now(), (), 60)
    rig.clock.advance(2)
    taken = rig.store.claim(rig.clock.now(), (), 60)
    assert taken and taken.intent, "and Slack is asked what became of it"


def test_a_call_that_fails_for_a_fault_of_ours_is_left_to_whoever_comes_next(
    store: Store, clock: Any
) -> None:
    slack = FakeSlack(script=[KeyError("a fault of ours")])
    rig = Rig(store, slack, clock, CHANNELS)
    fires(rig, "team0")
    with pytest.raises(KeyError):
        rig.reconciler.step()
    for _ in range(4):
        rig.clock.advance(LEASE_SECONDS / 2)
        rig.run(1)
    assert len(slack.posts) == 1
