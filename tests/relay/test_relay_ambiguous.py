"""A post whose fate is unknown is looked up before it is sent again."""

import pytest
from relay_kit import Rig, alert

from relay.model.delivered import Kind
from relay.model.outcome import (
    Ambiguous,
    Found,
    More,
    RateLimited,
    Retry,
    Unknowable,
)
from relay.store import Work

pytestmark = pytest.mark.contract


def work(rig: Rig) -> list[Work]:
    return [entry.work for entry in rig.store.overview(100)]


def test_a_crash_after_slack_accepted_is_found_and_not_posted_twice(rig: Rig) -> None:
    slack = rig.slack
    slack.script = [RuntimeError("killed")]
    rig.tell(alert("h1", 0))
    with pytest.raises(RuntimeError):
        rig.reconciler.step()
    rig.tell(alert("h1", 0, summary="newer"))
    slack.found = Found("CALERTS", "77.0")
    rig.restart()
    rig.run(5)
    assert slack.posts == []
    intent, channel = slack.looks[0]
    assert (intent.kind, channel) == (Kind.POST, "#alerts")
    assert [ref.ts for ref, _ in slack.edits] == ["77.0"], "adopted, then brought up to date"


def test_a_crash_in_a_reply_is_looked_up_in_its_thread(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    rig.run()
    rig.slack.script = [RuntimeError("killed")]
    rig.tell(alert("h1", 0), alert("h2", 1))
    with pytest.raises(RuntimeError):
        rig.reconciler.step()
    rig.slack.found = Found("CALERTS", "78.0")
    rig.restart()
    rig.run(5)
    intent, channel = rig.slack.looks[0]
    assert (intent.thread_ts, channel) == ("1.0", "CALERTS")
    assert rig.slack.kinds == [Kind.POST]
    assert [ref.ts for ref, _ in rig.slack.edits] == ["1.0"]


def test_the_channels_id_is_known_when_a_later_post_is_looked_up(rig: Rig) -> None:
    rig.tell(alert("h1", 0), key="k1")
    rig.run()
    rig.slack.script = [Ambiguous("no answer from Slack: TimeoutError", unreachable=True)]
    rig.tell(alert("h2", 0), key="k2")
    rig.run(10)
    assert rig.slack.looks[0][1] == "CALERTS"
    assert len(rig.slack.posts) == 2


@pytest.mark.parametrize("lookup", [Unknowable("missing_scope"), None])
def test_a_post_that_cannot_be_found_is_posted_again(rig: Rig, lookup: Unknowable | None) -> None:
    if lookup:
        rig.slack.found = lookup
    rig.slack.script = [Ambiguous("no answer", unreachable=True)]
    rig.tell(alert("h1", 0))
    rig.run(30)
    assert len(rig.slack.looks) == 1
    assert len(rig.slack.posts) == 1


def test_while_slack_cannot_be_asked_nothing_is_posted_twice(rig: Rig) -> None:
    rig.slack.script = [Ambiguous("no answer", unreachable=True)]
    rig.slack.found = Retry("cannot reach Slack", unreachable=True)
    rig.tell(alert("h1", 0))
    rig.run(600, tick=1)
    assert rig.slack.posts == []
    rig.slack.found = Found("CALERTS", "5.0")
    rig.run(60)
    assert rig.slack.posts == []
    assert work(rig) == [Work.IDLE]


def test_nonsense_instead_of_history_is_believed_after_a_while(rig: Rig) -> None:
    rig.slack.script = [Ambiguous("HTTP 500, not Slack's JSON", True, True)]
    rig.slack.found = Retry("HTTP 500, not Slack's JSON", unreachable=True, answered=True)
    rig.tell(alert("h1", 0))
    rig.run(120, tick=1)
    assert len(rig.slack.looks) == 6
    assert len(rig.slack.posts) == 1


def test_a_page_that_is_no_answer_does_not_end_the_search(rig: Rig) -> None:
    """A proxy's page in place of the answer to the post, then in place of the history."""
    rig.slack.script = [Ambiguous("HTTP 200, not Slack's JSON", True, True)]
    rig.slack.found = Retry("HTTP 200, not Slack's JSON", unreachable=True, answered=True)
    rig.tell(alert("h1", 0))
    rig.run(2)
    assert rig.slack.looks
    rig.slack.found = Found("CALERTS", "5.0")
    rig.run(30)
    assert rig.slack.posts == []
    assert work(rig) == [Work.IDLE]


def test_a_post_is_looked_for_on_page_after_page_not_all_at_once(rig: Rig) -> None:
    rig.slack.script = [Ambiguous("no answer", unreachable=True)]
    rig.slack.found = More("next")
    rig.tell(alert("h1", 0))
    rig.run(10)
    assert 6 <= len(rig.slack.looks) <= 9, "fifty a minute"
    assert [intent.cursor for intent, _ in rig.slack.looks[:2]] == ["", "next"]
    rig.restart()
    rig.slack.found = Found("CALERTS", "5.0")
    rig.run(10)
    assert rig.slack.looks[-1][0].cursor == "next", "it goes on where it was"
    assert rig.slack.posts == []
    assert work(rig) == [Work.IDLE]


def test_a_search_ends_after_four_thousand_messages(rig: Rig) -> None:
    rig.slack.script = [Ambiguous("no answer", unreachable=True)]
    rig.slack.found = More("next")
    rig.tell(alert("h1", 0))
    rig.run(60)
    assert len(rig.slack.looks) == 20
    assert len(rig.slack.posts) == 1


def test_a_rate_limited_lookup_waits(rig: Rig) -> None:
    rig.slack.script = [Ambiguous("internal_error")]
    rig.slack.found = RateLimited(30)
    rig.tell(alert("h1", 0))
    rig.run(20)
    assert len(rig.slack.looks) == 1
    rig.slack.found = Found("CALERTS", "5.0")
    rig.run(30)
    assert rig.slack.posts == []
    assert work(rig) == [Work.IDLE]
