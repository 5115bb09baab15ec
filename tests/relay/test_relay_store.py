"""The contract of the store, on every engine."""

import pytest
from claims_kit import NOW, claim, tell
from relay_kit import alert, at

from relay.model.delivered import Delivered, Intent, Kind, MessageRef, told_of
from relay.model.group import Status
from relay.store import (
    Claim,
    Heartbeat,
    Rejected,
    Store,
    Verdict,
    Work,
    group_id,
)

pytestmark = pytest.mark.contract


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


def test_a_lease_can_be_renewed_by_its_holder_alone(store: Store) -> None:
    tell(store, alert("a"))
    mine = claim(store)
    store.renew([mine], at(1), 120)
    assert store.claim(at(2.9), (), 60) is None
    other = store.claim(at(3.1), (), 60)
    assert other
    store.renew([mine], at(4), 600)
    assert store.claim(at(4.2), (), 60), "it was not ours any more"


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
