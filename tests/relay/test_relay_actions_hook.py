"""With nothing but an incoming webhook: posts alone, and it is said what that loses."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, SlackServer, alert, at
from relay_process import free_port

from relay.cli import main
from relay.config.model import Settings
from relay.message import Message
from relay.model.delivered import Delivered, Intent, Kind, MessageRef
from relay.model.outcome import (
    Accepted,
    Ambiguous,
    Outcome,
    RateLimited,
    Refused,
    Retry,
    Unknowable,
)
from relay.planning.postsonly import in_one_channel
from relay.secret import Secret
from relay.slack.hook import SlackHook
from relay.store import Store

INTENT = Intent("tocsin-1", Kind.POST, "#alerts", "", at(0), Delivered())
MESSAGE = Message("hello", [{"type": "divider"}], [])


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, in_one_channel(replace(CONFIG, interactive=False)))


def test_firing_joining_and_resolving_are_posts_and_nothing_is_edited(
    rig: Rig, slack: FakeSlack
) -> None:
    rig.tell(alert("h1"))
    rig.run(2)
    rig.clock.advance(60)
    rig.tell(alert("h1"), alert("h2", 1))
    rig.run(2)
    rig.clock.advance(60)
    rig.tell(alert("h1", 0, 2), alert("h2", 1))
    rig.run(2)
    rig.clock.advance(60)
    rig.tell(alert("h1", 0, 2), alert("h2", 1, 3))
    rig.run(2)
    assert slack.kinds == [Kind.POST, Kind.POST, Kind.POST]
    assert all(not intent.thread_ts for intent, _ in slack.posts)
    assert slack.edits == []
    assert "FIRING" in slack.texts[0]
    assert "h2" in slack.texts[1]
    assert "RESOLVED" in slack.texts[2]
    assert rig.run(30) == 0


def test_every_route_leads_to_the_one_channel(rig: Rig, slack: FakeSlack) -> None:
    rig.tell(alert("h1", team="db"))
    rig.run(2)
    ((intent, _),) = slack.posts
    assert intent.channel == "#alerts"


def test_an_alert_that_came_and_went_is_told_in_a_post(rig: Rig, slack: FakeSlack) -> None:
    rig.tell(alert("h1"))
    rig.run(2)
    rig.tell(alert("h1"), alert("h2", 1, 2))
    rig.clock.advance(120)
    rig.run(2)
    assert slack.kinds == [Kind.POST, Kind.POST]
    assert "h2" in slack.texts[1]


def hook(url: str) -> SlackHook:
    return SlackHook(Settings(slack_webhook_url=Secret(url)))


def test_a_post_is_what_slack_takes(slack_server: SlackServer) -> None:
    slack_server.handler = lambda method, body: (200, {}, b"ok")
    outcome = hook(slack_server.url).post(INTENT, MESSAGE)
    assert outcome == Accepted("#alerts", "tocsin-1")
    ((_, body, _),) = slack_server.calls
    assert body == {
        "text": "hello",
        "blocks": [{"type": "divider"}],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    assert isinstance(hook("x").update(MessageRef("C", "1", "#a"), MESSAGE), Refused)
    assert isinstance(hook("x").find(INTENT, "C"), Unknowable)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((429, {"Retry-After": "7"}, b""), RateLimited(7.0)),
        ((429, {"Retry-After": "soon"}, b""), RateLimited(30.0)),
        ((429, {"Retry-After": "-1"}, b""), RateLimited(30.0)),
        ((404, {}, b"no_service"), Refused("no_service")),
        ((403, {}, b"action_prohibited"), Refused("action_prohibited")),
        ((400, {}, b"invalid_payload"), Refused("invalid_payload", outside=False)),
        ((410, {}, b"<html>gone for good</html>"), Refused("HTTP 410")),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), Refused("HTTP 302")),
        ((500, {}, b"rollup_error"), Ambiguous("rollup_error", True, True)),
        ((200, {}, b"<html>"), Ambiguous("an answer that is not Slack's", True, True)),
    ],
)
def test_what_comes_of_a_post(
    slack_server: SlackServer, answer: tuple[int, dict[str, str], bytes], outcome: Outcome
) -> None:
    slack_server.handler = lambda method, body: answer
    assert hook(slack_server.url).post(INTENT, MESSAGE) == outcome


def test_a_webhook_out_of_reach() -> None:
    secret = f"http://127.0.0.1:{free_port()}/services/T0/B0/hush"
    outcome = hook(secret).post(INTENT, MESSAGE)
    assert outcome == Retry("cannot reach Slack: ConnectionRefusedError", unreachable=True)


def test_no_answer_is_ambiguous(slack_server: SlackServer) -> None:
    def drop(method: str, body: dict[str, object]) -> tuple[int, dict[str, str], bytes]:
        raise ConnectionResetError

    slack_server.handler = drop  # closes the connection
    slack_server._http.handle_error = lambda *_: None
    assert isinstance(hook(slack_server.url).post(INTENT, MESSAGE), Ambiguous)


def test_check_config_says_what_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "relay.yaml"
    file.write_text('version: 1\ndefault_channel: "#a"\nroutes: [{match: {a: b}, channel: "#b"}]\n')

    def run() -> str:
        return CliRunner().invoke(main, ["check-config", str(file)]).output

    assert "incoming webhook" not in run()
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T0/B0/hush")
    assert "never edited" in run()
    assert "-> #b" not in run()
    assert "hush" not in run()
