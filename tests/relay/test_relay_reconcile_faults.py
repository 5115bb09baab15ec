"""Slack, the store or the news get in the way of a step."""

import random

import pytest
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at

from relay.config.model import Config, Limits, Matcher, Route
from relay.message import Message
from relay.model.delivered import Intent
from relay.model.outcome import (
    Accepted,
    Ambiguous,
    Gone,
    Outcome,
    RateLimited,
    Refused,
    Retry,
)
from relay.store import Store, StoreError, Work

pytestmark = pytest.mark.contract


FAST = Config(CONFIG.default, CONFIG.routes, limits=Limits(messages_per_second=100, burst=100))


def work(rig: Rig) -> list[Work]:
    return [entry.work for entry in rig.store.overview(100)]


def test_slack_is_left_alone_while_it_is_away(rig: Rig) -> None:
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    for index in range(20):
        rig.tell(alert(f"h{index}", 0), key=f"k{index}")
    steps = rig.run(600, tick=1)
    assert steps < 60, "about four attempts a minute, however many groups wait"


def test_one_group_that_slack_chokes_on_does_not_hold_up_the_others(rig: Rig) -> None:
    original = rig.slack.post

    def choke(intent: object, message: object) -> object:
        if "poison" in str(message):
            return Retry("HTTP 502, not Slack's JSON", unreachable=True, answered=True)
        return original(intent, message)  # passed on as it came

    rig.slack.post = choke  # a stub
    rig.tell(alert("poison", 0, severity="critical"), key="k0")
    for index in range(5):
        rig.tell(alert(f"h{index}", 0), key=f"k{index + 1}")
    rig.run(300, tick=1)
    assert len(rig.slack.posts) == 5


def test_what_slack_accepted_is_recorded_once_the_store_works_again(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    finish = rig.store.finish

    def full(*_: object) -> bool:
        raise StoreError("disk full")

    rig.store.finish = full  # a fault
    for _ in range(3):
        with pytest.raises(StoreError):
            rig.reconciler.step()
    rig.store.finish = finish  # mended
    rig.run(5)
    assert len(rig.slack.posts) == 1
    assert rig.slack.looks == []
    assert work(rig) == [Work.IDLE]


def news_while_slack_is_called(rig: Rig, refused: Outcome | None = None) -> None:
    rig.tell(alert("h1", 0))
    original = rig.slack.post

    def post(intent: Intent, message: Message) -> Outcome:
        rig.slack.post = original  # only once
        rig.tell(alert("h1", 0, summary="newer"))
        return refused or original(intent, message)

    rig.slack.post = post  # a stub
    rig.run(5)


def test_news_that_come_while_slack_is_called_are_told_next(rig: Rig) -> None:
    news_while_slack_is_called(rig)
    assert len(rig.slack.posts) == 1
    assert "newer" in str(rig.slack.edits[-1][1])


def test_news_that_come_while_slack_refuses_are_tried_at_once(rig: Rig) -> None:
    news_while_slack_is_called(rig, Refused("invalid_blocks", outside=False))
    assert len(rig.slack.posts) == 1


def test_a_lost_lease_sends_nothing(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    rig.store.intend = lambda *_: False  # as if it had run out
    assert rig.reconciler.step()
    assert rig.slack.posts == []


def test_an_intent_is_committed_before_the_post_and_gone_after(rig: Rig) -> None:
    seen = []
    original = rig.store.intend
    rig.store.intend = lambda claim, intent: seen.append(intent) or original(claim, intent)  # a spy
    rig.tell(alert("h1", 0))
    rig.run()
    assert [intent.token for intent in seen] == [intent.token for intent, _ in rig.slack.posts]
    rig.clock.advance(300)
    assert rig.store.claim(rig.clock.now(), [], 1) is None


def test_a_route_that_changed_moves_what_was_never_posted(rig: Rig) -> None:
    rig.slack.always = Refused("channel_not_found")
    rig.tell(alert("h1", 0), key="k1")
    rig.run(1)
    rig.slack.always = None
    rig.config = Config(default=Route(Matcher(), "#other"))
    rig.restart()
    rig.store.retry(None, rig.clock.now())
    rig.run(1)
    assert rig.slack.posts[0][0].channel == "#other"
    rig.config = CONFIG
    rig.restart()
    rig.tell(alert("h1", 0, 5), key="k1")
    rig.run(1)
    assert rig.slack.edits[0][0].channel_id == "COTHER", "a message stays where it is"


def test_no_step_is_lost_under_random_faults(store: Store, clock: FakeClock) -> None:
    rng = random.Random(7)
    slack = FakeSlack()
    rig = Rig(store, slack, clock, FAST)
    faults = [
        Retry("cannot reach Slack", unreachable=True),
        Ambiguous("no answer", unreachable=True),
        Ambiguous("internal_error"),
        RateLimited(3),
        Gone("message_not_found"),
        Refused("channel_not_found"),
    ]
    for minute in range(40):
        key = f"k{rng.randrange(4)}"
        ends = None if rng.random() < 0.6 else minute + 0.5
        rig.tell(alert(f"{key}-{rng.randrange(3)}", minute, ends), key=key)
        if rng.random() < 0.5:
            slack.script = [rng.choice(faults) for _ in range(rng.randrange(4))]
        rig.run(rng.randrange(30))
        clock.advance(30)
    slack.script = []
    rig.run(3600, tick=30)
    assert set(work(rig)) == {Work.IDLE}
    for entry in store.overview(10):
        latest = max(entry.state.group.alerts, key=lambda each: each.starts_at)
        assert latest.starts_at >= at(20)


def test_slack_answering_oddly_does_not_stop_the_loop(rig: Rig) -> None:
    rig.slack.script = [Accepted("CALERTS", "1.0")]
    rig.tell(alert("h1", 0))
    rig.run()
    assert work(rig) == [Work.IDLE]


def test_what_changed_and_changed_back_needs_nothing(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    rig.run()
    rig.tell(alert("h1", 0, summary="worse"))
    rig.tell(alert("h1", 0))
    assert rig.run() == 1
    assert rig.slack.edits == []
    assert work(rig) == [Work.IDLE]


def test_a_group_routed_to_a_busy_channel_waits_there(rig: Rig) -> None:
    rig.config = Config(default=Route(Matcher(), "#busy"))
    rig.restart()
    for index in range(3):
        rig.tell(alert(f"h{index}", 0), key=f"k{index}")
    rig.run()
    old, rig.config = rig.config, CONFIG
    rig.tell(alert("late", 0), key="late")
    rig.config = old
    rig.run()
    assert len(rig.slack.posts) == 3
    (waiting,) = [entry for entry in rig.store.overview(10) if entry.work is Work.PENDING]
    assert waiting.channel == "#busy"
    assert "rate_limit_waits_total" in rig.metrics.text().decode()
    rig.run(2)
    assert len(rig.slack.posts) == 4
