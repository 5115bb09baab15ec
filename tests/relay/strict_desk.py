"""A relay between a real Alertmanager and the strict stand-in for Slack; a person who clicks."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import requests
from actions_kit import RealAlertmanager, click, slash
from relay_process import Apart, Relay, until
from strict_parts import Post
from strict_slack import StrictSlack

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


class Desk:
    """A relay that a real Alertmanager sends to, and a person with a mouse."""

    def __init__(self, relay: Relay | Apart, slack: StrictSlack, am: RealAlertmanager) -> None:
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

    def type(self, text: str, **who: str) -> str:
        """`/tocsin TEXT`: what it answers, at once or a little later."""
        answers = self.slack.response_url()
        body = slash(text, respond=answers, **who)
        began = time.monotonic()
        address = f"{self.relay.url}/v1/slack/commands"
        answer = requests.post(address, data=body, headers=signed(body), timeout=9)
        assert answer.status_code == 200
        assert time.monotonic() - began < 3
        if answer.text:
            said = answer.json()
            assert said["response_type"] == "ephemeral"
            return str(said["text"])
        place = answers.removeprefix(self.slack.root)
        (told,) = until(lambda: self.slack.responses[place])
        return str(told["text"])
