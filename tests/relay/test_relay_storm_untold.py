"""Whatever happens in a storm, no group is untold at its end."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relay_kit import FakeClock, FakeSlack, Rig, SlackServer, alert, at
from relay_process import HOOK, TOKEN, Relay, until
from storm_kit import SMALL, Screen

from relay.message import Message, View
from relay.message.digest import render_digest
from relay.model.group import Severities
from relay.model.outcome import Ambiguous, Gone, Retry
from relay.model.storm import Digest
from relay.store import Store, Work
from relay.store.sqlite import open_sqlite


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, SMALL)


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
        if method == "conversations.list":
            return 200, {}, {"ok": True, "channels": [{"id": "C1", "name": "alerts"}]}
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
    relay.kill_all()
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
