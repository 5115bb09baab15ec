"""Quiet hours hold back what can wait, and mentions have hours."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from relay_kit import Rig, alert
from thread_kit import STEPS, kinds, with_route, work

from relay.config import hours
from relay.config.hours import Hours
from relay.config.policy import Call, Quiet
from relay.model.delivered import Kind
from relay.store import Work

NIGHT = Quiet((Hours(time(7, 30), time(9)),))  # the clock of these tests begins at 8:00


def test_in_quiet_hours_only_the_worst_is_posted_and_the_rest_when_they_end(rig: Rig) -> None:
    with_route(rig, quiet=NIGHT)
    rig.tell(alert("h1"), key="k1")
    rig.tell(alert("h2", severity="critical"), key="k2")
    rig.run(59 * 60, tick=10)
    assert ["h2" in text for text in rig.slack.texts] == [True]
    assert rig.store.queues() == [], "nothing is late: it waits on purpose"
    rig.run(120, tick=10)
    assert len(rig.slack.posts) == 2
    assert "h1" in rig.slack.texts[1]


def test_what_was_over_before_they_ended_is_told_all_the_same(rig: Rig) -> None:
    with_route(rig, quiet=NIGHT)
    rig.tell(alert("h1"))
    rig.run(600, tick=10)
    rig.tell(alert("h1", 0, 10))
    rig.run(52 * 60, tick=10)
    ((_, message),) = rig.slack.posts
    assert "RESOLVED" in message.text


def test_many_of_a_night_are_a_digest_in_the_morning(rig: Rig) -> None:
    with_route(rig, quiet=NIGHT)
    for n in range(40):
        rig.tell(alert(f"h{n}"), key=f"k{n}")
    rig.run(600, tick=10)
    assert rig.slack.posts == []
    rig.run(55 * 60, tick=10)
    assert [text for text in rig.slack.texts if "STORM" in text]
    assert len(rig.slack.posts) < 10
    assert work(rig) == {Work.IDLE}


def test_what_joins_at_night_is_shown_at_once_and_told_in_the_morning(rig: Rig) -> None:
    with_route(rig, quiet=NIGHT)
    rig.clock.advance(-3600)
    rig.restart()
    rig.tell(alert("h1", -60))
    rig.run(5)
    rig.clock.advance(3600)
    rig.tell(alert("h1", -60), alert("h2", 0))
    rig.run(600, tick=10)
    assert kinds(rig) == ["post"]
    assert "h2" in str(rig.slack.edits[-1][1])
    rig.tell(alert("h1", -60), alert("h2", 0), alert("h3", 10, severity="critical"))
    rig.run(10)
    assert kinds(rig) == ["post", "broadcast"], "all that is new, with what is severe"
    rig.run(3600, tick=30)
    assert kinds(rig) == ["post", "broadcast"]


def test_a_call_for_what_is_not_severe_waits_for_the_morning(rig: Rig) -> None:
    quiet = Quiet((Hours(time(8, 10), time(9)),))
    with_route(rig, quiet=quiet, escalate=STEPS[:1])
    rig.tell(alert("h1"))
    rig.run(58 * 60, tick=10)
    assert kinds(rig) == ["post"]
    rig.run(180, tick=10)
    assert kinds(rig) == ["post", "broadcast"]


def test_a_storms_late_joiners_wait_for_the_morning(rig: Rig) -> None:
    quiet = Quiet((Hours(time(8, 1), time(9)),))
    with_route(rig, quiet=quiet)
    for n in range(30):
        rig.tell(alert(f"h{n}"), key=f"k{n}")
    rig.run(100, tick=1)
    rig.tell(alert("h1"), alert("h1b", 2, severity="info"), alert("h1c", 2), key="k1")
    rig.run(600, tick=5)
    assert [kind for kind in rig.slack.kinds if kind is Kind.BROADCAST] == []


def test_a_mention_may_have_hours(rig: Rig) -> None:
    day = Call("<@U0000001>", Hours(time(8), time(8, 30)))
    night = Call("<@U0000002>")
    with_route(rig, mention={}, calls={"critical": (day, night)})
    rig.tell(alert("h1", severity="critical"), key="k1")
    rig.run(1)
    rig.clock.advance(3600)
    rig.tell(alert("h2", 60, severity="critical"), key="k2")
    rig.run(1)
    assert [message.text[:11] for _, message in rig.slack.posts] == ["<@U0000001>", "<@U0000002>"]


PARIS = "Europe/Paris"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("each", "moment", "end"),
    [
        (Hours(time(8), time(18)), "2026-11-20T08:00", "2026-11-20T18:00"),
        (Hours(time(8), time(18)), "2026-11-20T18:00", None),
        (Hours(time(22), time(7)), "2026-11-20T23:00", "2026-11-21T07:00"),
        (Hours(time(22), time(7)), "2026-11-20T06:59", "2026-11-20T07:00"),
        (Hours(time(22), time(7), frozenset({4})), "2026-11-21T06:00", "2026-11-21T07:00"),
        (Hours(time(22), time(7), frozenset({5})), "2026-11-21T06:00", None),
        (Hours(days=frozenset({5, 6})), "2026-11-21T12:00", "2026-11-22T00:00"),
        (Hours(time(8), time(18), timezone=PARIS), "2026-07-01T06:00", "2026-07-01T16:00"),
        (Hours(time(8), time(18), timezone=PARIS), "2026-12-01T06:30", None),
        # On the last Sunday of October the night is an hour longer, in March an hour shorter.
        (Hours(time(22), time(7), timezone=PARIS), "2026-10-24T20:30", "2026-10-25T06:00"),
        (Hours(time(22), time(7), timezone=PARIS), "2026-03-28T22:00", "2026-03-29T05:00"),
    ],
)
def test_hours(each: Hours, moment: str, end: str | None) -> None:
    assert each.until(utc(moment)) == (utc(end) if end else None)
    assert each.hold(utc(moment)) is (end is not None)


def test_windows_one_after_the_other_are_one() -> None:
    night = Hours(time(20), time(8), frozenset(range(5)))
    weekend = Hours(days=frozenset({5, 6}))
    friday_evening = utc("2026-11-20T21:00")
    assert hours.until((night, weekend), friday_evening) == utc("2026-11-23T00:00")
    assert hours.until((night, weekend), utc("2026-11-20T12:00")) is None
    always = hours.until((Hours(),), friday_evening)
    assert always
    assert always - friday_evening < timedelta(days=9)


@given(
    st.timedeltas(timedelta(0), timedelta(days=365)),
    st.times(),
    st.times(),
    st.frozensets(st.integers(0, 6), min_size=1),
)
def test_hours_end_after_they_hold(
    passed: timedelta, begin: time, end: time, days: frozenset[int]
) -> None:
    each = Hours(begin, end, days, PARIS)
    here = datetime(2026, 1, 1, tzinfo=UTC) + passed
    until = each.until(here)
    assert until is None or here < until <= here + timedelta(hours=25)
