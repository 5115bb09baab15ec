"""A storm: many groups at once are told by a digest, and few by themselves."""

import re

import pytest
from relay_kit import FakeClock, FakeSlack, Rig, alert
from storm_kit import SMALL, Screen, storm

from relay.message.limits import violations
from relay.model.delivered import Kind
from relay.model.group import Alert
from relay.store import Store, Work


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, SMALL)


def thousand(index: int, ends: float | None = None) -> Alert:
    severity = "critical" if index % 20 == 0 else "warning" if index % 3 else "info"
    return alert(f"h{index}", 0, ends, severity=severity, alertname=f"Alert{index % 7}")


def test_a_thousand_groups_are_accounted_for_within_ten_seconds(
    store: Store, slack: FakeSlack, clock: FakeClock
) -> None:
    rig = Rig(store, slack, clock)
    for index in range(1000):
        rig.tell(thousand(index), key=f"k{index}")
        if index % 100 == 99:
            rig.run(0.1, tick=0.1)
    rig.run(9)
    screen = Screen(slack)
    assert len(screen.digests) == 1
    assert "STORM · 1,000 groups firing. 50 critical, 633 warning, 317 info" in screen.digests[0]
    assert len(screen.own) >= 8, "the most severe are posted one by one all the same"
    assert all("critical" in text for text in screen.own)
    rig.run(60)
    screen = Screen(slack)
    assert len(screen.own) == 20
    listed = set(re.findall(r"`host=(h\d+)`", screen.lists))
    assert listed == {f"h{index}" for index in range(1000)}, "the thread lists every group"
    assert len(slack.posts) + len(slack.edits) < 40, "20 of their own, the digest, 3 lists, edits"

    for index in range(1000):
        rig.tell(thousand(index, 5), key=f"k{index}")
        if index % 100 == 99:
            rig.run(0.1, tick=0.1)
    rig.run(9)
    (digest,) = Screen(slack).digests
    assert "RESOLVED · storm of 1,000 groups. 1,000 resolved" in digest
    rig.run(120)
    screen = Screen(slack)
    assert all("RESOLVED" in text for text in (*screen.digests, *screen.own))
    assert {entry.work for entry in store.overview(2000)} == {Work.IDLE}
    assert store.queues() == []
    for message in (message for _, message in (*slack.posts, *slack.edits)):
        assert violations(vars(message)) == []


def test_few_groups_are_no_storm(rig: Rig) -> None:
    storm(rig, 5)
    rig.run(30)
    assert len(Screen(rig.slack).own) == 5
    assert Screen(rig.slack).digests == []


def test_a_digest_is_one_post_however_many_join(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(2)
    storm(rig, 10, first=10)
    rig.run(10)
    screen = Screen(rig.slack)
    assert len(screen.digests) == 1
    assert "20 groups firing" in screen.digests[0]
    assert screen.own == [], "none of them is of the worst severity"
    assert rig.slack.kinds.count(Kind.POST) == 1
    assert screen.calls == [], "people were just called"


def slowly(rig: Rig, count: int, team: str = "") -> None:
    """Groups that fire one after the other, each with a message of its own."""
    for index in range(count):
        more = {"team": team} if team else {}
        rig.tell(alert(f"h{index}", 0, **more), key=f"{team}{index}")
        rig.run(1.1, tick=1.1)


def over(rig: Rig, count: int, team: str = "") -> None:
    more = {"team": team} if team else {}
    for index in range(count):
        rig.tell(alert(f"h{index}", 0, 5, **more), key=f"{team}{index}")


@pytest.fixture
def calm(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock)


def test_many_that_resolve_at_once_are_told_of_within_seconds_though_edits_take_long(
    calm: Rig,
) -> None:
    """No storm went before: each has its own message."""
    slowly(calm, 30)
    over(calm, 30)
    calm.run(9)
    messages = Screen(calm.slack).messages.values()
    (digest,) = [each for each in messages if "RESOLVED · 30 groups" in each.text]
    assert "!here" not in digest.text
    assert sum("RESOLVED" in each.text for each in messages) < 25, "edits keep to their rate"
    calm.tell(alert("new", 10), key="new")
    calm.run(2)
    told = [message.text for _, message in calm.slack.posts]
    assert any("trouble on new" in text for text in told), "no storm: what is new is posted"
    calm.tell(alert("h3", 11), key="3")
    calm.run(4)
    texts = [each.text for each in Screen(calm.slack).messages.values()]
    assert any("RESOLVED · 29 of 30 groups" in text for text in texts)
    calm.run(120, tick=1)
    texts = [each.text for each in Screen(calm.slack).messages.values()]
    assert sum("✅ RESOLVED warning" in text for text in texts) == 30
    assert sum(" groups" in text for text in texts) == 1, "one digest"
    listed = set(re.findall(r"`host=(h\d+)`", Screen(calm.slack).lists))
    assert len(listed) == 30


def test_few_that_resolve_at_once_are_edited(calm: Rig) -> None:
    slowly(calm, 18)
    over(calm, 18)
    calm.run(30)
    assert calm.slack.kinds.count(Kind.POST) == 18


def test_the_rate_of_edits_is_one_for_all_channels(calm: Rig) -> None:
    slowly(calm, 12)
    slowly(calm, 12, team="db")
    over(calm, 12)
    over(calm, 12, team="db")
    calm.run(9)
    told = [
        message.text for _, message in calm.slack.posts if "RESOLVED · 12 groups" in message.text
    ]
    assert len(told) == 2


def test_a_storm_after_a_wave_is_a_digest_of_its_own(calm: Rig) -> None:
    slowly(calm, 40)
    over(calm, 40)
    calm.run(5)
    storm(calm, 30, first=100)
    calm.run(5)
    assert len([text for text in Screen(calm.slack).digests if "30 groups firing" in text]) == 1
