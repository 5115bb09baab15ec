"""A group's life is one message, whatever its webhooks tell."""

import pytest
from relay_kit import Rig, alert

from relay.model.delivered import Kind
from relay.model.outcome import (
    Retry,
)
from relay.store import Work

pytestmark = pytest.mark.contract


def work(rig: Rig) -> list[Work]:
    return [entry.work for entry in rig.store.overview(100)]


def test_a_groups_life_is_one_message(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    rig.run()
    assert rig.slack.kinds == [Kind.POST]
    rig.tell(alert("h1", 0), alert("h2", 1, severity="critical"))
    rig.run()
    assert rig.slack.kinds == [Kind.POST, Kind.BROADCAST]
    assert len(rig.slack.edits) == 1, "the main message shows the new alert, too"
    rig.tell(alert("h1", 0, 5), alert("h2", 1, severity="critical"))
    rig.run()
    rig.tell(alert("h2", 1, 6, severity="critical"))
    rig.run()
    assert rig.slack.kinds == [Kind.POST, Kind.BROADCAST]
    assert len(rig.slack.edits) == 3
    reply, _ = rig.slack.posts[1]
    assert (reply.channel, reply.thread_ts) == ("CALERTS", "1.0")
    assert {ref.ts for ref, _ in rig.slack.edits} == {"1.0"}
    rig.run(10)
    assert rig.slack.kinds == [Kind.POST, Kind.BROADCAST, Kind.REPLY], "and what resolved"
    assert work(rig) == [Work.IDLE]


def test_the_same_webhook_again_changes_nothing(rig: Rig) -> None:
    for _ in range(3):
        rig.tell(alert("h1", 0))
        rig.clock.advance(3600)
        assert rig.run() <= 1
    assert len(rig.slack.posts) == 1
    assert rig.slack.edits == []


def test_a_mention_is_on_new_posts_only(rig: Rig) -> None:
    rig.tell(alert("h1", 0, severity="critical"))
    rig.run()
    rig.tell(alert("h1", 0, severity="critical", summary="worse"))
    rig.run()
    assert "<!here>" in rig.slack.texts[0]
    assert "<!here>" not in str(rig.slack.edits[0][1])


def test_what_fired_and_resolved_while_slack_was_away_is_told_once_as_resolved(rig: Rig) -> None:
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    rig.tell(alert("h1", 0))
    rig.run(600)
    rig.tell(alert("h1", 0, 5))
    rig.run(600)
    assert rig.slack.posts == []
    rig.slack.always = None
    rig.run(60)
    assert rig.slack.kinds == [Kind.POST]
    assert rig.slack.edits == []
    assert "<!here>" not in rig.slack.texts[0]


def test_an_alert_that_came_and_went_untold_is_told_in_the_thread(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    rig.run()
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    rig.tell(alert("h1", 0), alert("h2", 1))
    rig.run(10)
    rig.tell(alert("h1", 0), alert("h2", 1, 2))
    rig.run(10)
    rig.slack.always = None
    rig.run(60)
    assert rig.slack.kinds == [Kind.POST, Kind.REPLY]
    assert "h2" in rig.slack.texts[1]


def test_an_earlier_episode_that_nobody_was_told_of_is_told_late(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    rig.run()
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    rig.tell(alert("h1", 0, 10))
    rig.clock.advance(600)
    rig.tell(alert("h2", 60, 65))  # another episode, over long before the next
    rig.clock.advance(600)
    rig.tell(alert("h3", 120))
    rig.run(10)
    rig.slack.always = None
    rig.run(60)
    assert rig.slack.kinds == [Kind.POST, Kind.BROADCAST, Kind.REPLY]
    assert "h3" in rig.slack.texts[1]
    assert "h2" in rig.slack.texts[2]


def test_firing_again_after_resolved_is_a_new_message(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    rig.run()
    rig.tell(alert("h1", 0, 5))
    rig.run()
    rig.clock.advance(7200)
    rig.tell(alert("h1", 120))
    rig.run()
    assert rig.slack.kinds == [Kind.POST, Kind.POST]
    rig.tell(alert("h1", 120, 125))
    rig.run()
    assert rig.slack.edits[-1][0].ts == "2.0", "the new message is the one that is edited"


def test_a_whole_episode_missed_after_a_resolved_message_is_a_new_message(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    rig.run()
    rig.tell(alert("h1", 0, 5))
    rig.run()
    rig.clock.advance(7200)
    rig.tell(alert("h1", 120, 125))
    rig.run()
    assert rig.slack.kinds == [Kind.POST, Kind.POST]


def test_a_truncated_payload_never_resolves_the_message(rig: Rig) -> None:
    rig.tell(alert("h1", 0), truncated=4)
    rig.run()
    rig.tell(alert("h1", 0, 5), truncated=4)
    rig.run()
    (entry,) = rig.store.overview(1)
    assert entry.state.group.status == "firing"
