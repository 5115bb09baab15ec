"""Who goes first, and how fast Slack is called."""

import pytest
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert

from relay.config.model import Config, Limits
from relay.model.outcome import (
    RateLimited,
    Retry,
)
from relay.store import Store

pytestmark = pytest.mark.contract


FAST = Config(CONFIG.default, CONFIG.routes, limits=Limits(messages_per_second=100, burst=100))


def test_after_an_outage_the_most_urgent_goes_first(rig: Rig) -> None:
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    for index, severity in enumerate(["info", "warning", "critical", "warning", "critical"]):
        rig.tell(alert(f"h{index}", 0, severity=severity), key=f"k{index}")
        rig.clock.advance(1)
    rig.tell(alert("h5", 0, 1, severity="critical"), key="k5")
    rig.run(3600, tick=1)
    rig.slack.always = None
    rig.run(120)
    told = [text.split("h", 1)[0] and text for text in rig.slack.texts]
    order = [next(f"h{i}" for i in range(6) if f"h{i}" in text) for text in told]
    assert order == ["h2", "h4", "h5", "h1", "h3", "h0"]


def test_a_newer_state_replaces_the_one_that_waits(rig: Rig) -> None:
    rig.slack.script = [RateLimited(30)]
    rig.tell(alert("h1", 0, summary="old news"))
    rig.run(1)
    rig.tell(alert("h1", 0, summary="fresh news"))
    rig.run(28)
    assert rig.slack.posts == []
    rig.run(5)
    assert len(rig.slack.posts) == 1
    assert "fresh news" in rig.slack.texts[0]


def test_retry_after_holds_only_its_channel(rig: Rig) -> None:
    rig.slack.script = [RateLimited(60)]
    rig.tell(alert("h1", 0, severity="critical"), key="k1")
    rig.tell(alert("h2", 0), key="k2")
    rig.tell(alert("h3", 0, team="db"), key="k3")
    rig.run(10)
    assert [intent.channel for intent, _ in rig.slack.posts] == ["#db"]
    rig.run(60)
    assert [intent.channel for intent, _ in rig.slack.posts] == ["#db", "#alerts", "#alerts"]


def test_retry_after_on_new_messages_does_not_hold_edits(rig: Rig) -> None:
    rig.tell(alert("h1", 0), key="k1")
    rig.run(10)
    rig.slack.script = [RateLimited(60)]
    rig.tell(alert("h2", 0, severity="critical"), key="k2")
    rig.run(1)
    rig.tell(alert("h1", 0, 5), key="k1")
    rig.run(1)
    assert len(rig.slack.edits) == 1


def test_a_channel_gets_one_message_a_second_after_a_burst(rig: Rig) -> None:
    for index in range(10):
        rig.tell(alert(f"h{index}", 0), key=f"k{index}")
    rig.run()
    assert len(rig.slack.posts) == 3
    rig.run(4)
    assert 6 <= len(rig.slack.posts) <= 7
    rig.run(10)
    assert len(rig.slack.posts) == 10


def test_edits_keep_to_slacks_rate_for_the_workspace(
    store: Store, slack: FakeSlack, clock: FakeClock
) -> None:
    rig = Rig(store, slack, clock, FAST)
    for index in range(30):
        rig.tell(alert(f"h{index}", 0), key=f"k{index}")
    rig.run(5)
    for index in range(30):
        rig.tell(alert(f"h{index}", 0, 5), key=f"k{index}")
    rig.run()
    assert len(slack.edits) == 10
    rig.run(60)
    assert len(slack.edits) == 30
