"""Threads, flapping, escalation and quiet hours: who is called when, and what is told quietly."""

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at, webhook

from relay.config import file as configfile
from relay.config import hours
from relay.config.hours import Hours
from relay.config.model import Config, Limits, Matcher, Route
from relay.config.policy import Call, Escalation, Flapping, Operations, Quiet
from relay.config.problem import ConfigError
from relay.intake.merge import merge
from relay.message import Message, View
from relay.message.limits import violations
from relay.message.thread import (
    render_escalated,
    render_full,
    render_resolved,
    render_rest,
    with_flapping,
)
from relay.model import standing
from relay.model.delivered import Kind
from relay.model.group import Severities
from relay.model.outcome import Gone
from relay.store import Store, Work, group_id

NIGHT = Quiet((Hours(time(7, 30), time(9)),))  # the clock of these tests begins at 8:00
MINUTE = timedelta(minutes=1)


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock)


def with_route(rig: Rig, **more: object) -> None:
    rig.config = replace(CONFIG, default=replace(CONFIG.default, **more), routes=())
    rig.restart()


def now(rig: Rig) -> float:
    return (rig.clock.now() - at(0)) / MINUTE


def kinds(rig: Rig) -> list[str]:
    return [str(kind) for kind in rig.slack.kinds]


def work(rig: Rig) -> set[Work]:
    return {entry.work for entry in rig.store.overview(100)}


# The thread ------------------------------------------------------------------------------------


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


# Flapping --------------------------------------------------------------------------------------


def flap(rig: Rig, times: int, severity: str = "warning", pause: float = 180) -> None:
    for _ in range(times):
        begin = now(rig)
        rig.tell(alert("h1", begin, severity=severity))
        rig.run(pause, tick=5)
        rig.tell(alert("h1", begin, now(rig), severity=severity))
        rig.run(pause, tick=5)


def test_a_group_that_flaps_is_told_so_in_one_message(rig: Rig) -> None:
    flap(rig, 7)
    assert kinds(rig) == ["post", "post"], "the first firings are posts; then its message says so"
    texts = [message.text for _, message in rig.slack.edits]
    assert any("flapping: fired 3 times in 12 min" in text for text in texts)
    assert "flapping: fired 6 times in 30 min" in texts[-2]
    assert {ref.ts for ref, _ in rig.slack.edits[1:]} == {"2.0"}
    assert "RESOLVED" in texts[-1]
    assert work(rig) == {Work.IDLE}


def test_one_that_flaps_and_gets_worse_calls_people(rig: Rig) -> None:
    flap(rig, 4)
    flap(rig, 2, severity="critical")
    assert kinds(rig) == ["post", "post", "post"]
    assert rig.slack.posts[2][1].text.startswith("<!here>")


def test_after_a_calm_time_it_is_a_message_again(rig: Rig) -> None:
    flap(rig, 4)
    rig.run(3600, tick=30)
    flap(rig, 1)
    assert kinds(rig) == ["post", "post", "post"]
    assert "lapping" not in rig.slack.posts[2][1].text


def test_an_alert_that_flaps_within_a_group_calls_nobody_again_and_again(rig: Rig) -> None:
    rig.tell(alert("h1"), alert("h2"))
    rig.run(60)
    for _ in range(6):
        begin = now(rig)
        rig.tell(alert("h1", begin), alert("h2"))
        rig.run(60, tick=5)
        rig.tell(alert("h1", begin, now(rig)), alert("h2"))
        rig.run(60, tick=5)
    calls = [kind for kind in rig.slack.kinds if kind is Kind.BROADCAST]
    assert len(calls) <= 2
    assert "flapping" in rig.slack.edits[-1][1].text


def test_how_often_is_configurable(rig: Rig) -> None:
    rig.config = replace(CONFIG, flapping=Flapping(2, timedelta(minutes=10)))
    rig.restart()
    flap(rig, 4)
    assert kinds(rig) == ["post"]


def test_a_deleted_message_of_a_group_that_flaps_is_posted_again(rig: Rig) -> None:
    flap(rig, 4)
    rig.slack.script = [Gone("message_not_found")]
    rig.tell(alert("h1", now(rig)))
    rig.run(10)
    assert kinds(rig)[-1] == "post"
    assert "flapping" in rig.slack.posts[-1][1].text
    assert work(rig) == {Work.IDLE}


# Escalation ------------------------------------------------------------------------------------

STEPS = (
    Escalation(15 * MINUTE, "<@U0000001>"),
    Escalation(30 * MINUTE, "<@U0000002>", "critical"),
    Escalation(60 * MINUTE, "<@U0000003>"),
)


def test_who_is_next_is_called_until_somebody_acknowledges(rig: Rig) -> None:
    with_route(rig, escalate=STEPS)
    rig.tell(alert("h1", severity="critical"))
    rig.run(14 * 60, tick=10)
    assert kinds(rig) == ["post"]
    assert rig.store.queues() == [], "nothing waits: it only looks again"
    rig.run(90, tick=10)
    intent, message = rig.slack.posts[1]
    assert (intent.kind, intent.thread_ts) == (Kind.BROADCAST, "1.0")
    assert message.text.startswith("<@U0000001> ⏫ Not acknowledged for 15 min")
    rig.run(15 * 60, tick=10)
    assert rig.slack.posts[2][1].text.startswith("<@U0000002>")
    name = group_id("relay", "k")
    rig.store.stand(
        name, lambda old: standing.acknowledge(old, "U1", rig.clock.now()), rig.clock.now()
    )
    rig.run(60 * 60, tick=10)
    assert len(rig.slack.posts) == 3
    rig.store.stand(name, standing.unacknowledge, rig.clock.now())
    rig.run(10)
    assert rig.slack.posts[3][1].text.startswith("<@U0000003>")
    rig.run(3600, tick=30)
    assert len(rig.slack.posts) == 4


def test_steps_may_be_for_severe_groups_only(rig: Rig) -> None:
    with_route(rig, escalate=STEPS)
    rig.tell(alert("h1"))
    rig.run(65 * 60, tick=10)
    called = [message.text[:12] for _, message in rig.slack.posts[1:]]
    assert called == ["<@U0000001> ", "<@U0000003> "]


def test_what_resolved_or_is_silenced_calls_nobody(rig: Rig) -> None:
    with_route(rig, escalate=STEPS)
    rig.tell(alert("h1"), key="k1")
    rig.tell(alert("h2"), key="k2")
    rig.run(10)
    rig.tell(alert("h1", 0, 1), key="k1")
    until = at(45)
    silence = standing.Silenced(until, "U1", at(1), "s1")
    name = group_id("relay", "k2")
    rig.store.stand(name, lambda old: standing.silence(old, silence), rig.clock.now())
    rig.run(44 * 60, tick=10)
    assert kinds(rig) == ["post", "post"]
    rig.run(120, tick=10)
    assert kinds(rig) == ["post", "post", "broadcast"], "a silence that ends calls them again"


def test_an_escalation_survives_a_restart(rig: Rig) -> None:
    with_route(rig, escalate=STEPS)
    rig.tell(alert("h1"))
    rig.run(10)
    rig.restart()
    rig.run(15 * 60, tick=10)
    assert kinds(rig) == ["post", "broadcast"]


# Quiet hours -----------------------------------------------------------------------------------


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


# Hours -----------------------------------------------------------------------------------------

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
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
    st.times(),
    st.times(),
    st.frozensets(st.integers(0, 6), min_size=1),
)
def test_hours_end_after_they_hold(
    moment: datetime, begin: time, end: time, days: frozenset[int]
) -> None:
    each = Hours(begin, end, days, PARIS)
    here = moment.replace(tzinfo=UTC)
    until = each.until(here)
    assert until is None or here < until <= here + timedelta(hours=25)


# Configuration ---------------------------------------------------------------------------------

CONFIGURED = """\
version: 1
default_channel: "#alerts"
default_mention:
  critical:
    - {mention: "<@U0123456>", hours: "08:00-18:00", days: mon-fri, timezone: Europe/Paris}
    - {mention: "<!subteam^S0123456>"}
  warning: "<!here>"
escalate:
  - {after: 1h, mention: "<!channel>", severity: critical}
  - {after: 15m, mention: "<@U0123456>"}
quiet: {windows: [{hours: "20:00-24:00"}, {days: "sat-mon,wed"}], below: critical}
flapping: {times: 5, within: 1h}
routes:
  - match: {team: db}
    channel: "#db"
    escalate: []
    quiet: {windows: [{hours: "00:00-06:00"}]}
  - match: {team: web}
    channel: "#web"
"""


def test_everything_can_be_said() -> None:
    config = configfile.parse(CONFIGURED, "x")
    default = config.default
    assert default.mention == {"warning": "<!here>"}
    first, second = default.calls["critical"]
    assert first.hours == Hours(time(8), time(18), frozenset(range(5)), PARIS)
    assert default.mentioned("critical", utc("2026-11-20T12:00")) == "<@U0123456>"
    assert default.mentioned("critical", utc("2026-11-21T12:00")) == second.mention
    assert default.mentioned("warning", utc("2026-11-21T12:00")) == "<!here>"
    assert default.mentioned("info", utc("2026-11-21T12:00")) == ""
    assert [step.after for step in default.escalate] == [15 * MINUTE, 60 * MINUTE]
    assert config.flapping == Flapping(5, 60 * MINUTE)
    db, web = config.routes
    assert (db.escalate, web.escalate) == ((), default.escalate)
    assert web.quiet == default.quiet
    assert db.quiet == Quiet((Hours(time(0), time(6)),))
    assert default.quiet
    assert default.quiet.hours[1].days == frozenset({5, 6, 0, 2})
    evening = utc("2026-11-20T21:00")
    assert config.hushed({}, "warning", evening)
    assert not config.hushed({}, "critical", evening)
    assert not config.hushed({"team": "db"}, "warning", evening)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("escalate: [{after: 5m}]", "`mention` is missing"),
        ('escalate: [{after: 5m, mention: "<!here>", severity: x}]', "`x` is no declared severity"),
        ("quiet: {windows: []}", "must not be empty"),
        ("quiet: {windows: [{hours: 8-9}]}", 'must be hours such as "08:00-18:00"'),
        ("quiet: {windows: [{days: monday}]}", "must be days such as mon-fri"),
        ("quiet: {windows: [{timezone: Europe/Pari}]}", "no time zone is called"),
        ("quiet: {windows: [{days: mon}], below: worst}", "`worst` is no declared severity"),
        ("default_mention: {critical: [{mention: here}]}", "no mention in Slack's form"),
        ("default_mention: {critical: 5}", "must be text or a list"),
        ("flapping: {times: 1}", "less than the minimum"),
        (
            'routes: [{channel: "#x", match: {a: b}, quiet: {windows: [{days: mon}], below: x}}]',
            "`x` is no declared severity",
        ),
    ],
)
def test_slips_are_told(line: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configfile.parse(f'version: 1\ndefault_channel: "#a"\n{line}\n', "x")
    assert told in " ".join(str(problem) for problem in caught.value.problems)


# Words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["plain", "<!channel> *`" * 400])
def test_replies_fit(text: str) -> None:
    alerts = [
        alert(f"{n}", 0, None if n % 2 else 5, summary=text, **{f"l{i}": text for i in range(9)})
        for n in range(80)
    ]
    group = merge(None, webhook(*alerts), at(100)).group
    view = View(at(100), Severities(), "<!here>")
    full, count = render_full(group, group.firing, view, 0)
    assert count > 0
    flapping = with_flapping(full, [at(n) for n in range(50)])
    messages: list[Message] = [
        full,
        flapping,
        render_resolved(group, group.resolved, view),
        render_escalated(group, at(0), view),
        render_rest(3000),
    ]
    for message in messages:
        assert violations(vars(message)) == []
        assert "<!channel>" not in str(message)


def test_a_flapping_groups_full_message_fits(
    store: Store, slack: FakeSlack, clock: FakeClock
) -> None:
    limits = Limits(messages_per_second=100, burst=100)
    config = Config(
        Route(Matcher(), "#alerts"),
        limits=limits,
        flapping=Flapping(2, 60 * MINUTE),
        operations=Operations("#ops"),
    )
    rig = Rig(store, slack, clock, config)
    for _ in range(4):
        begin = now(rig)
        rig.tell(*(alert(f"{n}", begin, summary="s" * 900 + str(n)) for n in range(500)))
        rig.run(200, tick=10)
        rig.tell(*(alert(f"{n}", begin, now(rig)) for n in range(500)))
        rig.run(200, tick=10)
    for _, message in (*slack.posts, *slack.edits):
        assert violations(vars(message)) == []
