"""A digest's life: who joins it, who leaves it, and how it ends."""

from datetime import timedelta

import pytest
from relay_kit import FakeClock, FakeSlack, Rig, alert, at
from storm_kit import SMALL, Screen, storm

from relay.model.delivered import Kind
from relay.model.outcome import Ambiguous, Found, Gone, Refused, Retry
from relay.store import Store, Work


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, SMALL)


def end(rig: Rig, count: int, first: int = 0, severity: str = "warning") -> None:
    minute = (rig.clock.now() - at(0)) / timedelta(minutes=1)
    for index in range(first, first + count):
        rig.tell(alert(f"h{index}", 0, minute, severity=severity), key=f"k{index}")


def test_who_joins_later_is_told_to_the_channel_together(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(50)
    storm(rig, 3, first=10)
    rig.run(5)
    storm(rig, 3, first=13)
    assert Screen(rig.slack).calls == []
    rig.run(60)
    assert ["6 more groups" in text for text in Screen(rig.slack).calls] == [True]


def test_who_is_worse_than_all_before_is_told_at_once_and_mentions(rig: Rig) -> None:
    storm(rig, 10, severity="info")
    rig.run(15)
    storm(rig, 4, severity="critical", first=10)
    rig.run(6)
    screen = Screen(rig.slack)
    assert len(screen.own) == 2, "as many as are posted individually"
    (call,) = screen.calls
    assert call.startswith("<!here> ")
    assert "2 more groups" in call


def test_a_member_that_gets_worse_is_told(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(100)
    rig.tell(alert("h1"), alert("h1b", severity="critical"), key="k1")
    rig.run(3)
    (call,) = Screen(rig.slack).calls
    assert "1 more group" in call
    assert "1 critical" in Screen(rig.slack).digests[0]


def test_a_mention_is_on_the_digests_post_only(rig: Rig) -> None:
    storm(rig, 10, severity="critical")
    rig.run(60)
    end(rig, 10, severity="critical")
    rig.run(60)
    posted = [message.text for _, message in rig.slack.posts if "STORM" in message.text]
    assert posted[0].startswith("<!here> ")
    assert "<!here>" not in str([message for _, message in rig.slack.edits])


def test_after_the_storm_groups_are_posted_again(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(200, tick=1)
    storm(rig, 1, first=10)
    rig.run(5)
    assert ["h10" in text for text in Screen(rig.slack).own] == [True]


def test_a_trickle_does_not_prolong_a_storm(rig: Rig) -> None:
    storm(rig, 10)
    for index in range(20):
        storm(rig, 1, first=10 + index)
        rig.run(20, tick=1)
    assert len(Screen(rig.slack).own) >= 10


def test_what_stays_with_the_digest_resolves_there(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(300, tick=1)
    end(rig, 9)
    rig.run(10)
    screen = Screen(rig.slack)
    assert "STORM · 1 of 10 groups firing" in screen.digests[0]
    end(rig, 1, first=9)
    rig.run(10)
    assert "RESOLVED · storm of 10 groups" in Screen(rig.slack).digests[0]
    assert Screen(rig.slack).own == []


def test_an_alert_that_joins_after_the_storm_is_posted_and_the_digest_stays_true(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(300, tick=1)
    rig.tell(alert("h3"), alert("h3b", 5), key="k3")
    rig.run(5)
    screen = Screen(rig.slack)
    assert ["2 firing" in text for text in screen.own] == [True]
    rig.tell(alert("h3", 0, 6), alert("h3b", 5, 6), key="k3")
    rig.run(10)
    screen = Screen(rig.slack)
    assert "9 of 10 groups firing" in screen.digests[0]
    assert "RESOLVED" in screen.own[0]


def test_another_episode_after_the_storm_is_a_message_of_its_own(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(10)
    end(rig, 10)
    rig.run(300, tick=1)
    storm(rig, 1)
    rig.run(5)
    screen = Screen(rig.slack)
    assert ["FIRING" in text for text in screen.own] == [True]
    assert "RESOLVED · storm of 10 groups" in screen.digests[0], "that storm is history"
    end(rig, 1)
    rig.run(5)
    assert "RESOLVED" in Screen(rig.slack).own[0]


def test_firing_again_within_the_storm_is_told_by_its_digest(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(5)
    end(rig, 10)
    rig.run(60)
    storm(rig, 2)
    rig.run(65)
    screen = Screen(rig.slack)
    assert "2 of 10 groups firing" in screen.digests[0]
    assert ["2 more groups" in text for text in screen.calls] == [True]
    assert screen.own == []


def test_each_storm_has_its_digest_and_a_group_may_be_in_two(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(400, tick=1)
    for index in range(10):
        rig.tell(alert(f"h{index}"), alert(f"h{index}b", 6), key=f"k{index}")
    rig.run(10)
    screen = Screen(rig.slack)
    assert len(screen.digests) == 2
    for index in range(10):
        rig.tell(alert(f"h{index}", 0, 8), alert(f"h{index}b", 6, 8), key=f"k{index}")
    rig.run(20)
    assert all("RESOLVED" in text for text in Screen(rig.slack).digests)
    assert [len(digest.members) for digest in rig.store.digests(5)] == [10, 10]


def test_each_channel_has_its_own_storm(rig: Rig) -> None:
    storm(rig, 10)
    for index in range(10):
        rig.tell(alert(f"d{index}", team="db"), key=f"d{index}")
    rig.run(10)
    posts = [intent.channel for intent, message in rig.slack.posts if "STORM" in message.text]
    assert sorted(posts) == ["#alerts", "#db"]


def test_a_message_from_before_the_storm_is_kept_true(rig: Rig) -> None:
    storm(rig, 3)
    rig.run(60)
    for index in range(10):
        rig.tell(alert(f"h{index}"), alert(f"h{index}b", 1), key=f"k{index}")
    rig.run(10)
    screen = Screen(rig.slack)
    assert "10 groups firing" in screen.digests[0]
    assert sum("2 firing" in text for text in screen.own) == 3
    for index in range(10):
        rig.tell(alert(f"h{index}", 0, 2), alert(f"h{index}b", 1, 2), key=f"k{index}")
    rig.run(20)
    assert all("RESOLVED" in text for text in Screen(rig.slack).own)


def test_storms_are_forgotten_once_all_is_over(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(300, tick=1)
    assert rig.store.prune(at(60 * 24 * 31)) == 0
    assert len(rig.store.digests(5)) == 1, "its groups still fire"
    end(rig, 10)
    rig.run(30)
    assert rig.store.prune(at(60 * 24 * 31)) == 10
    assert rig.store.digests(5) == []


def test_a_digest_that_slack_took_before_a_crash_is_adopted(rig: Rig) -> None:
    rig.slack.script = [RuntimeError("killed")]
    storm(rig, 10)
    with pytest.raises(RuntimeError):
        rig.reconciler.step()
    rig.slack.found = Found("CALERTS", "77.0")
    rig.restart()
    storm(rig, 5, first=10)
    rig.run(10)
    assert rig.slack.kinds == [Kind.REPLY], "the list in its thread, and no second digest"
    assert {ref.ts for ref, _ in rig.slack.edits} == {"77.0"}
    assert "15 groups firing" in rig.slack.edits[-1][1].text


def test_a_deleted_digest_is_posted_again_without_calling_anybody(rig: Rig) -> None:
    storm(rig, 10, severity="critical")
    rig.run(30)
    before = len(rig.slack.posts)
    rig.slack.script = [Gone("message_not_found")]
    end(rig, 1, first=9, severity="critical")
    rig.run(30)
    again = [message.text for _, message in rig.slack.posts[before:] if "STORM" in message.text]
    assert ["9 of 10 groups" in text and "<!here>" not in text for text in again] == [True]


def test_a_refused_digest_is_parked_and_accounts_for_all_afterwards(rig: Rig) -> None:
    rig.slack.always = Refused("channel_not_found")
    storm(rig, 10)
    rig.run(60)
    (queue,) = rig.store.queues()
    assert queue.parked == 1
    end(rig, 10)
    rig.slack.always = None
    rig.run(16 * 60, tick=5)
    assert "RESOLVED · storm of 10 groups" in Screen(rig.slack).digests[0]
    assert rig.store.queues() == []


def test_what_piled_up_while_slack_was_away_is_told_by_a_digest(rig: Rig) -> None:
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    storm(rig, 30)
    rig.run(3600, tick=5)
    end(rig, 20)
    rig.slack.always = None
    rig.run(60)
    screen = Screen(rig.slack)
    told = sum("RESOLVED" in text or "FIRING" in text for text in screen.own)
    assert f"10 of {30 - told} groups firing" in screen.digests[0]


def test_a_group_whose_posts_fate_is_unknown_is_settled_first(rig: Rig) -> None:
    rig.slack.script = [Ambiguous("no answer", unreachable=True)]
    storm(rig, 1)
    rig.reconciler.step()
    storm(rig, 9, first=1)
    rig.slack.found = Found("CALERTS", "5.0")
    rig.run(30)
    assert "9 groups firing" in Screen(rig.slack).digests[0]
    assert {entry.work for entry in rig.store.overview(20)} == {Work.IDLE}


def test_a_thread_bears_only_so_many_lists(rig: Rig) -> None:
    for index in range(600):
        labels = {f"label{n}": f"{index}" + "x" * 100 for n in range(5)}
        rig.tell(alert(f"h{index}", **labels), key=f"k{index}")
    rig.run(120)
    screen = Screen(rig.slack)
    assert len(screen.replies) == 13
    assert "more groups on the relay's page: `/digests/storm-" in screen.replies[-1][1].text
    assert rig.store.queues() == []
