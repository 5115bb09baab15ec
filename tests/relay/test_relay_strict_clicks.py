"""Clicks signed by our own hand, a real Alertmanager, and the strict stand-in for Slack."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from actions_kit import RealAlertmanager, click, submission
from relay_process import Relay, until
from strict_http import served
from strict_slack import TOKEN, Post, StrictSlack

from relay.config.model import Settings
from relay.model.delivered import MessageRef
from relay.secret import Secret
from relay.slack.api import Slack

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def signed(body: bytes, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack, by the standard
    library alone."""
    at = int(time.time()) - age
    known = hmac.new(secret.encode(), b"v0:%d:%s" % (at, body), hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(at),
        "X-Slack-Signature": f"v0={known}",
    }


@pytest.fixture
def slack() -> Iterator[StrictSlack]:
    with served(StrictSlack("alerts")) as strict:
        yield strict
        assert strict.wrong == []
        assert strict.limited == []


class Desk:
    """A relay that a real Alertmanager sends to, and a person with a mouse."""

    def __init__(self, relay: Relay, slack: StrictSlack, am: RealAlertmanager) -> None:
        self.relay, self.slack, self.am = relay, slack, am

    @property
    def message(self) -> Post:
        (post,) = until(lambda: self.slack.channels["C00000001"].top)
        return post

    def buttons(self) -> dict[str, str]:
        return {
            each["action_id"]: each["value"]
            for block in self.message.now["blocks"]
            for each in block.get("elements", [])
            if each["type"] == "button"
        }

    def send(self, payload: dict[str, Any], **how: Any) -> requests.Response:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        began = time.monotonic()
        address = f"{self.relay.url}/v1/slack/interactions"
        answer = requests.post(address, data=body, headers=signed(body, **how), timeout=9)
        assert time.monotonic() - began < 3
        return answer

    def press(self, action: str, **more: Any) -> None:
        value = until(lambda: self.buttons().get(action))
        payload = click(action, value, **{"trigger_id": self.slack.trigger(), **more})
        assert self.send(payload).status_code == 200

    def shows(self, text: str, seconds: float = 30) -> None:
        until(lambda: text in json.dumps(self.message.now), seconds)

    def no_longer_shows(self, text: str, seconds: float = 40) -> None:
        until(lambda: text not in json.dumps(self.message.now), seconds)


@pytest.fixture
def desk(
    start: Callable[..., Relay], slack: StrictSlack, alertmanager: Path, tmp_path: Path
) -> Iterator[Desk]:
    am = RealAlertmanager(alertmanager, tmp_path / "am")
    (tmp_path / "relay.yaml").write_text(
        f'version: 1\ndefault_channel: "#alerts"\nalertmanagers: ["{am.url}"]\n'
        "actors: {users: [U0ALICE1]}\n"
    )
    relay = start(SLACK_BOT_TOKEN=TOKEN, SLACK_API_URL=slack.url, SLACK_SIGNING_SECRET=SECRET)
    am.webhook = f"{relay.url}/v1/alertmanager"
    am.start()
    yield Desk(relay, slack, am)
    am.stop()


@pytest.mark.real
def test_acknowledge_silence_and_unsilence(desk: Desk) -> None:
    desk.am.fire(alertname="DiskFull", host="h1", severity="critical")
    assert "DiskFull" in desk.message.content["text"]
    stranger = click("tocsin.acknowledge", desk.buttons()["tocsin.acknowledge"], user="U0MALLORY")
    assert desk.send(stranger, secret="another").status_code == 401
    assert desk.send(stranger, age=301).status_code == 401
    answers = desk.slack.response_url()
    stranger["response_url"] = answers
    assert desk.send(stranger).status_code == 200
    place = answers.removeprefix(desk.slack.root)
    (told,) = until(lambda: desk.slack.responses[place])
    assert told["text"].startswith("You may not act on alerts")

    desk.press("tocsin.acknowledge")
    desk.shows("Acknowledged by alice")
    desk.press("tocsin.silence.dialog")
    (view,) = until(lambda: desk.slack.views)
    answer = desk.send(submission(view["private_metadata"], "soon", ""))
    assert answer.json()["response_action"] == "errors"
    assert desk.send(submission(view["private_metadata"], "2h", "disk is coming")).text == ""
    desk.shows("disk is coming")
    (made,) = desk.am.silences()
    assert (made["createdBy"], made["comment"]) == ("alice (Slack U0ALICE1)", "disk is coming")
    desk.press("tocsin.unsilence")
    desk.no_longer_shows("Silenced until")
    assert desk.am.silences() == []


@pytest.mark.real
@pytest.mark.slow
def test_a_silence_that_expires_changes_the_message(desk: Desk, amtool: Path) -> None:
    desk.am.fire(alertname="DiskFull", host="h1", severity="critical")
    made = ("--author=bob", "--comment=short", "--duration=25s", "alertname=DiskFull")
    assert desk.message
    desk.am.amtool(amtool, "silence", "add", *made)
    desk.shows("by bob")
    desk.no_longer_shows("by bob")
    assert desk.slack.channels["C00000001"].top == [desk.message]


def test_a_picture_goes_into_the_thread_in_three_steps(slack: StrictSlack) -> None:
    client = Slack(Settings(slack_token=Secret(TOKEN), slack_api_url=slack.url))
    posted = client.call("chat.postMessage", json={"channel": "#alerts", "text": "x"})
    assert isinstance(posted, dict)
    ref = MessageRef(posted["channel"], posted["ts"], "#alerts")
    assert client.upload(ref, "chart.png", "CPU", b"\x89PNG and more") is None
    (name,) = slack.channels["C00000001"].posts[ref.ts].files
    assert slack.file(name) == b"\x89PNG and more"
    slack.scopes.discard("files:write")
    failure = client.upload(ref, "chart.png", "CPU", b"\x89PNG and more")
    assert failure is not None
    assert failure.reason == "missing_scope: needs files:write"
