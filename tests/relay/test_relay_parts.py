"""Small parts: limits, backoff, logs, metrics, the loop's thread, the lock."""

import io
import json
import logging
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert

from relay import logs
from relay.clock import SystemClock
from relay.config.model import Limits as Rates
from relay.delivery.limits import Bucket, Limits, backoff
from relay.delivery.loop import Loop
from relay.delivery.turn import Turn
from relay.metrics import Metrics
from relay.model.outcome import Refused
from relay.secret import Secret
from relay.store import Store, StoreError


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_a_bucket_never_gives_more_than_its_rate(pauses: list[float]) -> None:
    bucket, now, taken = Bucket(rate=1.0, burst=3), 0.0, 0
    for pause in pauses:
        now += pause
        if bucket.wait(now) == 0:
            bucket.take(now)
            taken += 1
    assert taken <= now + 3


def test_a_bucket_says_how_long_to_wait() -> None:
    bucket = Bucket(rate=2.0, burst=1)
    assert bucket.wait(0) == 0
    bucket.take(0)
    assert bucket.wait(0) == 0.5
    assert bucket.wait(0.25) == 0.25
    assert bucket.wait(-5) == 0.25, "a clock that goes back does no harm"


def test_holds_and_pauses() -> None:
    limits = Limits(Rates(1.0, 1), lambda: 1.0)
    assert limits.wait("post #a", 0) == 0
    limits.hold("post #a", 10, 0)
    assert limits.held(5) == ["post #a"]
    assert limits.wait("post #b", 5) == 0
    assert limits.held(10) == []
    pauses, now = [], 100.0
    for _ in range(6):
        limits.failed(now)
        limits.failed(now)  # another call, which was under way at the same time
        pauses.append(limits.wait("post #b", now))
        now += pauses[-1]
    assert pauses == [1, 2, 4, 8, 15, 15]
    assert limits.paused(114)
    assert limits.answered()
    assert not limits.paused(100)
    limits.failed(100)
    assert not limits.answered(), "one failure is no outage"


@given(st.integers(1, 1000), st.floats(0, 1))
def test_backoff_grows_to_a_minute(attempts: int, jitter: float) -> None:
    assert 0.5 <= backoff(attempts, jitter) <= 60
    assert backoff(attempts, 0) <= backoff(attempts + 1, 0)


# Logs ----------------------------------------------------------------------------------------


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.set_up([Secret("hush-hush")], stream)
    yield stream
    root.handlers[:], root.level = handlers, level


def test_a_log_is_one_line_of_json_without_secrets(stream: io.StringIO) -> None:
    log = logs.logger("relay.test")
    log.info("told", name="a\nb\u2028c", count=3, reason=ValueError("hush-hush"), none=None)
    log.warning("careful")
    log.error("bad", long="x" * 9000)
    try:
        raise ValueError("no hush-hush")
    except ValueError:
        log.exception("worse")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    entries = [json.loads(line) for line in lines]
    assert [entry["level"] for entry in entries] == ["info", "warning", "error", "error"]
    assert entries[0]["name"] == "a\nb\u2028c"
    assert (entries[0]["count"], entries[0]["none"]) == (3, None)
    assert entries[0]["reason"] == "***"
    assert len(entries[2]["long"]) == 4000
    assert "ValueError" in entries[3]["exception"]
    assert "hush-hush" not in stream.getvalue()


# Metrics -------------------------------------------------------------------------------------


def test_reasons_do_not_grow_without_bound() -> None:
    metrics = Metrics()
    for index in range(80):
        metrics.delivered(Refused(f"odd_{index}: with more words"))
    text = metrics.text().decode()
    assert 'outcome="refused",reason="odd_49"' in text
    assert 'outcome="refused",reason="other"} 30.0' in text
    assert "with more words" not in text


# The loop ------------------------------------------------------------------------------------


def until(condition: Any, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def loop_of(rig: Rig, begin: Any = lambda: True) -> Loop:
    return Loop(rig.reconciler, rig.store, SystemClock(), rig.metrics, begin)


def test_the_loop_delivers_and_stops(store: Store, clock: FakeClock, slack: FakeSlack) -> None:
    rig = Rig(store, slack, clock)
    loop = loop_of(rig)
    assert not loop.alive
    loop.start()
    rig.tell(alert("a"))
    loop.wake()
    until(lambda: slack.posts)
    assert loop.alive
    loop.stop(5)
    assert not loop.alive


def test_the_loop_survives_faults(
    store: Store, clock: FakeClock, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.delivery.loop.AFTER_ERROR_SECONDS", 0.01)
    rig = Rig(store, slack, clock)
    prune = store.prune
    faults: list[Exception] = [StoreError("full"), KeyError("a fault of ours")]

    def step(*arguments: Any) -> int:
        if faults:
            raise faults.pop(0)
        return prune(*arguments) + 1

    store.prune = step  # a fault
    monkeypatch.setattr("relay.delivery.loop.PRUNE_SECONDS", 0.0)
    loop = loop_of(rig)
    loop.start()
    rig.tell(alert("a"))
    until(lambda: slack.posts)
    loop.stop(5)
    text = rig.metrics.text().decode()
    assert 'tocsin_relay_errors_total{kind="store"} 1.0' in text
    assert 'tocsin_relay_errors_total{kind="fault"} 1.0' in text


def test_the_loop_waits_for_its_turn(store: Store, clock: FakeClock, slack: FakeSlack) -> None:
    rig = Rig(store, slack, clock)
    rig.tell(alert("a"))
    mine = threading.Event()
    loop = loop_of(rig, mine.is_set)
    loop.start()
    time.sleep(0.05)
    assert slack.posts == []
    mine.set()
    loop.wake()
    until(lambda: slack.posts)
    loop.stop(5)


def test_in_a_storm_the_loop_leaves_time_for_what_comes_in(
    store: Store, clock: FakeClock, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, looks = Rig(store, slack, clock), []

    def step() -> bool:
        looks.append(time.monotonic())
        time.sleep(0.01)
        return False

    monkeypatch.setattr(rig.reconciler, "step", step)
    loop = loop_of(rig)
    loop.start()
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        loop.wake()
        time.sleep(0.001)
    loop.stop(5)
    gaps = [after - before for before, after in pairwise(looks)]
    assert len(looks) > 2 and min(gaps) > 0.05, "five parts of six are not its own"


def test_one_deliverer_at_a_time(store: Store, tmp_path: Path, clock: FakeClock) -> None:
    first, second = Turn(store, tmp_path / "lock"), Turn(store, tmp_path / "lock")
    rig = Rig(store, FakeSlack(), clock, CONFIG)
    rig.tell(alert("a"))
    assert store.claim(clock.now(), (), 60)
    assert first.take()
    assert store.claim(clock.now(), (), 60), "what a dead process had claimed is free again"
    assert not second.take()
    first.stop()
    first.stop()
    assert second.take()
    second.stop()
