"""A heartbeat that stops is told, and one that comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from deadman_kit import PULSE, WATCHING, beat
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at

from relay.model.delivered import Kind
from relay.model.outcome import Ambiguous, Found, Gone, Retry
from relay.store import Store


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, WATCHING)


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
    assert len(rig.store.heartbeats()) == 1
    rig.store.prune(at(60 * 24 * 40))
    assert rig.store.claim(at(60 * 24 * 41), (), 60) is None
    assert rig.store.heartbeats() == []


def test_a_heartbeat_may_have_labels_that_are_too_long_for_an_index(rig: Rig) -> None:
    """Of text that cannot be compressed: PostgreSQL's index has no room for it otherwise."""
    odd = "".join(chr(0x4E00 + number * number % 20_000) for number in range(20_000))
    rig.tell(alert("w", alertname="Watchdog", odd=odd))
    (beat,) = rig.store.heartbeats()
    assert beat.name.startswith("alertname=Watchdog, host=w, odd=一")
    assert len(beat.name) == 300
