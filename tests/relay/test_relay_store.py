"""The store's contract: the same for every engine."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at, webhook
from sqlalchemy.dialects import sqlite

from relay.config.policy import Storms
from relay.delivery.reconcile import Reconciler
from relay.intake.ingest import take_in
from relay.model.delivered import Delivered, Intent, Kind, MessageRef, told_of
from relay.model.group import Alert, Status
from relay.store import (
    Claim,
    Heartbeat,
    Rejected,
    Store,
    StoreError,
    Verdict,
    Work,
    group_id,
    queries,
)
from relay.store.sqlite import open_sqlite

pytestmark = pytest.mark.contract

NOW = at(0)
STORMY = replace(CONFIG, storm=Storms(threshold=5, individually=2))


def tell(store: Store, *alerts: Alert, key: str = "k", minute: float = 0) -> str:
    take_in(webhook(*alerts, key=key), store, CONFIG, at(minute))
    return group_id("relay", key)


def claim(store: Store, minute: float = 0, held: tuple[str, ...] = ()) -> Claim:
    claimed = store.claim(at(minute), held, 60)
    assert claimed
    return claimed


def done(claimed: Claim) -> Verdict:
    ref = MessageRef("C1", "1.0", "#alerts")
    told = told_of(claimed.state.group.alerts)
    return Verdict(Work.IDLE, Delivered(ref, "f", told=told), sent_at=NOW)


def test_nothing_to_claim_at_first(store: Store) -> None:
    assert store.claim(NOW, (), 60) is None
    assert store.overview(10) == []
    assert store.queues() == []
    assert store.counts() == {"firing": 0, "resolved": 0}


def test_what_is_taken_in_can_be_claimed_once(store: Store) -> None:
    name = tell(store, alert("a"))
    claimed = claim(store)
    assert claimed.group_id == name
    assert claimed.state.group.alerts[0].fingerprint == "a"
    assert claimed.delivered == Delivered()
    assert claimed.intent is None
    assert claimed.work is Work.PENDING
    assert store.claim(NOW, (), 60) is None


def test_what_is_done_rests_until_there_is_news(store: Store) -> None:
    tell(store, alert("a"))
    claimed = claim(store)
    assert store.finish(claimed, done(claimed), NOW)
    assert store.claim(at(600), (), 60) is None
    tell(store, alert("a"), minute=10)
    assert store.claim(at(600), (), 60) is None, "the same again is no news"
    tell(store, alert("a", 0, 5), minute=11)
    assert claim(store, 11).delivered == done(claimed).delivered


def test_an_old_lease_can_be_taken_over_and_its_holder_is_told(store: Store) -> None:
    tell(store, alert("a"))
    old = claim(store)
    new = claim(store, 2)
    assert not store.intend(old, intent())
    assert not store.finish(old, done(old), at(2))
    assert store.finish(new, done(new), at(2))


def intent() -> Intent:
    return Intent("token", Kind.POST, "#alerts", "", NOW, Delivered(fingerprint="x"))


def test_leases_are_given_back_at_once_on_demand(store: Store) -> None:
    tell(store, alert("a"))
    first = claim(store)
    assert store.intend(first, intent())
    store.release_all()
    assert claim(store).intent == intent(), "what was about to be sent is not forgotten"


def test_claims_go_by_severity_then_firing_then_waiting(store: Store) -> None:
    tell(store, alert("a", severity="info"), key="info")
    tell(store, alert("b", 0, 1, severity="critical"), key="over", minute=1)
    tell(store, alert("c", severity="critical"), key="late", minute=3)
    tell(store, alert("d", severity="critical"), key="early", minute=2)
    tell(store, alert("e", severity="odd"), key="odd")
    order = [claim(store, 5).state.group_key for _ in range(5)]
    assert order == ["early", "late", "over", "info", "odd"]


def test_held_lanes_are_left_alone(store: Store) -> None:
    tell(store, alert("a"), key="k1")
    tell(store, alert("b", team="db"), key="k2")
    assert claim(store, held=("post #alerts",)).state.group_key == "k2"
    assert store.claim(NOW, ("post #alerts",), 60) is None
    assert claim(store).state.group_key == "k1"


def test_news_during_a_claim_make_it_pending_again(store: Store) -> None:
    tell(store, alert("a"))
    claimed = claim(store)
    tell(store, alert("a"), alert("b"), minute=1)
    assert store.finish(claimed, done(claimed), at(1))
    assert claim(store, 1).delivered == done(claimed).delivered


def test_parked_work_waits_for_its_time_or_a_call(store: Store) -> None:
    names = [tell(store, alert("a"), key="k1"), tell(store, alert("b"), key="k2")]
    for _ in names:
        claimed = claim(store)
        verdict = Verdict(Work.PARKED, Delivered(), due_at=at(15), attempts=1, reason="no")
        assert store.finish(claimed, verdict, NOW)
    assert store.claim(at(14), (), 60) is None
    assert store.retry(names[1], at(14.5)) == 1
    assert claim(store, 14.5).work is Work.PARKED
    assert claim(store, 15).state.group_key == "k1"
    assert store.retry("unknown", at(14)) == 0


def test_parked_for_good_comes_back_with_another_configuration(store: Store) -> None:
    assert not store.retry_on_change("one", NOW)
    tell(store, alert("a"))
    claimed = claim(store)
    store.finish(claimed, Verdict(Work.PARKED, Delivered(), reason="no"), NOW)
    assert not store.retry_on_change("one", at(1))
    assert store.claim(at(1000), (), 60) is None
    assert store.retry_on_change("two", at(1))
    assert claim(store, 1)


def test_work_that_waits_can_be_hastened(store: Store) -> None:
    tell(store, alert("a"))
    claimed = claim(store)
    store.finish(claimed, Verdict(Work.PENDING, Delivered(), due_at=at(60)), NOW)
    assert store.claim(at(1), (), 60) is None
    store.hasten(at(1))
    assert claim(store, 1)


def test_news_do_not_cut_a_wait_short(store: Store) -> None:
    tell(store, alert("a"))
    claimed = claim(store)
    store.finish(claimed, Verdict(Work.PENDING, Delivered(), due_at=at(5), attempts=3), NOW)
    tell(store, alert("a"), alert("b"), minute=1)
    assert store.claim(at(2), (), 60) is None
    assert claim(store, 5).attempts == 3


def test_the_overview_shows_trouble_first(store: Store) -> None:
    tell(store, alert("a", severity="critical"), key="idle")
    store.finish(claimed := claim(store), done(claimed), NOW)
    tell(store, alert("b", severity="info"), key="parked")
    verdict = Verdict(Work.PARKED, Delivered(), attempts=2, reason="is_archived")
    store.finish(claim(store), verdict, at(1))
    tell(store, alert("c"), key="pending", minute=2)
    overview = store.overview(10)
    assert [entry.work for entry in overview] == [Work.PARKED, Work.PENDING, Work.IDLE]
    parked, pending, idle = overview
    assert (parked.last_error, parked.last_error_at, parked.attempts) == ("is_archived", at(1), 2)
    assert (pending.waiting_since, pending.sent_at) == (at(2), None)
    assert (idle.waiting_since, idle.sent_at, idle.channel) == (None, NOW, "#alerts")
    assert len(store.overview(1)) == 1


def test_queues_count_by_channel(store: Store) -> None:
    tell(store, alert("a"), key="k1", minute=1)
    tell(store, alert("b"), key="k2", minute=2)
    tell(store, alert("c", team="db"), key="k3", minute=3)
    store.finish(claim(store, 3), Verdict(Work.PARKED, Delivered()), at(3))
    queues = {queue.channel: queue for queue in store.queues()}
    assert (queues["#alerts"].pending, queues["#alerts"].parked) == (1, 1)
    assert (queues["#db"].pending, queues["#db"].parked) == (1, 0)
    assert queues["#alerts"].oldest == at(1)
    assert store.counts() == {Status.FIRING: 3, Status.RESOLVED: 0}


def test_channels_and_heartbeats_are_remembered(store: Store) -> None:
    assert store.channel_id("#a") == ""
    for name in ("C1", "C2"):
        store.remember_channel("#a", name)
    assert store.channel_id("#a") == "C2"
    store.heartbeat(Heartbeat("b", at(1)))
    store.heartbeat(Heartbeat("a", at(1)))
    store.heartbeat(Heartbeat("a", at(2)))
    assert store.heartbeats() == [Heartbeat("a", at(2)), Heartbeat("b", at(1))]


def test_rejected_bodies_are_kept_up_to_a_hundred(store: Store) -> None:
    for index in range(103):
        store.reject(Rejected(at(index), f"reason {index}", "x"))
    kept = store.rejected()
    assert len(kept) == 100
    assert kept[0] == Rejected(at(102), "reason 102", "x")


def test_old_resolved_groups_are_forgotten_and_nothing_else(store: Store) -> None:
    tell(store, alert("a", 0, 1), key="over")
    store.finish(claimed := claim(store), done(claimed), NOW)
    tell(store, alert("b"), key="firing")
    store.finish(claimed := claim(store), done(claimed), NOW)
    tell(store, alert("c", 0, 1), key="untold")
    assert store.prune(NOW) == 0
    assert store.prune(at(1)) == 1
    assert {entry.state.group_key for entry in store.overview(10)} == {"firing", "untold"}


def test_what_is_old_is_forgotten_in_small_steps(store: Store) -> None:
    for index in range(5):
        tell(store, alert("a", 0, 1), key=f"k{index}", minute=index / 10)
        store.finish(claimed := claim(store, 1), done(claimed), at(1))
    assert [store.prune(at(2), limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert store.history(group_id("relay", "k0")) == []


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
        reconciler = Reconciler(store, rig.slack, STORMY, rig.clock, rig.metrics, lambda: 0.0)
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


# SQLite alone --------------------------------------------------------------------------------


def test_everything_is_there_after_opening_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/relay.sqlite"
    first = open_sqlite(url)
    tell(first, alert("a"))
    salt = first.salt()
    first.close()
    second = open_sqlite(url)
    assert claim(second)
    assert second.salt() == salt
    assert len(salt) == 16
    second.close()


def test_it_is_durable(tmp_path: Path) -> None:
    store = open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")
    with store._db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    store.close()


@pytest.mark.parametrize(
    "statement",
    [queries.due(0, ["post #a"]), queries.crowds(0), queries.queues()],
    ids=["due", "crowds", "queues"],
)
def test_a_step_does_not_grow_with_the_groups_that_are_known(
    tmp_path: Path, statement: Any
) -> None:
    """Each of its queries begins with what waits, by an index."""
    store = open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")
    query = statement.compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True, "render_postcompile": True}
    )
    with store._db.engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    store.close()
    assert any("deliveries USING INDEX deliveries_due (work=?" in line for line in plan)
    assert not [line for line in plan if line.startswith("SCAN")]


@pytest.mark.parametrize("path", ["missing/relay.sqlite", ""])
def test_a_file_that_cannot_be_opened_is_a_store_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(StoreError, match="cannot use the database"):
        open_sqlite(f"sqlite:///{tmp_path}/{path}")


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "relay.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")


def test_an_url_that_makes_no_sense_is_a_store_error() -> None:
    with pytest.raises(StoreError, match="cannot open the database"):
        open_sqlite("nonsense")


def test_a_locked_file_is_a_store_error_and_then_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.store.sqlite.BUSY_SECONDS", 0.05)
    store = open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")
    other = sqlite3.connect(tmp_path / "relay.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="database: database is locked"):
        tell(store, alert("a", summary="private"))
    assert store.overview(1) == [], "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    tell(store, alert("a"))
    assert claim(store)
    store.close()


def test_five_thousand_alerts_are_taken_in_fast(store: Store) -> None:
    many = [alert(f"a{index}") for index in range(5000)]
    tell(store, *many)
    tell(store, *many, minute=1)
    assert len(claim(store, 1).state.records) == 5000
    assert store.claim(NOW + timedelta(hours=1), (), 60) is not None
