"""Storms: however many groups fire, the channel accounts for each of them within seconds."""

import os
import re
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, SlackServer, alert, at, webhook
from relay_process import HOOK, TOKEN, Relay, until

from relay.config.model import Config
from relay.config.policy import Storms
from relay.intake.merge import merge
from relay.message import Message, View
from relay.message.digest import render_digest
from relay.message.digestthread import render_list, render_more, render_unlisted
from relay.message.limits import violations
from relay.model.delivered import Delivered, Kind, MessageRef, told_of
from relay.model.group import Alert, Severities
from relay.model.outcome import Ambiguous, Found, Gone, Refused, Retry
from relay.model.storm import Digest, Member, Storm, Waiting
from relay.planning.gather import gather
from relay.store import Store, Work
from relay.store.sqlite import open_sqlite

SMALL = Config(CONFIG.default, CONFIG.routes, storm=Storms(threshold=5, individually=2))


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, SMALL)


class Screen:
    """What a person sees: the last content of each message, and the replies in its thread."""

    def __init__(self, slack: FakeSlack) -> None:
        self.messages: dict[str, Message] = {}
        self.replies: list[tuple[Kind, Message]] = []
        for number, (intent, message) in enumerate(slack.posts, 1):
            if intent.kind is Kind.POST:
                self.messages[f"{number}.0"] = message
            else:
                self.replies.append((intent.kind, message))
        for ref, message in slack.edits:
            self.messages[ref.ts] = message

    @property
    def digests(self) -> list[str]:
        texts = [message.text for message in self.messages.values()]
        return [text for text in texts if re.search(r"STORM|storm of", text)]

    @property
    def own(self) -> list[str]:
        texts = [message.text for message in self.messages.values()]
        return [text for text in texts if text not in self.digests]

    @property
    def calls(self) -> list[str]:
        """Replies that the channel sees."""
        return [message.text for kind, message in self.replies if kind is Kind.BROADCAST]

    @property
    def lists(self) -> str:
        return " ".join(str(message) for kind, message in self.replies if kind is Kind.REPLY)


def storm(rig: Rig, count: int, severity: str = "warning", first: int = 0) -> None:
    minute = (rig.clock.now() - at(0)) / timedelta(minutes=1)
    for index in range(first, first + count):
        rig.tell(alert(f"h{index}", minute, severity=severity), key=f"k{index}")


def end(rig: Rig, count: int, first: int = 0, severity: str = "warning") -> None:
    minute = (rig.clock.now() - at(0)) / timedelta(minutes=1)
    for index in range(first, first + count):
        rig.tell(alert(f"h{index}", 0, minute, severity=severity), key=f"k{index}")


# The whole story -------------------------------------------------------------------------------


def thousand(index: int, ends: float | None = None) -> Alert:
    severity = "critical" if index % 20 == 0 else "warning" if index % 3 else "info"
    return alert(f"h{index}", 0, ends, severity=severity, alertname=f"Alert{index % 7}")


def test_a_thousand_groups_are_accounted_for_within_ten_seconds(
    store: Store, slack: FakeSlack, clock: FakeClock
) -> None:
    rig = Rig(store, slack, clock)
    for index in range(1000):
        rig.tell(thousand(index), key=f"k{index}")
        if index % 100 == 99:
            rig.run(0.1, tick=0.1)
    rig.run(9)
    screen = Screen(slack)
    assert len(screen.digests) == 1
    assert "STORM · 1,000 groups firing. 50 critical, 633 warning, 317 info" in screen.digests[0]
    assert len(screen.own) >= 8, "the most severe are posted one by one all the same"
    assert all("critical" in text for text in screen.own)
    rig.run(60)
    screen = Screen(slack)
    assert len(screen.own) == 20
    listed = set(re.findall(r"`host=(h\d+)`", screen.lists))
    assert listed == {f"h{index}" for index in range(1000)}, "the thread lists every group"
    assert len(slack.posts) + len(slack.edits) < 40, "20 of their own, the digest, 3 lists, edits"

    for index in range(1000):
        rig.tell(thousand(index, 5), key=f"k{index}")
        if index % 100 == 99:
            rig.run(0.1, tick=0.1)
    rig.run(9)
    (digest,) = Screen(slack).digests
    assert "RESOLVED · storm of 1,000 groups. 1,000 resolved" in digest
    rig.run(120)
    screen = Screen(slack)
    assert all("RESOLVED" in text for text in (*screen.digests, *screen.own))
    assert {entry.work for entry in store.overview(2000)} == {Work.IDLE}
    assert store.queues() == []
    for message in (message for _, message in (*slack.posts, *slack.edits)):
        assert violations(vars(message)) == []


def test_few_groups_are_no_storm(rig: Rig) -> None:
    storm(rig, 5)
    rig.run(30)
    assert len(Screen(rig.slack).own) == 5
    assert Screen(rig.slack).digests == []


def test_a_digest_is_one_post_however_many_join(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(2)
    storm(rig, 10, first=10)
    rig.run(10)
    screen = Screen(rig.slack)
    assert len(screen.digests) == 1
    assert "20 groups firing" in screen.digests[0]
    assert screen.own == [], "none of them is of the worst severity"
    assert rig.slack.kinds.count(Kind.POST) == 1
    assert screen.calls == [], "people were just called"


def slowly(rig: Rig, count: int, team: str = "") -> None:
    """Groups that fire one after the other, each with a message of its own."""
    for index in range(count):
        more = {"team": team} if team else {}
        rig.tell(alert(f"h{index}", 0, **more), key=f"{team}{index}")
        rig.run(1.1, tick=1.1)


def over(rig: Rig, count: int, team: str = "") -> None:
    more = {"team": team} if team else {}
    for index in range(count):
        rig.tell(alert(f"h{index}", 0, 5, **more), key=f"{team}{index}")


@pytest.fixture
def calm(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock)


def test_many_that_resolve_at_once_are_told_of_within_seconds_though_edits_take_long(
    calm: Rig,
) -> None:
    """No storm went before: each has its own message."""
    slowly(calm, 30)
    over(calm, 30)
    calm.run(9)
    messages = Screen(calm.slack).messages.values()
    (digest,) = [each for each in messages if "RESOLVED · 30 groups" in each.text]
    assert "!here" not in digest.text
    assert sum("RESOLVED" in each.text for each in messages) < 25, "edits keep to their rate"
    calm.tell(alert("new", 10), key="new")
    calm.run(2)
    told = [message.text for _, message in calm.slack.posts]
    assert any("trouble on new" in text for text in told), "no storm: what is new is posted"
    calm.tell(alert("h3", 11), key="3")
    calm.run(4)
    texts = [each.text for each in Screen(calm.slack).messages.values()]
    assert any("RESOLVED · 29 of 30 groups" in text for text in texts)
    calm.run(120, tick=1)
    texts = [each.text for each in Screen(calm.slack).messages.values()]
    assert sum("✅ RESOLVED warning" in text for text in texts) == 30
    assert sum(" groups" in text for text in texts) == 1, "one digest"
    listed = set(re.findall(r"`host=(h\d+)`", Screen(calm.slack).lists))
    assert len(listed) == 30


def test_few_that_resolve_at_once_are_edited(calm: Rig) -> None:
    slowly(calm, 18)
    over(calm, 18)
    calm.run(30)
    assert calm.slack.kinds.count(Kind.POST) == 18


def test_the_rate_of_edits_is_one_for_all_channels(calm: Rig) -> None:
    slowly(calm, 12)
    slowly(calm, 12, team="db")
    over(calm, 12)
    over(calm, 12, team="db")
    calm.run(9)
    told = [
        message.text for _, message in calm.slack.posts if "RESOLVED · 12 groups" in message.text
    ]
    assert len(told) == 2


def test_a_storm_after_a_wave_is_a_digest_of_its_own(calm: Rig) -> None:
    slowly(calm, 40)
    over(calm, 40)
    calm.run(5)
    storm(calm, 30, first=100)
    calm.run(5)
    assert len([text for text in Screen(calm.slack).digests if "30 groups firing" in text]) == 1


def test_who_joins_later_is_told_to_the_channel_together(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(50)
    storm(rig, 3, first=10)
    rig.run(5)
    storm(rig, 3, first=13)
    assert Screen(rig.slack).calls == []
    rig.run(60)
    assert ["6 more groups" in text for text in Screen(rig.slack).calls] == [True]


def test_who_is_worse_than_all_before_is_told_at_once_and_mentions(rig: Rig) -> None:
    storm(rig, 10, severity="info")
    rig.run(15)
    storm(rig, 4, severity="critical", first=10)
    rig.run(6)
    screen = Screen(rig.slack)
    assert len(screen.own) == 2, "as many as are posted individually"
    (call,) = screen.calls
    assert call.startswith("<!here> ")
    assert "2 more groups" in call


def test_a_member_that_gets_worse_is_told(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(100)
    rig.tell(alert("h1"), alert("h1b", severity="critical"), key="k1")
    rig.run(3)
    (call,) = Screen(rig.slack).calls
    assert "1 more group" in call
    assert "1 critical" in Screen(rig.slack).digests[0]


def test_a_mention_is_on_the_digests_post_only(rig: Rig) -> None:
    storm(rig, 10, severity="critical")
    rig.run(60)
    end(rig, 10, severity="critical")
    rig.run(60)
    posted = [message.text for _, message in rig.slack.posts if "STORM" in message.text]
    assert posted[0].startswith("<!here> ")
    assert "<!here>" not in str([message for _, message in rig.slack.edits])


# After the storm -------------------------------------------------------------------------------


def test_after_the_storm_groups_are_posted_again(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(200, tick=1)
    storm(rig, 1, first=10)
    rig.run(5)
    assert ["h10" in text for text in Screen(rig.slack).own] == [True]


def test_a_trickle_does_not_prolong_a_storm(rig: Rig) -> None:
    storm(rig, 10)
    for index in range(20):
        storm(rig, 1, first=10 + index)
        rig.run(20, tick=1)
    assert len(Screen(rig.slack).own) >= 10


def test_what_stays_with_the_digest_resolves_there(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(300, tick=1)
    end(rig, 9)
    rig.run(10)
    screen = Screen(rig.slack)
    assert "STORM · 1 of 10 groups firing" in screen.digests[0]
    end(rig, 1, first=9)
    rig.run(10)
    assert "RESOLVED · storm of 10 groups" in Screen(rig.slack).digests[0]
    assert Screen(rig.slack).own == []


def test_an_alert_that_joins_after_the_storm_is_posted_and_the_digest_stays_true(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(300, tick=1)
    rig.tell(alert("h3"), alert("h3b", 5), key="k3")
    rig.run(5)
    screen = Screen(rig.slack)
    assert ["2 firing" in text for text in screen.own] == [True]
    rig.tell(alert("h3", 0, 6), alert("h3b", 5, 6), key="k3")
    rig.run(10)
    screen = Screen(rig.slack)
    assert "9 of 10 groups firing" in screen.digests[0]
    assert "RESOLVED" in screen.own[0]


def test_another_episode_after_the_storm_is_a_message_of_its_own(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(10)
    end(rig, 10)
    rig.run(300, tick=1)
    storm(rig, 1)
    rig.run(5)
    screen = Screen(rig.slack)
    assert ["FIRING" in text for text in screen.own] == [True]
    assert "RESOLVED · storm of 10 groups" in screen.digests[0], "that storm is history"
    end(rig, 1)
    rig.run(5)
    assert "RESOLVED" in Screen(rig.slack).own[0]


def test_firing_again_within_the_storm_is_told_by_its_digest(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(5)
    end(rig, 10)
    rig.run(60)
    storm(rig, 2)
    rig.run(65)
    screen = Screen(rig.slack)
    assert "2 of 10 groups firing" in screen.digests[0]
    assert ["2 more groups" in text for text in screen.calls] == [True]
    assert screen.own == []


def test_each_storm_has_its_digest_and_a_group_may_be_in_two(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(400, tick=1)
    for index in range(10):
        rig.tell(alert(f"h{index}"), alert(f"h{index}b", 6), key=f"k{index}")
    rig.run(10)
    screen = Screen(rig.slack)
    assert len(screen.digests) == 2
    for index in range(10):
        rig.tell(alert(f"h{index}", 0, 8), alert(f"h{index}b", 6, 8), key=f"k{index}")
    rig.run(20)
    assert all("RESOLVED" in text for text in Screen(rig.slack).digests)
    assert [len(digest.members) for digest in rig.store.digests(5)] == [10, 10]


def test_each_channel_has_its_own_storm(rig: Rig) -> None:
    storm(rig, 10)
    for index in range(10):
        rig.tell(alert(f"d{index}", team="db"), key=f"d{index}")
    rig.run(10)
    posts = [intent.channel for intent, message in rig.slack.posts if "STORM" in message.text]
    assert sorted(posts) == ["#alerts", "#db"]


def test_a_message_from_before_the_storm_is_kept_true(rig: Rig) -> None:
    storm(rig, 3)
    rig.run(60)
    for index in range(10):
        rig.tell(alert(f"h{index}"), alert(f"h{index}b", 1), key=f"k{index}")
    rig.run(10)
    screen = Screen(rig.slack)
    assert "10 groups firing" in screen.digests[0]
    assert sum("2 firing" in text for text in screen.own) == 3
    for index in range(10):
        rig.tell(alert(f"h{index}", 0, 2), alert(f"h{index}b", 1, 2), key=f"k{index}")
    rig.run(20)
    assert all("RESOLVED" in text for text in Screen(rig.slack).own)


def test_storms_are_forgotten_once_all_is_over(rig: Rig) -> None:
    storm(rig, 10)
    rig.run(300, tick=1)
    assert rig.store.prune(at(60 * 24 * 31)) == 0
    assert len(rig.store.digests(5)) == 1, "its groups still fire"
    end(rig, 10)
    rig.run(30)
    assert rig.store.prune(at(60 * 24 * 31)) == 10
    assert rig.store.digests(5) == []


# Faults ----------------------------------------------------------------------------------------


def test_a_digest_that_slack_took_before_a_crash_is_adopted(rig: Rig) -> None:
    rig.slack.script = [RuntimeError("killed")]
    storm(rig, 10)
    with pytest.raises(RuntimeError):
        rig.reconciler.step()
    rig.slack.found = Found("CALERTS", "77.0")
    rig.restart()
    storm(rig, 5, first=10)
    rig.run(10)
    assert rig.slack.kinds == [Kind.REPLY], "the list in its thread, and no second digest"
    assert {ref.ts for ref, _ in rig.slack.edits} == {"77.0"}
    assert "15 groups firing" in rig.slack.edits[-1][1].text


def test_a_deleted_digest_is_posted_again_without_calling_anybody(rig: Rig) -> None:
    storm(rig, 10, severity="critical")
    rig.run(30)
    before = len(rig.slack.posts)
    rig.slack.script = [Gone("message_not_found")]
    end(rig, 1, first=9, severity="critical")
    rig.run(30)
    again = [message.text for _, message in rig.slack.posts[before:] if "STORM" in message.text]
    assert ["9 of 10 groups" in text and "<!here>" not in text for text in again] == [True]


def test_a_refused_digest_is_parked_and_accounts_for_all_afterwards(rig: Rig) -> None:
    rig.slack.always = Refused("channel_not_found")
    storm(rig, 10)
    rig.run(60)
    (queue,) = rig.store.queues()
    assert queue.parked == 1
    end(rig, 10)
    rig.slack.always = None
    rig.run(16 * 60, tick=5)
    assert "RESOLVED · storm of 10 groups" in Screen(rig.slack).digests[0]
    assert rig.store.queues() == []


def test_what_piled_up_while_slack_was_away_is_told_by_a_digest(rig: Rig) -> None:
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    storm(rig, 30)
    rig.run(3600, tick=5)
    end(rig, 20)
    rig.slack.always = None
    rig.run(60)
    screen = Screen(rig.slack)
    told = sum("RESOLVED" in text or "FIRING" in text for text in screen.own)
    assert f"10 of {30 - told} groups firing" in screen.digests[0]


def test_a_group_whose_posts_fate_is_unknown_is_settled_first(rig: Rig) -> None:
    rig.slack.script = [Ambiguous("no answer", unreachable=True)]
    storm(rig, 1)
    rig.reconciler.step()
    storm(rig, 9, first=1)
    rig.slack.found = Found("CALERTS", "5.0")
    rig.run(30)
    assert "9 groups firing" in Screen(rig.slack).digests[0]
    assert {entry.work for entry in rig.store.overview(20)} == {Work.IDLE}


def accounted(rig: Rig, slack: FakeSlack) -> None:
    """Every group is shown as it is: by its own message, or in a digest that counts it."""
    assert {entry.work for entry in rig.store.overview(500)} <= {Work.IDLE}
    for digest in rig.store.digests(50):
        shown = [text for text in Screen(slack).digests if text == render(digest).text]
        assert shown, "each digest shows its members as they are"
        for member in digest.members:
            entry = rig.store.find(member.group_id)
            assert entry
            if entry.membership and entry.membership.storm.id == digest.storm.id:
                assert member.firing == bool(entry.state.group.firing)
    screen = Screen(slack)
    for entry in rig.store.overview(500):
        if entry.membership is None or entry.membership.member.own:
            name = f"host={entry.state.group.alerts[0].labels['host']}"
            assert [text for text in screen.own if name in text], "told by itself"


def render(digest: Digest) -> Message:
    return render_digest(digest, View(at(0), Severities()))


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 14),  # which group
            st.booleans(),  # fires or resolves
            st.sampled_from(["info", "critical"]),
            st.sampled_from([0.0, 0.0, 0.0, 1.0, 20.0, 200.0]),  # how long until the next
            st.sampled_from([None, None, None, "away", "gone", "lost"]),
        ),
        min_size=20,
        max_size=60,
    )
)
def test_no_group_is_ever_untold(story: list[tuple[int, bool, str, float, str | None]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = open_sqlite(f"sqlite:///{folder}/relay.sqlite")
        slack, clock = FakeSlack(), FakeClock()
        rig = Rig(store, slack, clock, SMALL)
        faults: dict[str | None, list[Any]] = {
            None: [],
            "away": [Retry("cannot reach Slack", unreachable=True)],
            "gone": [Gone("message_not_found")],
            "lost": [Ambiguous("no answer")],
        }
        started: dict[int, float] = {}
        for group, fires, severity, pause, fault in story:
            minute = (clock.now() - at(0)) / timedelta(minutes=1)
            if fires:
                started.setdefault(group, minute)
            elif group not in started:
                continue
            ends = None if fires else minute
            begun = started[group] if fires else started.pop(group)
            each = alert(f"g{group}", begun, ends, severity=severity)
            rig.tell(each, key=f"k{group}")
            slack.script = list(faults[fault])
            rig.run(pause, tick=2)
            clock.advance(0.1)
        slack.script = []
        rig.run(900, tick=15)
        accounted(rig, slack)
        store.close()


def test_killed_in_the_middle_of_a_storm(
    start: Callable[..., Relay],
    slack_server: SlackServer,
) -> None:
    posted: dict[str, dict[str, Any]] = {}

    def handler(method: str, body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        if method == "conversations.history":
            known = [message | {"ts": ts} for ts, message in posted.items()]
            return 200, {}, {"ok": True, "messages": known}
        ts = body.get("ts") or f"{len(posted) + 1}.0"
        posted[ts] = body
        if method == "chat.postMessage" and "STORM" in body["text"]:
            time.sleep(1)  # killed while Slack thinks
        return 200, {}, {"ok": True, "channel": "C1", "ts": ts}

    slack_server.handler = handler
    relay = start(SLACK_BOT_TOKEN=TOKEN, RELAY_WEBHOOK_TOKEN=HOOK, SLACK_API_URL=slack_server.url)
    for index in range(40):
        assert relay.tell(alert(f"h{index}"), key=f"k{index}") == 200
    until(lambda: [message for message in posted.values() if "STORM" in message["text"]])
    assert relay.process
    children = Path(f"/proc/{relay.process.pid}/task/{relay.process.pid}/children").read_text()
    relay.kill()
    for child in children.split():
        os.kill(int(child), signal.SIGKILL)
    relay.start()
    for index in range(40):
        assert relay.tell(alert(f"h{index}", 0, 5), key=f"k{index}") == 200

    def settled() -> bool:
        texts = [message["text"] for message in posted.values() if "thread_ts" not in message]
        own = [text for text in texts if "storm" not in text.lower()]
        (digest,) = [text for text in texts if "storm" in text.lower()]
        return f"RESOLVED · storm of {40 - len(own)} groups" in digest and all(
            "RESOLVED" in text for text in own
        )

    until(settled)
    assert relay.stop() == 0


# Pure ------------------------------------------------------------------------------------------


def waits(name: str, severity: str = "warning", message: MessageRef | None = None) -> Waiting:
    state = merge(None, webhook(alert(name, severity=severity), key=name), at(0))
    return Waiting(name, state, Delivered(message))


def ids(members: tuple[Member, ...]) -> list[str]:
    return [member.group_id for member in members]


def test_a_digest_gathers_the_worst_first_and_leaves_some_to_themselves() -> None:
    waiting = [waits(f"w{n}") for n in range(5)] + [waits(f"c{n}", "critical") for n in range(3)]
    gathered = gather(None, waiting, "#alerts", SMALL, at(0), "storm-1")
    assert gathered
    assert ids(gathered.members) == ["c0", "c1", "c2", "w0", "w1", "w2", "w3", "w4"]
    assert [member.own for member in gathered.members] == [True, True] + [False] * 6
    assert [each.group_id for each in gathered.covered][:2] == ["c2", "w0"]
    assert (gathered.storm.count, gathered.storm.own) == (8, 2)
    assert [member.joined for member in gathered.members] == list(range(1, 9))


def test_no_storm_without_a_crowd_and_none_joins_one_that_is_over() -> None:
    few = [waits(f"w{n}") for n in range(5)]
    assert gather(None, few, "#alerts", SMALL, at(0), "s") is None
    old = Storm("old", "#alerts", at(-10), at(0), at(-9), 7, 1)
    assert gather(old, few, "#alerts", SMALL, at(0), "s") is None
    assert gather(old, [], "#alerts", SMALL, at(-1), "s") is None
    joined = gather(old, few[:1], "#alerts", SMALL, at(-1), "s")
    assert joined
    assert (joined.storm.id, joined.storm.count) == ("old", 8)


def test_each_group_prolongs_a_storm_by_what_it_would_have_taken() -> None:
    many = [waits(f"w{n}") for n in range(60)]
    gathered = gather(None, many, "#alerts", SMALL, at(0), "s")
    assert gathered
    assert gathered.storm.ends_at == at(3)
    lots = gather(gathered.storm, many * 10, "#alerts", SMALL, at(1), "s")
    assert lots
    assert lots.storm.ends_at == at(6), "five minutes after the last, at most"


def test_a_group_with_a_live_message_is_covered_but_edited() -> None:
    ref = MessageRef("C1", "1.0", "#old")
    known = waits("a", message=ref)
    gathered = gather(
        None, [known, *[waits(f"w{n}") for n in range(5)]], "#alerts", SMALL, at(0), "s"
    )
    assert gathered
    covered = next(each for each in gathered.covered if each.group_id == "a")
    assert (covered.edit, covered.lane) == (True, "edit #old")
    assert covered.delivered.told == told_of(known.state.group.alerts)


def test_the_crowd_is_what_a_channel_shows_in_ten_seconds() -> None:
    assert Storms().crowd(1.0, 3) == 13
    assert Storms().crowd(0.1, 1) == 2
    assert Storms(threshold=50).crowd(1.0, 3) == 50


# What it looks like ----------------------------------------------------------------------------

HOSTILE = "<!channel> *x* `y` &amp; " + "é" * 5_000


def member(number: int, firing: bool = True, **more: Any) -> Member:
    values: dict[str, Any] = {
        "name": f"Alert{number % 40}",
        "labels": {"alertname": "x", "host": f"h{number}"},
        "severity": ("info", "warning", "critical")[number % 3],
        "alerts": 1,
        "started_at": at(0),
        "ended_at": None if firing else at(90),
        "joined": number + 1,
    }
    return Member(group_id=f"g{number}", firing=firing, **values | more)


def digest_of(*members: Member) -> Digest:
    return Digest(Storm("storm-1", "#alerts", at(0), at(2), at(1)), members)


def fits(message: Message) -> None:
    assert violations(vars(message)) == []


@pytest.mark.parametrize("count", [1, 2, 500, 5000])
@pytest.mark.parametrize("firing", [True, False])
def test_digests_of_any_size_fit(count: int, firing: bool) -> None:
    message = render(digest_of(*(member(number, firing) for number in range(count))))
    fits(message)
    words = f"{count:,} group{'s' if count > 1 else ''}"
    assert words in message.text
    assert ("STORM" in message.text) is firing
    assert firing or "Lasted 1 h 30 min" in str(message)


def test_hostile_members_fit_and_mention_nobody() -> None:
    bad = {f"{HOSTILE[:40]}{n}": HOSTILE[:200] for n in range(20)}
    members = [
        member(n, name=HOSTILE[:200], labels=bad, severity=f"{HOSTILE[:150]}{n}") for n in range(60)
    ]
    view = View(at(0), Severities(), "<!here>")
    listed, count = render_list(members, view, 0)
    assert count >= 1
    for message in (
        render_digest(digest_of(*members), view),
        render_more(members, view),
        listed,
        render_unlisted(digest_of(*members), 7),
    ):
        fits(message)
        assert "<!channel>" not in str(message)


def test_a_digest_says_the_worst_first_and_how_many_more() -> None:
    members = [member(n) for n in range(100)]
    text = str(render(digest_of(*members)))
    assert text.index("*33* critical") < text.index("*33* warning") < text.index("*34* info")
    assert "_+20 more alerts_" in text
    assert "_+90 more_" in text
    assert text.index("`host=h2`") < text.index("`host=h5`")


def test_lists_name_every_group_once() -> None:
    members = [member(n) for n in range(777)]
    view, named = View(at(0), Severities()), 0
    while named < len(members):
        message, count = render_list(members[named:], view, named)
        fits(message)
        assert f"Groups {named + 1} to {named + count} of 777" in message.text
        found = re.findall(r"`host=(h\d+)`", str(message))
        assert found == [f"h{n}" for n in range(named, named + count)]
        named += count


def test_a_thread_bears_only_so_many_lists(rig: Rig) -> None:
    labels = {f"label{n}": "x" * 100 for n in range(5)}
    for index in range(600):
        rig.tell(alert(f"h{index}", **labels), key=f"k{index}")
    rig.run(120)
    screen = Screen(rig.slack)
    assert len(screen.replies) == 13
    assert "more groups on the relay's page: `/digests/storm-" in screen.replies[-1][1].text
    assert rig.store.queues() == []
