"""A relay in a process of its own, and this program in Slack's place, signing clicks."""

import time
from pathlib import Path
from typing import Any

import requests
from actions_kit import click, encoded, signed
from relay_kit import SlackServer
from relay_process import SIGNING, TOKEN, Relay, until


class Slack(SlackServer):
    """Answers as Slack, and has response_url addresses of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.members: list[str] = []
        self.handler = self._as_slack

    def _as_slack(self, method: str, body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        if method == "usergroups.users.list":
            return 200, {}, {"ok": True, "users": self.members}
        return 200, {}, {"ok": True, "channel": "C0ALERTS", "ts": f"{len(self.calls)}.1"}

    def shown(self) -> dict[str, Any]:
        """The message as it was last posted or edited."""
        sent = [body for method, body, _ in self.calls if method.startswith("chat.")]
        return sent[-1] if sent else {}

    def buttons(self) -> dict[str, str]:
        return {
            element["action_id"]: element["value"]
            for block in self.shown().get("blocks", [])
            if block["type"] == "actions"
            for element in block["elements"]
        }

    def told(self, path: str) -> list[str]:
        return [body["text"] for method, body, _ in self.calls if method == path]


class ActedUpon(Relay):
    """A relay that is clicked on in Slack."""

    def __init__(self, folder: Path, slack: Slack, config: str) -> None:
        (folder / "relay.yaml").write_text(
            'version: 1\ndefault_channel: "#alerts"\nlimits: {burst: 50}\n' + config
        )
        keys = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SIGNING}
        super().__init__(folder, **keys, SLACK_API_URL=slack.url)
        self.slack = slack

    def from_slack(self, body: bytes, path: str = "interactions") -> requests.Response:
        started = time.monotonic()
        answer = requests.post(
            f"{self.url}/v1/slack/{path}", data=body, headers=signed(body), timeout=9
        )
        assert time.monotonic() - started < 3
        return answer

    def press(self, action: str, **more: Any) -> None:
        value = until(lambda: self.slack.buttons().get(action))
        assert self.from_slack(encoded(click(action, value, **more))).status_code == 200

    def shows(self, text: str) -> Any:
        return until(lambda: text in str(self.slack.shown()))

    def no_longer_shows(self, text: str) -> Any:
        return until(lambda: text not in str(self.slack.shown()))
