"""Real processes: a relay, an Alertmanager, and this program in Slack's place, signing clicks."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from acted_upon import ActedUpon, Slack
from actions_kit import RealAlertmanager, click, encoded, matched, slash, submission
from relay_kit import SlackServer, alert
from relay_process import free_port, until

pytestmark = pytest.mark.real


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
def start(tmp_path: Path, slack: Slack) -> Iterator[Callable[[str], ActedUpon]]:
    made: list[ActedUpon] = []

    def build(config: str) -> ActedUpon:
        made.append(ActedUpon(tmp_path, slack, config))
        made[-1].start()
        return made[-1]

    yield build
    for relay in made:
        relay.kill()


def test_acknowledge_silence_and_what_happens_elsewhere(
    start: Callable[[str], ActedUpon], slack: Slack, am: RealAlertmanager, amtool: Path
) -> None:
    am.start()
    gone = f"http://127.0.0.1:{free_port()}"
    relay = start(f"alertmanagers: [{gone}, {am.url}]\n")
    assert relay.tell(alert("h1")) == 200
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
    start: Callable[[str], ActedUpon], slack: Slack, am: RealAlertmanager
) -> None:
    am.start()
    relay = start(f"alertmanagers: [{am.url}]\n")
    assert relay.tell(alert("h1")) == 200
    relay.press("tocsin.silence.dialog")

    def opened() -> Any:
        return [body["view"] for method, body, _ in slack.calls if method == "views.open"]

    (view,) = until(opened)
    assert relay.from_slack(encoded(submission(view["private_metadata"], "2h", "known"))).text == ""
    relay.shows("known")
    (made,) = am.silences()
    assert made["comment"] == "known"
    assert "1 firing" in relay.from_slack(slash(""), "commands").json()["text"]
    respond = f"{slack.url}/commands-answer"
    assert relay.from_slack(slash("unmute A", respond=respond), "commands").text == ""
    until(lambda: am.silences() == [])
    (told,) = until(lambda: slack.told("commands-answer"))
    assert told == "*A* is no longer silenced."


def test_a_kill_between_the_answer_and_the_work_loses_nothing(
    start: Callable[[str], ActedUpon], slack: Slack, am: RealAlertmanager
) -> None:
    """Alertmanager is away, so the work cannot have been done before the kill."""
    relay = start(f"alertmanagers: [{am.url}]\n")
    assert relay.tell(alert("h1")) == 200
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
    start: Callable[[str], ActedUpon], slack: Slack, am: RealAlertmanager
) -> None:
    am.start()
    relay = start(f"alertmanagers: [{am.url}]\n")
    assert relay.tell(alert("h1")) == 200
    value = until(lambda: slack.buttons().get("tocsin.silence.1h"))
    for milliseconds in (0, 5, 20, 60):
        assert relay.from_slack(encoded(click("tocsin.silence.1h", value))).status_code == 200
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
    start: Callable[[str], ActedUpon], slack: Slack, am: RealAlertmanager
) -> None:
    am.start()
    slack.members = ["U0CAROL1"]
    relay = start(
        f"alertmanagers: [{am.url}]\nactors: {{users: [U0ALICE1], usergroups: [S0ONCALL]}}\n"
    )
    assert relay.tell(alert("h1")) == 200
    answer = f"{slack.url}/answer"
    relay.press("tocsin.silence.1h", user="U0MALLORY", response_url=answer)
    (told,) = until(lambda: slack.told("answer"))
    assert told.startswith("You may not act on alerts")
    assert am.silences() == []
    relay.press("tocsin.acknowledge", user="U0CAROL1", name="carol")
    relay.shows("Acknowledged by carol")
    assert '"result": "refused"' in relay.log


def test_an_address_that_is_not_slacks_is_never_spoken_to(
    start: Callable[[str], ActedUpon], slack: Slack
) -> None:
    with SlackServer() as elsewhere:
        relay = start("")
        assert relay.tell(alert("h1")) == 200
        for url in (elsewhere.url, "file:///etc/passwd", "https://hooks.slack.com.evil.test/x"):
            relay.press("tocsin.silence.1h", response_url=url)
        until(lambda: relay.log.count("an address that is not Slack's") == 3)
        assert elsewhere.calls == []


def test_on_the_sandboxes_page_the_buttons_work(tmp_path: Path, am: RealAlertmanager) -> None:
    """Without a token: the relay stands in for Slack, and its page acts on itself."""
    am.start()
    with Slack() as unused:
        relay = ActedUpon(tmp_path, unused, f"alertmanagers: [{am.url}]\n")
        for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"):
            del relay.environ[name]
        relay.start()
        try:
            assert relay.tell(alert("h1")) == 200
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
