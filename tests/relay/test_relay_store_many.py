"""Many at once at the store: each counts, and nobody waits for another's channel."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from claims_kit import NOW, claim, tell
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at

from relay.config.policy import Storms
from relay.delivery.reconcile import Reconciler
from relay.model.delivered import Delivered
from relay.model.group import Status
from relay.store import (
    Rejected,
    Store,
    Verdict,
    Work,
    group_id,
)

pytestmark = pytest.mark.contract


STORMY = replace(CONFIG, storm=Storms(threshold=5, individually=2))


def test_no_channel_waits_for_anothers_storm(store: Store) -> None:
    for index in range(30):
        tell(store, alert(f"a{index}", severity="critical"), key=f"a{index}")
    tell(store, alert("b", team="db"), key="b")
    order = [claim(store, second / 60).state.group_key for second in range(12)]
    assert "b" in order, "ten seconds are what a step of severity counts for"
    assert order[0] != "b", "with nothing to catch up on, what is severe goes first"


def test_channels_take_turns(store: Store) -> None:
    for index in range(3):
        tell(store, alert(f"a{index}"), key=f"a{index}")
        tell(store, alert(f"b{index}", team="db"), key=f"b{index}")
    order = "".join(claim(store, second / 60).state.group_key[0] for second in range(6))
    assert order in {"ababab", "bababa"}


def test_what_no_column_can_hold_is_replaced(store: Store) -> None:
    store.reject(Rejected(at(0), "a\0b\ud800", "\0"))
    assert store.rejected()[0].reason == "a\N{REPLACEMENT CHARACTER}b?"
    tell(store, alert("a"))
    assert store.finish(claim(store), Verdict(Work.PARKED, Delivered(), reason="x\0"), NOW)


def test_many_at_once_on_the_same_group_all_count(store: Store) -> None:
    """As replicas of Alertmanager do, whose alerts differ; the first one makes the group."""
    names = [f"a{index}" for index in range(24)]

    def work(mine: list[str]) -> None:
        for name in mine:
            tell(store, alert(name), key="k", minute=0)

    run([partial(work, names[start::6]) for start in range(6)])
    (known,) = store.overview(10)
    assert {record.alert.fingerprint for record in known.state.records} == set(names)
    assert claim(store).version == len(names)


def test_groups_come_and_are_gathered_at_once(store: Store) -> None:
    """Groups come, resolve, are claimed, and digests take them up: each is told as it is."""
    rig = Rig(store, FakeSlack(), FakeClock(), STORMY)
    keys = [f"k{index}" for index in range(40)]

    def come(mine: list[str]) -> None:
        for key in mine:
            rig.tell(alert(key), key=key)
            rig.tell(alert(key, 0, 0.001), key=key)

    def deliver() -> None:
        reconciler = Reconciler(store, rig.slack, STORMY, rig.clock, rig.metrics)
        for _ in range(60):
            reconciler.step()

    run([partial(come, keys[start::4]) for start in range(4)] + [deliver] * 3)
    rig.run(400, tick=5)
    assert {each.state.group.status for each in store.overview(100)} == {Status.RESOLVED}
    assert all(not member.firing for storm in store.digests(9) for member in storm.members)
    assert {each.work for each in store.overview(100)} == {Work.IDLE}


def run(works: list[Callable[[], None]]) -> None:
    """Each in a thread, all at once."""
    with ThreadPoolExecutor(len(works)) as pool:
        for done_ in [pool.submit(work) for work in works]:
            done_.result(60)


def test_it_says_whether_it_can_write(store: Store) -> None:
    store.check()
    store.check()


def test_only_one_of_many_claims_the_same(store: Store) -> None:
    for index in range(20):
        tell(store, alert(f"a{index}"), key=f"k{index}")
    claimed: list[str] = []

    def work() -> None:
        while got := store.claim(NOW, (), 60):
            claimed.append(got.group_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 20


def test_group_ids_cannot_be_forged() -> None:
    assert group_id("a", "bc") != group_id("ab", "c")
    assert len(group_id("", "x")) == 16
