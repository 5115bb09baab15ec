"""Parts for tests of acting from Slack: signed requests, a real Alertmanager, Slack's answers."""

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
from relay_process import SIGNING, free_port, until
from slack_sdk.signature import SignatureVerifier

FORM = "application/x-www-form-urlencoded"


def signed(body: bytes, age: float = 0.0, secret: str = SIGNING) -> dict[str, str]:
    """Headers as Slack sends them with a body."""
    timestamp = str(int(time.time() - age))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": str(signature),
    }


def encoded(payload: Any) -> bytes:
    """The body of an interaction."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def click(
    action: str, value: str, user: str = "U0ALICE1", name: str = "alice", **more: Any
) -> dict[str, Any]:
    """A block_actions payload, as https://docs.slack.dev/reference/interaction-payloads has it."""
    return {
        "type": "block_actions",
        "user": {"id": user, "username": name, "name": name, "team_id": "T0TEAM01"},
        "api_app_id": "A0APP",
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C0ALERTS"},
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        "team": {"id": "T0TEAM01", "domain": "team"},
        "channel": {"id": "C0ALERTS", "name": "alerts"},
        "message": {"ts": "1.2", "text": "whatever"},
        "response_url": "",
        "actions": [
            {
                "type": "button",
                "block_id": "b",
                "action_id": action,
                "value": value,
                "text": {"type": "plain_text", "text": "Any"},
                "action_ts": str(time.time_ns()),
            }
        ],
    } | more


def submission(metadata: str, duration: str, comment: str | None = None) -> dict[str, Any]:
    """A view_submission payload."""
    return {
        "type": "view_submission",
        "user": {"id": "U0ALICE1", "username": "alice", "name": "alice", "team_id": "T0TEAM01"},
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": "tocsin.silence",
            "private_metadata": metadata,
            "state": {
                "values": {
                    "duration": {"duration": {"type": "plain_text_input", "value": duration}},
                    "comment": {"comment": {"type": "plain_text_input", "value": comment}},
                }
            },
        },
    }


def slash(text: str, user: str = "U0ALICE1", respond: str = "") -> bytes:
    """The body of a slash command."""
    fields = {
        "token": "old",
        "team_id": "T0TEAM01",
        "channel_id": "C0ALERTS",
        "user_id": user,
        "user_name": "alice",
        "command": "/tocsin",
        "text": text,
        "response_url": respond,
        "trigger_id": "1.2.3",
    }
    return urlencode(fields).encode()


class Told:
    """In place of what answers at Slack's response_url."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def tell(self, url: str, text: str) -> bool:
        self.told.append((url, text))
        return True

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.told]


class RealAlertmanager:
    """A real Alertmanager with one receiver; alerts are posted to it as Prometheus does."""

    def __init__(self, program: Path, folder: Path, webhook: str = "http://127.0.0.1:9/") -> None:
        self.program, self.folder, self.webhook = program, folder, webhook
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.cluster = ["--cluster.listen-address="]
        self.group_by, self.token = ["alertname"], ""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "RealAlertmanager":
        self.folder.mkdir(exist_ok=True)
        route = {"receiver": "relay", "group_by": self.group_by}
        hook: dict[str, Any] = {"url": self.webhook}
        if self.token:
            hook["http_config"] = {"authorization": {"credentials": self.token}}
        config = {
            "route": {**route, "group_wait": "0s", "group_interval": "1s"},
            "receivers": [{"name": "relay", "webhook_configs": [hook]}],
        }
        (self.folder / "am.yml").write_text(json.dumps(config))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    self.program,
                    f"--config.file={self.folder}/am.yml",
                    f"--storage.path={self.folder}/data",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    *self.cluster,
                ],
                stdout=log,
                stderr=log,
            )
        until(self.ready)
        return self

    def ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def fire(self, minutes: float = 60, since: datetime | None = None, **labels: str) -> None:
        ends = datetime.now(UTC) + timedelta(minutes=minutes)
        alert = {
            "labels": labels,
            "annotations": {"summary": "trouble"},
            "generatorURL": "http://prometheus:9090/graph?g0.expr=cpu+%3E+5&g0.tab=1",
            "startsAt": (since or datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
            "endsAt": ends.isoformat(),
        }
        self.post([alert])

    def post(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        """As Prometheus does."""
        answer = requests.post(f"{self.url}/api/v2/alerts", json=list(alerts), timeout=30)
        answer.raise_for_status()

    def silences(self, state: str = "active") -> list[dict[str, Any]]:
        found = requests.get(f"{self.url}/api/v2/silences", timeout=5).json()
        return [each for each in found if each["status"]["state"] == state]

    def amtool(self, program: Path, *arguments: str) -> str:
        told = subprocess.run(
            [program, f"--alertmanager.url={self.url}", *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
        return told.stdout.strip()


def matched(silence: Mapping[str, Any]) -> dict[str, str]:
    """What a silence matches; all of it must be equality."""
    assert all(m["isEqual"] and not m["isRegex"] for m in silence["matchers"])
    return {m["name"]: m["value"] for m in silence["matchers"]}
