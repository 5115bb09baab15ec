"""Heartbeats that stop and come back, and the relay's own trouble: whatever died, it is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at

from relay.config import file as configfile
from relay.config.model import Config, Matcher, Pulse
from relay.config.policy import Operations, Storms
from relay.config.problem import ConfigError
from relay.message.limits import violations
from relay.model.delivered import Kind
from relay.model.outcome import Ambiguous, Found, Gone, Refused, Retry
from relay.model.watch import OPERATIONS_ID, Watch
from relay.store import Store

PULSE = Pulse(Matcher({"alertname": ("Watchdog",)}), channel="#ops", mention="<!here>")
WATCHING = replace(CONFIG, heartbeats=(PULSE,))


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, WATCHING)


def beat(rig: Rig, **labels: str) -> None:
    rig.tell(alert("w", alertname="Watchdog", host="", **labels), key=f"w{labels}")


def beats(rig: Rig, minutes: int) -> None:
    for _ in range(minutes):
        beat(rig)
        rig.run(60, tick=5)


def test_a_heartbeat_that_goes_on_is_not_told(rig: Rig) -> None:
    beats(rig, 60)
    assert rig.slack.posts == []
    assert rig.store.queues() == []


def test_one_that_stops_is_a_new_post_that_mentions(rig: Rig) -> None:
    beats(rig, 10)
    rig.run(235, tick=5)
    assert rig.slack.posts == []
    rig.run(10, tick=5)
    ((intent, message),) = rig.slack.posts
    assert (intent.kind, intent.channel) == (Kind.POST, "#ops")
    assert message.text.startswith("<!here> 💀 HEARTBEAT STOPPED · alertname=Watchdog")
    assert "last heard 2026-11-20 08:09 UTC" in message.text
    rig.run(3600, tick=30)
    assert len(rig.slack.posts) == 1, "told once"


def slow_beats(rig: Rig, count: int, seconds: int) -> None:
    for _ in range(count):
        beat(rig)
        rig.run(seconds, tick=10)


def test_one_that_comes_more_slowly_than_configured_is_learnt(rig: Rig) -> None:
    """Alertmanager's route repeats it every six minutes, and not every minute."""
    slow_beats(rig, 4, 360)
    known = len(rig.slack.posts)
    slow_beats(rig, 20, 360)
    assert len(rig.slack.posts) == known, "no more false alarms"
    assert "BACK" in rig.slack.edits[-1][1].text
    rig.run(200, tick=10)
    (_, message) = rig.slack.posts[-1]
    assert "STOPPED" in message.text
    assert "usually comes every 6 min: more slowly than `every`" in str(message.attachments)


def test_one_outage_teaches_nothing(rig: Rig) -> None:
    beats(rig, 5)
    rig.run(7200, tick=30)
    beats(rig, 2)
    rig.run(310, tick=5)
    stopped = [message for _, message in rig.slack.posts if "STOPPED" in message.text]
    assert len(stopped) == 2
    assert "more slowly" not in str(stopped)


def test_one_that_is_back_is_an_edit_and_a_note_in_the_thread(rig: Rig) -> None:
    beats(rig, 1)
    rig.run(600, tick=5)
    beats(rig, 5)
    assert rig.slack.kinds == [Kind.POST, Kind.REPLY]
    ((ref, message),) = rig.slack.edits
    assert "BACK" in message.text
    assert "It was silent for 11 min." in message.text
    assert "silent for 11 min" in rig.slack.texts[1]
    rig.run(600, tick=5)
    assert rig.slack.kinds == [Kind.POST, Kind.REPLY, Kind.POST], "a new post each time it stops"
    assert ref.ts == "1.0"


def test_one_that_was_never_heard_is_missing_after_its_timeout(rig: Rig) -> None:
    rig.run(290, tick=5)
    assert rig.slack.posts == []
    rig.run(20, tick=5)
    ((_, message),) = rig.slack.posts
    assert "never heard" in message.text
    beats(rig, 3)
    assert "BACK" in rig.slack.edits[0][1].text
    assert "It was never heard before." in rig.slack.edits[0][1].text
    rig.run(600, tick=5)
    assert rig.slack.kinds == [Kind.POST, Kind.REPLY, Kind.POST], (
        "watched by its labels from now on"
    )


def test_no_false_alarm_after_a_restart(rig: Rig) -> None:
    beats(rig, 3)
    rig.clock.advance(3600)
    rig.restart()
    rig.run(290, tick=5)
    assert rig.slack.posts == []
    beats(rig, 3)
    assert rig.slack.posts == []


def test_what_stopped_while_the_relay_was_down_is_told_a_timeout_after_it_is_up(rig: Rig) -> None:
    beats(rig, 3)
    rig.clock.advance(3600)
    rig.restart()
    rig.run(310, tick=5)
    ((_, message),) = rig.slack.posts
    assert "last heard 2026-11-20 08:02 UTC" in message.text


def test_no_false_alarm_after_the_machine_slept(rig: Rig) -> None:
    beats(rig, 3)
    rig.clock.advance(8 * 3600)
    rig.run(290, tick=5)
    assert rig.slack.posts == []


def test_an_alarm_outlives_a_restart_and_is_not_taken_back(rig: Rig) -> None:
    beats(rig, 1)
    rig.run(600, tick=5)
    rig.restart()
    rig.run(600, tick=5)
    assert rig.slack.edits == []
    beats(rig, 1)
    assert len(rig.slack.edits) == 1
    assert rig.slack.kinds == [Kind.POST, Kind.REPLY]


def test_two_servers_with_the_same_watchdog_are_watched_apart(rig: Rig) -> None:
    for _ in range(3):
        beat(rig, platform="p1")
        beat(rig, platform="p2")
        rig.run(60, tick=5)
    for _ in range(10):
        beat(rig, platform="p1")
        rig.run(60, tick=5)
    ((_, message),) = rig.slack.posts
    assert "platform=p2" in message.text


def test_a_heartbeat_in_its_own_words_and_time(rig: Rig) -> None:
    pulse = replace(PULSE, name="the whole chain", timeout=timedelta(minutes=2), channel="")
    rig.config = replace(CONFIG, heartbeats=(pulse,))
    rig.restart()
    beats(rig, 1)
    rig.run(80, tick=5)
    ((intent, message),) = rig.slack.posts
    assert intent.channel == "#alerts"
    assert "STOPPED · the whole chain" in message.text


def test_it_is_told_whenever_slack_is_back(rig: Rig) -> None:
    beats(rig, 1)
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    rig.run(1200, tick=5)
    rig.slack.always = None
    rig.run(60, tick=5)
    assert len(rig.slack.posts) == 1


def test_an_alarm_that_a_crash_cut_short_is_adopted(rig: Rig) -> None:
    beats(rig, 1)
    rig.slack.script = [Ambiguous("no answer")]
    rig.slack.found = Found("COPS", "7.0")
    rig.run(600, tick=5)
    beats(rig, 2)
    assert rig.slack.kinds == [Kind.REPLY]
    assert [ref.ts for ref, _ in rig.slack.edits] == ["7.0"]


def test_a_deleted_alarm_is_posted_as_what_is_true(rig: Rig) -> None:
    beats(rig, 1)
    rig.run(600, tick=5)
    rig.slack.script = [Gone("message_not_found")]
    beats(rig, 2)
    assert "BACK" in rig.slack.posts[1][1].text
    assert "<!here>" not in rig.slack.posts[1][1].text


def test_one_that_is_configured_no_longer_is_let_go(rig: Rig) -> None:
    beats(rig, 1)
    rig.run(600, tick=5)
    rig.config = CONFIG
    rig.restart()
    rig.store.stand("x", lambda old: old, rig.clock.now())
    rig.run(600, tick=5)
    ((_, message),) = rig.slack.edits
    assert "NOT WATCHED" in message.text
    rig.run(600, tick=5)
    assert len(rig.slack.posts) == 1


def test_heartbeats_of_long_ago_are_forgotten(rig: Rig) -> None:
    beats(rig, 1)
    rig.store.prune(at(60 * 24 * 40))
    assert rig.store.claim(at(60 * 24 * 41), (), 60) is None


# The relay's own trouble -----------------------------------------------------------------------

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


# Words -----------------------------------------------------------------------------------------


def test_messages_fit_whatever_the_labels_hold(rig: Rig) -> None:
    beat(rig, platform="<!channel>" * 500, site="*`_" * 900)
    rig.run(700, tick=5)
    for _, message in rig.slack.posts:
        assert violations(vars(message)) == []
        assert "<!channel>" not in str(message)


def test_a_watch_has_the_same_id_in_every_process() -> None:
    assert Watch("n", "e", {"a": "1"}).id == Watch("other", "e", {"a": "1"}).id
    assert Watch("n", "e").id != Watch("n", "e2").id
    assert len({len(Watch("n", "e").id), len(OPERATIONS_ID)}) == 2
    assert max(len(Watch("n", "e").id), len(OPERATIONS_ID)) <= 16


CONFIGURED = """\
version: 1
default_channel: "#alerts"
operations: {channel: "#ops", mention: "<!here>", backlog: 10m}
storm: {threshold: 30, individually: 5, calm: 1m30s}
heartbeats:
  - match: {alertname: Watchdog}
  - match: {alertname: Other}
    name: chain
    every: 30s
    channel: "#ops"
    mention: "<@U0123456>"
  - match: {alertname: Third}
    timeout: 1h
"""


def test_how_it_is_configured() -> None:
    config: Config = configfile.parse(CONFIGURED, "x")
    plain, named, third = config.heartbeats
    assert (plain.timeout, plain.channel) == (timedelta(minutes=5), "")
    assert (named.name, named.timeout) == ("chain", timedelta(seconds=150))
    assert (named.channel, named.mention) == ("#ops", "<@U0123456>")
    assert third.timeout == timedelta(hours=1)
    assert config.operations == Operations("#ops", "<!here>", timedelta(minutes=10))
    assert config.storm.calm == timedelta(seconds=90)
    assert (config.storm.threshold, config.storm.individually) == (30, 5)
    assert config.channels == ("#alerts", "#ops")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("heartbeats: [{name: x}]", "this heartbeat matches everything"),
        ("heartbeats: [{match: {a: b}, every: 5}]", "`every` must be text, not 5"),
        ("heartbeats: [{match: {a: b}, every: soon}]", "must be a duration such as 15m or 1h30m"),
        ('storm: {calm: ""}', "must be a duration"),
        ("storm: {treshold: 3}", "did you mean `threshold`?"),
        ("operations: {mention: x}", "`channel` is missing"),
    ],
)
def test_slips_are_told(line: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configfile.parse(f'version: 1\ndefault_channel: "#a"\n{line}\n', "x")
    assert told in " ".join(str(problem) for problem in caught.value.problems)


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
