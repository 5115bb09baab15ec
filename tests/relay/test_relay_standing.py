"""Acknowledged and silenced: what holds for which episode, and that the store keeps it."""

from datetime import timedelta

import pytest
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at, webhook

from relay.intake.ingest import take_in
from relay.intake.merge import merge
from relay.model import codec, standing
from relay.model.standing import Acknowledged, Silenced, Standing
from relay.store import Store, Work, group_id

pytestmark = pytest.mark.contract

QUIET = Silenced(at(60), "U1", at(5), "silence-1", "http://am:9093", "maintenance")
GROUP = merge(None, webhook(alert("a", 0)), at(0)).group


def test_what_people_do_is_kept_apart() -> None:
    both = standing.silence(standing.acknowledge(Standing(), "U1", at(1)), QUIET)
    assert both == Standing(Acknowledged("U1", at(1)), QUIET)
    assert standing.unacknowledge(both) == Standing(silenced=QUIET)
    assert standing.unsilence(both) == Standing(Acknowledged("U1", at(1)))
    assert standing.acknowledge(both, "U2", at(2)).acknowledged == Acknowledged("U2", at(2))


def test_a_silence_ends_by_itself() -> None:
    known = Standing(silenced=QUIET)
    assert known.now(GROUP, at(59)) == known
    assert known.now(GROUP, at(60)) == Standing()


def test_an_acknowledgement_is_of_one_episode() -> None:
    known = standing.acknowledge(Standing(), "U1", at(3))
    assert known.now(GROUP, at(500)) == known
    again = merge(None, webhook(alert("a", 4)), at(4)).group
    assert known.now(again, at(5)) == Standing()
    joined = merge(None, webhook(alert("a", 0), alert("b", 4)), at(4)).group
    assert known.now(joined, at(5)) == known, "what joins is of the same episode"


def test_it_is_read_back_as_it_was() -> None:
    for known in (Standing(), Standing(Acknowledged("U1", at(1)), QUIET), Standing(None, QUIET)):
        assert codec.load_standing(codec.dump_standing(known)) == known
    assert codec.load_standing(None) == Standing()


def test_a_change_makes_the_groups_message_due(store: Store) -> None:
    clock, slack = FakeClock(), FakeSlack()
    rig = Rig(store, slack, clock)
    rig.tell(alert("a"))
    rig.run()
    clock.advance(60)
    name = group_id("relay", "k")
    known = store.stand(name, lambda old: standing.acknowledge(old, "U1", at(1)), at(1))
    assert known == Standing(Acknowledged("U1", at(1)))
    entry = store.find(name)
    assert entry
    assert (entry.standing, entry.work) == (known, Work.PENDING)
    assert store.standings() == {name: known}
    claim = store.claim(at(1), (), 1)
    assert claim
    assert claim.standing == known
    store.release_all()
    rig.run(5)
    assert len(slack.posts) == 1
    assert store.stand(name, lambda old: old, at(2)) == known
    entry = store.find(name)
    assert entry
    assert entry.work is Work.IDLE, "nothing changed"
    store.stand(name, standing.unacknowledge, at(3))
    assert store.standings() == {}


def test_it_is_forgotten_with_its_group(store: Store) -> None:
    take_in(webhook(alert("a", 0, 1)), store, CONFIG, at(2))
    name = group_id("relay", "k")
    rig = Rig(store, FakeSlack(), FakeClock())
    rig.clock.advance(120)
    rig.run()
    store.stand(name, lambda old: standing.silence(old, QUIET), at(3))
    rig.clock.advance(120)
    rig.run()
    assert store.prune(at(2) + timedelta(days=31)) == 1
    assert store.standings() == {}
    assert store.find(name) is None
    assert store.stand(name, standing.unsilence, at(3)) is None
