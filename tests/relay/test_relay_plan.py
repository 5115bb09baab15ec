"""The plan, step by step, without a store or Slack."""

from relay_kit import alert, at, webhook

from relay.intake.merge import merge
from relay.model.delivered import Delivered, MessageRef, told_of
from relay.model.group import Alert, Severities, Status
from relay.model.state import State
from relay.planning.plan import (
    Decision,
    Edit,
    Lane,
    Nothing,
    Post,
    Reply,
    ReplyPassed,
    decide,
    lane,
)

REF = MessageRef("C1", "1.0", "#alerts")


def state(*alerts: Alert) -> State:
    return merge(None, webhook(*alerts), at(100))


def shown(*alerts: Alert, until: float | None = None) -> Delivered:
    status = Status.FIRING if until is None else Status.RESOLVED
    end = None if until is None else at(until)
    return Delivered(REF, "same", status, end, told_of(alerts))


def plan(known: State, delivered: Delivered, fingerprint: str = "same") -> Decision:
    return decide(known.group, known.ended, delivered, fingerprint, Severities())


def test_first_firing_is_posted_with_the_worst_mention() -> None:
    known = state(alert("a"), alert("b", severity="critical"))
    assert plan(known, Delivered()) == Post("critical")


def test_resolved_before_it_was_told_is_posted_without_a_mention() -> None:
    assert plan(state(alert("a", 0, 5)), Delivered()) == Post("")


def test_told_and_unchanged_needs_nothing() -> None:
    assert plan(state(alert("a")), shown(alert("a"))) == Nothing()


def test_other_content_is_an_edit() -> None:
    assert plan(state(alert("a")), shown(alert("a")), "other") == Edit()


def test_a_joining_alert_is_a_reply_before_the_edit() -> None:
    joined = alert("b", severity="critical")
    known = state(alert("a"), joined)
    assert plan(known, shown(alert("a")), "other") == Reply((joined,), "critical")


def test_an_alert_that_fires_anew_is_a_reply() -> None:
    again = alert("a", 10)
    assert plan(state(again), shown(alert("a", 0))) == Reply((again,), "warning")


def test_an_alert_told_as_resolved_that_fires_is_a_reply() -> None:
    told = shown(alert("a", 0, 5), alert("b"))
    assert plan(state(alert("a", 0), alert("b")), told) == Reply((alert("a", 0),), "warning")


def test_a_passed_alert_is_a_reply_in_the_thread() -> None:
    known = state(alert("a"), alert("b", 1, 2))
    assert plan(known, shown(alert("a"))) == ReplyPassed((alert("b", 1, 2),))


def test_firing_again_is_a_new_message() -> None:
    told = shown(alert("a", 0, 5), until=5)
    assert plan(state(alert("a", 10)), told) == Post("warning")


def test_news_of_a_resolved_episode_stay_with_its_message() -> None:
    told = shown(alert("a", 0, 5), until=5)
    known = state(alert("a", 0, 5), alert("b", 1, 2))
    assert plan(known, told) == ReplyPassed((alert("b", 1, 2),))


def test_lanes_follow_the_next_step() -> None:
    def where(known: State, delivered: Delivered) -> Lane:
        return lane(known.group, known.ended, delivered, "#new", Severities())

    assert where(state(alert("a")), Delivered()) == Lane("#new", True)
    assert where(state(alert("a")), shown(alert("a"))) == Lane("#alerts", False)
    assert where(state(alert("a"), alert("b")), shown(alert("a"))) == Lane("#alerts", True)
    assert where(state(alert("a", 9)), shown(alert("a", 0, 5), until=5)) == Lane("#new", True)
    assert str(Lane("#a", True)) == "post #a"
    assert str(Lane("#a", False)) == "edit #a"
