"""A group that fires and resolves again and again is told as such."""

from dataclasses import replace
from datetime import timedelta

from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert
from thread_kit import MINUTE, kinds, now, work

from relay.config.model import Config, Limits, Matcher, Route
from relay.config.policy import Flapping, Operations
from relay.message.limits import violations
from relay.model.delivered import Kind
from relay.model.outcome import Gone
from relay.store import Store, Work


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
