"""The delivery loop against a scripted Slack: what people see, whatever goes wrong."""

import random

import pytest
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at

from relay.config.model import Config, Limits, Matcher, Route
from relay.model.delivered import Kind
from relay.model.outcome import (
    Accepted,
    Ambiguous,
    Found,
    Gone,
    More,
    RateLimited,
    Refused,
    Retry,
    Unknowable,
)
from relay.store import Store, StoreError, Work

pytestmark = pytest.mark.contract

FAST = Config(CONFIG.default, CONFIG.routes, limits=Limits(messages_per_second=100, burst=100))


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock)


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


def test_after_an_outage_the_most_urgent_goes_first(rig: Rig) -> None:
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    for index, severity in enumerate(["info", "warning", "critical", "warning", "critical"]):
        rig.tell(alert(f"h{index}", 0, severity=severity), key=f"k{index}")
        rig.clock.advance(1)
    rig.tell(alert("h5", 0, 1, severity="critical"), key="k5")
    rig.run(3600, tick=1)
    rig.slack.always = None
    rig.run(120)
    told = [text.split("h", 1)[0] and text for text in rig.slack.texts]
    order = [next(f"h{i}" for i in range(6) if f"h{i}" in text) for text in told]
    assert order == ["h2", "h4", "h5", "h1", "h3", "h0"]


def test_a_newer_state_replaces_the_one_that_waits(rig: Rig) -> None:
    rig.slack.script = [RateLimited(30)]
    rig.tell(alert("h1", 0, summary="old news"))
    rig.run(1)
    rig.tell(alert("h1", 0, summary="fresh news"))
    rig.run(28)
    assert rig.slack.posts == []
    rig.run(5)
    assert len(rig.slack.posts) == 1
    assert "fresh news" in rig.slack.texts[0]


def test_retry_after_holds_only_its_channel(rig: Rig) -> None:
    rig.slack.script = [RateLimited(60)]
    rig.tell(alert("h1", 0, severity="critical"), key="k1")
    rig.tell(alert("h2", 0), key="k2")
    rig.tell(alert("h3", 0, team="db"), key="k3")
    rig.run(10)
    assert [intent.channel for intent, _ in rig.slack.posts] == ["#db"]
    rig.run(60)
    assert [intent.channel for intent, _ in rig.slack.posts] == ["#db", "#alerts", "#alerts"]


def test_retry_after_on_new_messages_does_not_hold_edits(rig: Rig) -> None:
    rig.tell(alert("h1", 0), key="k1")
    rig.run(10)
    rig.slack.script = [RateLimited(60)]
    rig.tell(alert("h2", 0, severity="critical"), key="k2")
    rig.run(1)
    rig.tell(alert("h1", 0, 5), key="k1")
    rig.run(1)
    assert len(rig.slack.edits) == 1


def test_a_channel_gets_one_message_a_second_after_a_burst(rig: Rig) -> None:
    for index in range(10):
        rig.tell(alert(f"h{index}", 0), key=f"k{index}")
    rig.run()
    assert len(rig.slack.posts) == 3
    rig.run(4)
    assert 6 <= len(rig.slack.posts) <= 7
    rig.run(10)
    assert len(rig.slack.posts) == 10


def test_edits_keep_to_slacks_rate_for_the_workspace(
    store: Store, slack: FakeSlack, clock: FakeClock
) -> None:
    rig = Rig(store, slack, clock, FAST)
    for index in range(30):
        rig.tell(alert(f"h{index}", 0), key=f"k{index}")
    rig.run(5)
    for index in range(30):
        rig.tell(alert(f"h{index}", 0, 5), key=f"k{index}")
    rig.run()
    assert len(slack.edits) == 10
    rig.run(60)
    assert len(slack.edits) == 30


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


def test_news_that_come_while_slack_is_called_are_told_next(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    original = rig.slack.post

    def post(intent: object, message: object) -> object:
        rig.slack.post = original  # only once
        rig.tell(alert("h1", 0, summary="newer"))
        return original(intent, message)  # passed on as it came

    rig.slack.post = post  # a stub
    rig.run(5)
    assert len(rig.slack.posts) == 1
    assert "newer" in str(rig.slack.edits[-1][1])


def test_news_that_come_while_slack_refuses_are_tried_at_once(rig: Rig) -> None:
    rig.tell(alert("h1", 0))
    original = rig.slack.post

    def post(intent: object, message: object) -> object:
        rig.slack.post = original  # only once
        rig.tell(alert("h1", 0, summary="newer"))
        return Refused("invalid_blocks", outside=False)

    rig.slack.post = post  # a stub
    rig.run(5)
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
