"""What several processes share: rates and holds, the time, and the bell."""

import threading
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from relay_kit import FakeClock, at

from relay.bells import Bells
from relay.clock import SharedClock
from relay.config.model import Limits as Rates
from relay.delivery.limits import Limits
from relay.delivery.shared import SharedLimits
from relay.metrics import Metrics
from relay.store import Store, StoreError
from relay.store.bell import Bell

pytestmark = pytest.mark.contract

LANES = ["post #a", "note #a", "edit #a", "post #b", "edit #b"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(LANES),
            st.integers(0, 1),  # which process
            st.sampled_from([0.0, 0.0, 0.0, 0.5, 1.0, 5.0]),  # seconds until then
            st.sampled_from([0.0, 0.0, 0.0, 0.0, 7.0]),  # Slack's Retry-After
        ),
        min_size=5,
        max_size=25,
    )
)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_processes_have_one_budget(
    store: Store, story: list[tuple[str, int, float, float]]
) -> None:
    clock = FakeClock()
    for name in [*LANES, "edit"]:  # as at first: the store is that of the story before
        store.take_lane(name, lambda lane: type(lane)())
    one = Limits(Rates(1.0, 3))
    both = [SharedLimits(store, clock, Rates(1.0, 3)) for _ in range(2)]
    for lane, process, pause, held in story:
        clock.advance(pause)
        now = clock.monotonic()
        wait = one.reserve(lane, now)
        assert both[process].wait(lane, now) == pytest.approx(wait, abs=0.01)
        assert both[process].reserve(lane, now) == pytest.approx(wait, abs=0.01)
        if held:
            one.hold(lane, held, now)
            both[process].hold(lane, held, now)
        for each in both:
            known = set(one.held(now))
            assert known <= set(each.held(now)) | set(), "what is held is left alone by all"
            assert not [name for name in each.held(now) if not one.wait(name, now)]


def test_one_that_cannot_reach_slack_stops_nobody_else(store: Store) -> None:
    first, second = (SharedLimits(store, FakeClock(), Rates(1.0, 3)) for _ in range(2))
    first.failed(1000.0)
    assert first.paused(1000.1)
    assert not second.paused(1000.1)


def test_rates_of_many_at_once_are_kept(store: Store) -> None:
    taken: list[float] = []

    def work() -> None:
        limits = SharedLimits(store, FakeClock(), Rates(1.0, 3))
        taken.extend(limits.reserve("post #a", 0) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), taken.count(0.0)) == (20, 3)


def test_the_servers_time_counts_and_ours_may_jump() -> None:
    told = [at(60), None]
    clock = SharedClock(lambda: told[0])
    assert timedelta() <= clock.now() - at(60) < timedelta(seconds=20)
    told[0] = at(120)
    assert clock.now() < at(119), "it is asked now and then only"
    clock._sync_at = 0
    assert clock.now() >= at(120)
    clock._sync_at, told[0] = 0, None
    assert clock.now() >= at(120), "while it cannot be asked, time goes on"


def test_every_engine_says_whether_it_has_a_clock(store: Store, store_url: str) -> None:
    told = store.time()
    assert (told is None) == store_url.startswith("sqlite")
    assert told is None or abs(told.timestamp() - time.time()) < 60


def test_a_bell_is_heard_by_all(postgres_url: str) -> None:
    heard = [threading.Event(), threading.Event()]
    metrics = Metrics()
    ears = [Bells(postgres_url, metrics, [event.set]) for event in heard]
    for ear in ears:
        ear.start()
    for event in heard:
        assert event.wait(20), "it may have rung before: they look once"
        event.clear()
    time.sleep(0.6)  # by now they wait
    web = Bells(postgres_url, metrics)
    web.start()
    web.wake()
    for event in heard:
        assert event.wait(20)
    for each in (*ears, web):
        each.stop()


def test_a_bell_without_a_server_is_a_store_error(postgres_url: str) -> None:
    bell = Bell("postgresql://relay@127.0.0.1:1/d")
    with pytest.raises(StoreError, match="cannot notify"):
        bell.ring()
    with pytest.raises(StoreError, match="cannot listen"):
        bell.hear(0.1)
    bell.close()
    lost = Bell(postgres_url)
    assert lost.hear(0.1)
    lost.ring()
    assert lost.hear(5)
    assert not lost.hear(0.05)
    for connection in (lost._hearing, lost._ringing):
        connection.close()
    with pytest.raises(StoreError):
        lost.hear(0.1)
    with pytest.raises(StoreError):
        lost.ring()
    assert lost.hear(0.1), "and it is made anew"
    lost.ring()
    lost.close()
