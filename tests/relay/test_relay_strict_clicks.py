"""Clicks and commands signed by our own hand, a real Alertmanager, and the strict stand-in for
Slack; with one relay on SQLite, and with one that receives and one that delivers on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from actions_kit import RealAlertmanager, click, submission
from browser import served as site
from flask import Flask, jsonify
from relay_process import Apart, Relay, until
from strict_desk import SECRET, Desk
from strict_slack import StrictSlack
from strict_workspace import TOKEN

from relay.config.model import Settings
from relay.model.delivered import MessageRef
from relay.secret import Secret
from relay.slack.api import Slack


@pytest.fixture
def slack(strict_slack: StrictSlack) -> StrictSlack:
    return strict_slack


CONFIG = """version: 1
default_channel: "#alerts"
alertmanagers: ["http://127.0.0.1:9", "{am}"]
prometheus: {prometheus}/prom
actors: {{users: [U0ALICE1], usergroups: [S0ONCALL]}}
"""


@pytest.fixture
def prometheus() -> Iterator[str]:
    app = Flask("prometheus")
    series = [{"metric": {"host": "h1"}, "values": [[60.0 * n, str(n)] for n in range(9)]}]

    @app.get("/prom/api/v1/query_range")
    def query_range() -> Any:
        return jsonify(status="success", data={"resultType": "matrix", "result": series})

    with site(app) as url:
        yield url


@pytest.fixture(params=["serve", "web and worker"])
def desk(
    request: pytest.FixtureRequest,
    slack: StrictSlack,
    alertmanager: Path,
    prometheus: str,
    tmp_path: Path,
) -> Iterator[Desk]:
    am = RealAlertmanager(alertmanager, tmp_path / "am")
    (tmp_path / "relay.yaml").write_text(CONFIG.format(am=am.url, prometheus=prometheus))
    environ = {
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_API_URL": slack.url,
        "SLACK_SIGNING_SECRET": SECRET,
    }
    relay = (
        Relay(tmp_path, **environ)
        if request.param == "serve"
        else Apart(tmp_path, request.getfixturevalue("postgres_url"), **environ)
    )
    relay.start()
    am.webhook = f"{relay.url}/v1/alertmanager"
    am.start()
    yield Desk(relay, slack, am)
    am.stop()
    relay.stop()


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
def test_the_command_and_the_chart(desk: Desk) -> None:
    assert desk.type("") == "Nothing is firing."
    desk.am.fire(alertname="DiskFull", host="h1", severity="critical")
    assert "DiskFull" in desk.message.content["text"]
    (name,) = until(lambda: desk.message.files)
    assert desk.slack.files.bytes_of(name).startswith(b"\x89PNG")
    assert "*DiskFull*" in desk.type("firing")
    assert desk.type("ack DiskFull") == "Acknowledged *DiskFull*."
    desk.shows("Acknowledged by alice")
    assert desk.type("unack DiskFull") == "*DiskFull* is no longer acknowledged."
    assert desk.type("silences") == "Nothing is silenced."
    assert desk.type("mute DiskFull 2h disk is coming").startswith("Silenced *DiskFull* until")
    desk.shows("disk is coming")
    assert "🔕 until" in desk.type("silences")
    assert desk.type("mute DiskFull 1h", user="U0MALLORY").startswith("You may not act on alerts")
    assert len(desk.am.silences()) == 1
    assert desk.type("unmute diskfull") == "*DiskFull* is no longer silenced."
    desk.no_longer_shows("Silenced until")
    assert "is called `Nope`" in desk.type("unmute Nope")
    assert "/tocsin mute" in desk.type("help")
    assert desk.slack.channels["C00000001"].top == [desk.message]


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
    assert slack.files.bytes_of(name) == b"\x89PNG and more"
    slack.scopes.discard("files:write")
    failure = client.upload(ref, "chart.png", "CPU", b"\x89PNG and more")
    assert failure is not None
    assert failure.reason == "missing_scope: needs files:write"
