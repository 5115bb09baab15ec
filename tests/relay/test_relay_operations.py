"""The relay's own trouble is told to its operators."""

from dataclasses import replace
from datetime import timedelta

import pytest
from deadman_kit import WATCHING
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert

from relay.config.policy import Operations, Storms
from relay.model.outcome import Gone, Refused
from relay.store import Store


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, WATCHING)


OPERATED = replace(CONFIG, operations=Operations("#ops", "<@U0000001>", timedelta(minutes=5)))


@pytest.fixture
def operated(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, OPERATED)


def refusing(rig: Rig, channel: str = "#alerts") -> None:
    """Slack refuses one channel and takes the others."""
    post = FakeSlack.post

    def choose(intent: object, message: object) -> object:
        if intent.channel == channel:  # an Intent
            return Refused("channel_not_found")
        return post(rig.slack, intent, message)  # passed on

    rig.slack.post = choose  # a stub


def test_parked_messages_are_told_to_operations_and_that_they_are_gone(operated: Rig) -> None:
    refusing(operated)
    operated.tell(alert("h1"))
    operated.run(60, tick=1)
    ((intent, message),) = operated.slack.posts
    assert intent.channel == "#ops"
    assert message.text.startswith("<@U0000001> ⚠️ THE RELAY CANNOT DELIVER EVERYTHING: #alerts")
    assert "1 refused by Slack" in str(message)
    operated.tell(alert("h2"), key="k2")
    operated.run(60, tick=1)
    assert "2 refused by Slack" in str(operated.slack.edits[-1][1])
    del operated.slack.post
    operated.store.retry(None, operated.clock.now())
    operated.run(60, tick=1)
    assert "DELIVERS AGAIN" in operated.slack.edits[-1][1].text
    assert len(operated.slack.posts) == 3
    operated.run(3600, tick=30)
    assert len(operated.slack.posts) == 3


def test_a_backlog_is_told(operated: Rig) -> None:
    slow = replace(OPERATED.limits, messages_per_second=0.01, burst=1)
    operated.config = replace(OPERATED, limits=slow, storm=Storms(threshold=100))
    operated.restart()
    for index in range(8):
        operated.tell(alert(f"h{index}", severity="info"), key=f"k{index}")
    operated.run(400, tick=5)
    told = [message for intent, message in operated.slack.posts if intent.channel == "#ops"]
    assert told
    assert "waiting, since" in str(told[0])


def test_deleted_trouble_is_posted_again_while_it_lasts(operated: Rig) -> None:
    refusing(operated)
    operated.tell(alert("h1"))
    operated.run(60, tick=1)
    operated.slack.script = [Gone("message_not_found")]
    operated.tell(alert("h2"), key="k2")
    operated.run(60, tick=1)
    assert len(operated.slack.posts) == 2
    assert "<@U0000001>" not in operated.slack.posts[1][1].text


def test_without_an_operations_channel_nobody_is_told(rig: Rig) -> None:
    rig.store.begin_watching([], True, rig.clock.now())
    rig.slack.always = Refused("channel_not_found")
    rig.tell(alert("h1"))
    rig.run(120, tick=5)
    assert [queue.channel for queue in rig.store.queues()] == ["#alerts"]


def test_trouble_that_is_over_when_its_message_was_deleted_needs_none(operated: Rig) -> None:
    refusing(operated)
    operated.tell(alert("h1"))
    operated.run(60, tick=1)
    del operated.slack.post
    operated.store.retry(None, operated.clock.now())
    operated.slack.script = [Gone("message_not_found")] * 2
    operated.run(120, tick=1)
    told = [intent for intent, _ in operated.slack.posts if intent.channel == "#ops"]
    assert len(told) <= 2
    assert operated.store.queues() == []
