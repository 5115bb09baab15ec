"""What Slack refuses is tried again, parked, or told anew."""

import pytest
from relay_kit import Rig, alert

from relay.model.delivered import Kind
from relay.model.outcome import (
    Ambiguous,
    Gone,
    Refused,
)
from relay.store import Work

pytestmark = pytest.mark.contract


def work(rig: Rig) -> list[Work]:
    return [entry.work for entry in rig.store.overview(100)]


def test_a_transient_refusal_is_tried_again_with_growing_pauses(rig: Rig) -> None:
    rig.slack.script = [Ambiguous("internal_error")] * 3
    rig.tell(alert("h1", 0))
    rig.run(10)
    assert len(rig.slack.posts) == 1
    (entry,) = rig.store.overview(1)
    assert entry.last_error == "internal_error"
    assert entry.attempts == 0


@pytest.mark.parametrize("reason", ["channel_not_found", "invalid_auth", "is_archived"])
def test_what_slack_refuses_is_parked_and_tried_again_by_and_by(rig: Rig, reason: str) -> None:
    rig.slack.always = Refused(reason)
    rig.tell(alert("h1", 0))
    rig.run(60)
    (entry,) = rig.store.overview(1)
    assert (entry.work, entry.last_error, entry.attempts) == (Work.PARKED, reason, 1)
    rig.slack.always = None
    rig.run(15 * 60, tick=10)
    assert len(rig.slack.posts) == 1


def test_content_that_slack_refuses_waits_for_other_content(rig: Rig) -> None:
    rig.slack.always = Refused("invalid_blocks", outside=False)
    rig.tell(alert("h1", 0))
    rig.run(3600, tick=60)
    assert work(rig) == [Work.PARKED]
    rig.slack.always = None
    rig.tell(alert("h1", 0))
    rig.run(5)
    assert rig.slack.posts == [], "the same state again is nothing new"
    rig.tell(alert("h1", 0), alert("h2", 1))
    rig.run(5)
    assert len(rig.slack.posts) == 1


def test_parked_work_is_tried_on_demand_and_after_what_is_fresh(rig: Rig) -> None:
    rig.slack.always = Refused("channel_not_found")
    for index in range(4):
        rig.tell(alert(f"h{index}", 0, severity="critical"), key=f"k{index}")
    rig.run(10)
    rig.slack.always = None
    rig.tell(alert("fresh", 0), key="fresh")
    assert rig.store.retry(None, rig.clock.now()) == 4
    rig.run()
    assert "fresh" in rig.slack.texts[0]
    rig.run(10)
    assert len(rig.slack.posts) == 5


def test_parked_work_that_waits_for_the_rate_stays_parked(rig: Rig) -> None:
    rig.slack.always = Refused("channel_not_found")
    rig.tell(alert("h1", 0))
    rig.run()
    for _ in range(6):
        rig.store.retry(None, rig.clock.now())
        rig.run()
    assert work(rig) == [Work.PARKED]


@pytest.mark.parametrize("reason", ["message_not_found", "edit_window_closed"])
def test_an_edit_that_cannot_be_made_becomes_a_new_message(rig: Rig, reason: str) -> None:
    rig.tell(alert("h1", 0, severity="critical"))
    rig.run()
    rig.slack.script = [Gone(reason)]
    rig.tell(alert("h1", 0, 5, severity="critical"))
    rig.run()
    assert rig.slack.kinds == [Kind.POST, Kind.POST]
    assert "<!here>" not in rig.slack.texts[1], "people were already told of it"
