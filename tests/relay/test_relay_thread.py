"""What the thread of a message tells, coalesced."""

import re

from relay_kit import FakeClock, FakeSlack, Rig, alert
from thread_kit import kinds, work

from relay.model.delivered import Kind
from relay.store import Store, Work


def test_what_resolves_within_seconds_is_one_reply_in_the_thread(rig: Rig) -> None:
    rig.tell(*(alert(f"h{n}") for n in range(4)))
    rig.run(10)
    rig.tell(alert("h0", 0, 1), *(alert(f"h{n}") for n in range(1, 4)))
    rig.run(2)
    rig.tell(alert("h0", 0, 1), alert("h1", 0, 1), alert("h2"), alert("h3"))
    rig.run(10)
    assert kinds(rig) == ["post", "reply"]
    assert "2 alerts resolved · 2 still firing" in rig.slack.posts[1][1].text
    assert "`host=h0`" in rig.slack.texts[1]
    assert "`host=h2`" not in rig.slack.texts[1]
    rig.tell(*(alert(f"h{n}", 0, 2) for n in range(4)))
    rig.run(10)
    assert "2 alerts resolved · nothing fires any more" in rig.slack.posts[2][1].text
    assert work(rig) == {Work.IDLE}


def test_a_group_of_one_needs_no_note(rig: Rig) -> None:
    rig.tell(alert("h1"))
    rig.run(5)
    rig.tell(alert("h1", 0, 1))
    rig.run(60)
    assert kinds(rig) == ["post"]


def test_what_fires_again_before_its_end_was_told_is_not_told_as_resolved(rig: Rig) -> None:
    rig.tell(alert("h1"), alert("h2"))
    rig.run(5)
    rig.tell(alert("h1", 0, 0.1), alert("h2"))
    rig.run(1)
    rig.tell(alert("h1", 0.2), alert("h2"))
    rig.run(60)
    assert kinds(rig) == ["post", "broadcast"]
    assert work(rig) == {Work.IDLE}


def test_a_burst_of_joining_alerts_is_two_replies_at_most(rig: Rig) -> None:
    rig.tell(alert("h0"))
    rig.run(5)
    for count in range(2, 8):
        rig.tell(*(alert(f"h{n}") for n in range(count)))
        rig.run(0.5, tick=0.5)
    rig.run(20)
    assert kinds(rig) == ["post", "broadcast", "broadcast"]
    assert "5 of 7" in rig.slack.posts[2][1].text
    assert work(rig) == {Work.IDLE}


def test_an_escalation_waits_for_nobody(rig: Rig) -> None:
    rig.tell(alert("h0"))
    rig.run(5)
    rig.tell(alert("h0"), alert("h1"))
    rig.run(1)
    rig.tell(alert("h0"), alert("h1"), alert("h2", severity="critical"))
    rig.run(1)
    assert kinds(rig) == ["post", "broadcast", "broadcast"]
    assert rig.slack.posts[2][1].text.startswith("<!here>")


def test_the_thread_lists_what_the_message_cannot_show(rig: Rig) -> None:
    rig.tell(*(alert(f"h{n:03}") for n in range(300)))
    rig.run(60)
    replies = [message for intent, message in rig.slack.posts if intent.kind is Kind.REPLY]
    named = re.findall(r"`host=(h\d+)`", " ".join(str(message) for message in replies))
    assert sorted(named) == [f"h{n:03}" for n in range(300)]
    before = len(rig.slack.posts)
    rig.tell(*(alert(f"h{n:03}") for n in range(300)), alert("late", 5))
    rig.run(60)
    assert [intent.kind for intent, _ in rig.slack.posts[before:]] == [Kind.BROADCAST, Kind.REPLY]
    assert "Alerts 301 to 301 of 301" in rig.slack.posts[-1][1].text
    assert work(rig) == {Work.IDLE}


def test_a_thread_bears_only_so_many_lists(rig: Rig) -> None:
    rig.tell(*(alert(f"h{n:04}", summary="s" * 150 + str(n)) for n in range(2000)))
    rig.run(120)
    replies = [message for intent, message in rig.slack.posts if intent.kind is Kind.REPLY]
    assert len(replies) == 6
    assert "more alerts: on the relay's page" in replies[-1].text
    assert work(rig) == {Work.IDLE}


def test_notes_take_only_what_new_messages_leave(
    store: Store, slack: FakeSlack, clock: FakeClock
) -> None:
    rig = Rig(store, slack, clock)
    rig.tell(*(alert(f"h{n:03}") for n in range(300)))
    for n in range(6):
        rig.tell(alert(f"x{n}", severity="info"), key=f"x{n}")
    rig.run(4)
    assert [intent.kind for intent, _ in slack.posts].count(Kind.REPLY) == 0
    rig.run(60)
    assert {entry.work for entry in store.overview(100)} == {Work.IDLE}
