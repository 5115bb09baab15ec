"""Real processes: a relay, an Alertmanager, and this program in Slack's place, signing clicks."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from actions_kit import (
    SIGNING,
    RealAlertmanager,
    click,
    encoded,
    free_port,
    matched,
    signed,
    slash,
    submission,
    until,
)
from relay_kit import SlackServer, alert, payload

pytestmark = pytest.mark.real


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


class Relay:
    def __init__(self, folder: Path, slack: Slack, config: str) -> None:
        self.folder, self.slack, self.port = folder, slack, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "relay.yaml").write_text(
            'version: 1\ndefault_channel: "#alerts"\nlimits: {burst: 50}\n' + config
        )
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("RELAY_", "SLACK_"))}
        self.environ = kept | {
            "RELAY_LISTEN": f"127.0.0.1:{self.port}",
            "SLACK_BOT_TOKEN": "xoxb-hush-1",
            "SLACK_SIGNING_SECRET": SIGNING,
            "SLACK_API_URL": slack.url,
        }

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "relay", "serve", "--config", "relay.yaml"],
                cwd=self.folder,
                env=self.environ,
                stdout=log,
                stderr=log,
            )
        until(self.ready)

    def ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def kill(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def tell(self, *alerts: Any) -> None:
        answer = requests.post(f"{self.url}/v1/alertmanager", json=payload(*alerts), timeout=9)
        assert answer.status_code == 200

    def send(self, body: bytes, path: str = "interactions") -> requests.Response:
        started = time.monotonic()
        answer = requests.post(
            f"{self.url}/v1/slack/{path}", data=body, headers=signed(body), timeout=9
        )
        assert time.monotonic() - started < 3
        return answer

    def press(self, action: str, **more: Any) -> None:
        value = until(lambda: self.slack.buttons().get(action))
        assert self.send(encoded(click(action, value, **more))).status_code == 200

    def shows(self, text: str) -> Any:
        return until(lambda: text in str(self.slack.shown()))

    def no_longer_shows(self, text: str) -> Any:
        return until(lambda: text not in str(self.slack.shown()))

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as server:
        yield server


@pytest.fixture
def am(alertmanager: Path, tmp_path: Path) -> Iterator[RealAlertmanager]:
    made = RealAlertmanager(alertmanager, tmp_path / "am")
    yield made
    made.stop()


@pytest.fixture
def start(tmp_path: Path, slack: Slack) -> Iterator[Callable[[str], Relay]]:
    made: list[Relay] = []

    def build(config: str) -> Relay:
        made.append(Relay(tmp_path, slack, config))
        made[-1].start()
        return made[-1]

    yield build
    for relay in made:
        relay.kill()


def test_acknowledge_silence_and_what_happens_elsewhere(
    start: Callable[[str], Relay], slack: Slack, am: RealAlertmanager, amtool: Path
) -> None:
    am.start()
    gone = f"http://127.0.0.1:{free_port()}"
    relay = start(f"alertmanagers: [{gone}, {am.url}]\n")
    relay.tell(alert("h1"))
    relay.press("tocsin.acknowledge")
    relay.shows("Acknowledged by alice")
    assert "tocsin.acknowledge" not in slack.buttons()
    relay.press("tocsin.silence.1h")
    relay.shows("Silenced until <!date^")
    (made,) = am.silences()
    assert made["createdBy"] == "alice (Slack U0ALICE1)"
    assert matched(made) == {"alertname": "A"}
    am.amtool(amtool, "silence", "expire", made["id"])
    relay.no_longer_shows("Silenced until")
    am.amtool(amtool, "silence", "add", "--author=bob", "--comment=x", "alertname=A")
    relay.shows("by bob")
    relay.press("tocsin.unsilence")
    relay.no_longer_shows("by bob")
    assert am.silences() == []
    told = relay.log
    assert '"message": "action"' in told
    assert '"user": "U0ALICE1"' in told
    assert "hush" not in told
    assert "Traceback" not in told


def test_the_dialog_and_the_command(
    start: Callable[[str], Relay], slack: Slack, am: RealAlertmanager
) -> None:
    am.start()
    relay = start(f"alertmanagers: [{am.url}]\n")
    relay.tell(alert("h1"))
    relay.press("tocsin.silence.dialog")

    def opened() -> Any:
        return [body["view"] for method, body, _ in slack.calls if method == "views.open"]

    (view,) = until(opened)
    assert relay.send(encoded(submission(view["private_metadata"], "2h", "known"))).text == ""
    relay.shows("known")
    (made,) = am.silences()
    assert made["comment"] == "known"
    assert "1 firing" in relay.send(slash(""), "commands").json()["text"]
    respond = f"{slack.url}/commands-answer"
    assert relay.send(slash("unmute A", respond=respond), "commands").text == ""
    until(lambda: am.silences() == [])
    (told,) = until(lambda: slack.told("commands-answer"))
    assert told == "*A* is no longer silenced."


def test_a_kill_between_the_answer_and_the_work_loses_nothing(
    start: Callable[[str], Relay], slack: Slack, am: RealAlertmanager
) -> None:
    """Alertmanager is away, so the work cannot have been done before the kill."""
    relay = start(f"alertmanagers: [{am.url}]\n")
    relay.tell(alert("h1"))
    relay.press("tocsin.silence.1h", response_url=f"{slack.url}/answer")
    relay.kill()
    am.start()
    relay.start()
    relay.shows("Silenced until <!date^")
    assert len(am.silences()) == 1
    relay.kill()
    relay.start()
    time.sleep(1.5)
    assert len(am.silences()) == 1


def test_kills_at_any_moment_make_one_silence(
    start: Callable[[str], Relay], slack: Slack, am: RealAlertmanager
) -> None:
    am.start()
    relay = start(f"alertmanagers: [{am.url}]\n")
    relay.tell(alert("h1"))
    value = until(lambda: slack.buttons().get("tocsin.silence.1h"))
    for milliseconds in (0, 5, 20, 60):
        assert relay.send(encoded(click("tocsin.silence.1h", value))).status_code == 200
        time.sleep(milliseconds / 1000)
        relay.kill()
        relay.start()
        until(am.silences)
        relay.shows("Silenced until <!date^")
        assert len(am.silences()) == 1
        relay.press("tocsin.unsilence")
        until(lambda: am.silences() == [])
        relay.no_longer_shows("Silenced until")


def test_only_who_is_named_may_act_and_others_are_told(
    start: Callable[[str], Relay], slack: Slack, am: RealAlertmanager
) -> None:
    am.start()
    slack.members = ["U0CAROL1"]
    relay = start(
        f"alertmanagers: [{am.url}]\nactors: {{users: [U0ALICE1], usergroups: [S0ONCALL]}}\n"
    )
    relay.tell(alert("h1"))
    answer = f"{slack.url}/answer"
    relay.press("tocsin.silence.1h", user="U0MALLORY", response_url=answer)
    (told,) = until(lambda: slack.told("answer"))
    assert told.startswith("You may not act on alerts")
    assert am.silences() == []
    relay.press("tocsin.acknowledge", user="U0CAROL1", name="carol")
    relay.shows("Acknowledged by carol")
    assert '"result": "refused"' in relay.log


def test_an_address_that_is_not_slacks_is_never_spoken_to(
    start: Callable[[str], Relay], slack: Slack
) -> None:
    with SlackServer() as elsewhere:
        relay = start("")
        relay.tell(alert("h1"))
        for url in (elsewhere.url, "file:///etc/passwd", "https://hooks.slack.com.evil.test/x"):
            relay.press("tocsin.silence.1h", response_url=url)
        until(lambda: relay.log.count("an address that is not Slack's") == 3)
        assert elsewhere.calls == []


def test_on_the_sandboxes_page_the_buttons_work(tmp_path: Path, am: RealAlertmanager) -> None:
    """Without a token: the relay stands in for Slack, and its page acts on itself."""
    am.start()
    with Slack() as unused:
        relay = Relay(tmp_path, unused, f"alertmanagers: [{am.url}]\n")
        for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"):
            del relay.environ[name]
        relay.start()
        try:
            relay.tell(alert("h1"))
            page = f"{relay.url}/sandbox/"
            until(lambda: "Silence 4 h" in requests.get(page, timeout=5).text)
            history = requests.post(
                f"{page}api/conversations.history",
                json={"channel": "alerts"},
                headers={"Authorization": "Bearer x"},
                timeout=5,
            ).json()
            channels = requests.get(
                f"{page}api/conversations.list", headers={"Authorization": "Bearer x"}, timeout=5
            ).json()["channels"]
            where = {"channel": channels[0]["id"], "ts": history["messages"][0]["ts"]}
            for action in ("tocsin.acknowledge", "tocsin.silence.4h"):
                answer = requests.post(f"{page}act", data=where | {"action": action}, timeout=5)
                assert answer.status_code == 200
            until(lambda: "Acknowledged by" in requests.get(page, timeout=5).text)
            until(lambda: "Silenced until" in requests.get(page, timeout=5).text)
            (made,) = am.silences()
            assert made["createdBy"] == "you (Slack U0VISITOR)"
            requests.post(f"{page}command", data=where | {"text": "silences"}, timeout=5)
            assert "1 silenced" in requests.get(page, timeout=5).text
            requests.post(f"{page}act", data=where | {"action": "tocsin.unsilence"}, timeout=5)
            until(lambda: am.silences() == [])
            here = f"http://localhost:{relay.port}/sandbox/"
            requests.post(f"{here}command", data=where | {"text": "ack A"}, timeout=5)
            until(lambda: "Acknowledged <strong>A" in requests.get(page, timeout=5).text)
            assert "Traceback" not in relay.log
        finally:
            relay.kill()
