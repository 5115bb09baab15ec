"""Clicks on the page: sent to the relay as Slack sends them, signed; what comes back is shown."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from relay_kit import SlackServer
from sandbox_kit import Slack
from slack_sdk.signature import SignatureVerifier

from relay.sandbox import Relay

BUTTON = {
    "type": "button",
    "action_id": "tocsin.acknowledge",
    "text": {"type": "plain_text", "text": "Acknowledge"},
    "value": "0123456789abcdef",
}
BLOCKS = [{"type": "actions", "block_id": "b1", "elements": [BUTTON]}]
VIEW = {
    "type": "modal",
    "callback_id": "tocsin.silence",
    "private_metadata": "m",
    "title": {"type": "plain_text", "text": "Silence <b>"},
    "blocks": [
        {"type": "section", "text": {"type": "plain_text", "text": "CpuHigh"}},
        {
            "type": "input",
            "block_id": "duration",
            "label": {"type": "plain_text", "text": "For how long"},
            "hint": {"type": "plain_text", "text": "Such as 2h"},
            "element": {"type": "plain_text_input", "action_id": "d", "initial_value": "2h"},
        },
        {
            "type": "input",
            "block_id": "comment",
            "optional": True,
            "label": {"type": "plain_text", "text": "Why"},
            "element": {"type": "plain_text_input", "action_id": "c"},
        },
    ],
}


class Receiver(SlackServer):
    """The relay: keeps what it got, raw, and answers what it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.reply: Any = b""
        self.status = 200

    def answer(self, request: Any, raw: bytes) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append((request.path, headers, raw))
        body = self.reply if isinstance(self.reply, bytes) else json.dumps(self.reply).encode()
        request.send_response(self.status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def payload(self) -> dict[str, Any]:
        path, headers, raw = self.got[-1]
        assert path == "/v1/slack/interactions"
        assert SignatureVerifier("hush").is_valid_request(raw, headers)
        found: dict[str, Any] = json.loads(parse_qs(raw.decode())["payload"][0])
        return found


@pytest.fixture
def relay() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


@pytest.fixture
def slack(relay: Receiver) -> Slack:
    return Slack(relay=Relay(relay.url.removesuffix("/api"), "hush"))


def click(slack: Slack, posted: dict[str, Any], action: str = "tocsin.acknowledge") -> Any:
    form = {"channel": posted["channel"], "ts": posted["ts"], "action": action}
    return slack.http.post("/act", data=form)


def test_a_button_is_a_form_and_its_click_is_what_slack_sends(
    slack: Slack, relay: Receiver
) -> None:
    posted = slack.post(blocks=BLOCKS)
    assert 'name="action" value="tocsin.acknowledge"' in slack.page()
    answer = click(slack, posted)
    assert (answer.status_code, answer.location) == (303, f"/archives/{posted['channel']}")
    payload = relay.payload()
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == "U0VISITOR"
    assert payload["channel"] == {"id": posted["channel"], "name": "alerts"}
    assert payload["message"]["ts"] == posted["ts"]
    (action,) = payload["actions"]
    assert (action["action_id"], action["value"]) == ("tocsin.acknowledge", BUTTON["value"])
    assert action["block_id"] == "b1"


def test_buttons_in_attachments_and_beside_sections_work_too(slack: Slack, relay: Receiver) -> None:
    beside = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": BUTTON}
    for content in ({"attachments": [{"blocks": BLOCKS}]}, {"blocks": [beside]}):
        posted = slack.post(**content)
        assert click(slack, posted).status_code == 303
    assert len(relay.got) == 2


def test_of_buttons_that_do_the_same_the_one_is_clicked_that_was_meant(
    slack: Slack, relay: Receiver
) -> None:
    text = {"type": "mrkdwn", "text": "x"}
    others = [{**BUTTON, "value": value} for value in ("g1", "g2")]
    posted = slack.post(
        blocks=[{"type": "section", "text": text, "accessory": each} for each in others]
    )
    form = {"channel": posted["channel"], "ts": posted["ts"], "action": BUTTON["action_id"]}
    assert slack.http.post("/act", data={**form, "value": "g2"}).status_code == 303
    assert relay.payload()["actions"][0]["value"] == "g2"
    assert slack.http.post("/act", data={**form, "value": "g3"}).status_code == 404


def test_no_other_button_and_no_other_site_can_be_made_to_act(
    slack: Slack, relay: Receiver
) -> None:
    posted = slack.post(blocks=BLOCKS)
    assert click(slack, posted, "tocsin.other").status_code == 404
    assert click(slack, {"channel": "C0NONE", "ts": "1"}).status_code == 404
    assert click(slack, {**posted, "ts": "1.1"}).status_code == 404
    form = {"channel": posted["channel"], "ts": posted["ts"], "action": "tocsin.acknowledge"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {"Origin": "http://x"}):
        assert slack.http.post("/act", data=form, headers=headers).status_code == 403
    assert relay.got == []
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    assert slack.http.post("/act", data=form, headers=own).status_code == 303


def test_without_a_relay_buttons_do_nothing() -> None:
    alone = Slack()
    posted = alone.post(blocks=BLOCKS)
    assert "disabled" in alone.page()
    assert click(alone, posted).status_code == 404


def test_a_dialog_is_opened_shown_mended_and_submitted(slack: Slack, relay: Receiver) -> None:
    posted = slack.post(blocks=BLOCKS)
    click(slack, posted)
    trigger = relay.payload()["trigger_id"]
    assert slack.call("views.open", trigger_id=trigger, view=json.dumps(VIEW))["ok"]
    assert slack.call("views.open", trigger_id=trigger, view=VIEW)["error"] == "invalid_trigger_id"
    page = slack.page()
    assert "Silence &lt;b&gt;" in page
    assert 'value="2h"' in page
    form = {"channel": posted["channel"], "duration": "soon", "comment": ""}
    relay.reply = {"response_action": "errors", "errors": {"duration": "no duration"}}
    slack.http.post("/dialog", data=form)
    values = relay.payload()["view"]["state"]["values"]
    assert values["duration"]["d"] == {"type": "plain_text_input", "value": "soon"}
    assert values["comment"]["c"]["value"] is None
    assert "no duration" in slack.page()
    assert 'value="soon"' in slack.page()
    relay.reply = b""
    slack.http.post("/dialog", data=form | {"duration": "2h"})
    assert relay.payload()["view"]["private_metadata"] == "m"
    assert "For how long" not in slack.page()
    sent = len(relay.got)
    slack.http.post("/dialog", data=form)
    assert len(relay.got) == sent


def test_a_dialog_can_be_left(slack: Slack, relay: Receiver) -> None:
    posted = slack.post(blocks=BLOCKS)
    click(slack, posted)
    slack.call("views.open", trigger_id=relay.payload()["trigger_id"], view=VIEW)
    slack.http.post("/dialog", data={"channel": posted["channel"], "cancel": "1"})
    assert "For how long" not in slack.page()
    assert len(relay.got) == 1


@pytest.mark.parametrize("view", [None, "{", {"type": "home"}, {"type": "modal"}])
def test_a_view_that_is_none_is_refused(slack: Slack, view: Any) -> None:
    assert slack.call("views.open", trigger_id="x", view=view)["error"] == "invalid_arguments"


def test_response_url_shows_a_note_five_times_and_no_more(slack: Slack, relay: Receiver) -> None:
    posted = slack.post(blocks=BLOCKS)
    click(slack, posted)
    path = relay.payload()["response_url"].removeprefix("http://localhost")
    for number in range(5):
        answer = slack.http.post(path, json={"text": f"note <!here> {number}"})
        assert answer.status_code == 200
    assert slack.http.post(path, json={"text": "again"}).status_code == 404
    assert slack.http.post("/response/none", json={"text": "x"}).status_code == 404
    page = slack.page()
    assert "Only visible to you" in page
    assert "note <span" in page
    click(slack, slack.post(blocks=BLOCKS))
    path = relay.payload()["response_url"].removeprefix("http://localhost")
    slack.http.post("/control/reset")
    assert slack.http.post(path, json={"text": "x"}).status_code == 404


def test_the_command_is_sent_and_answered(slack: Slack, relay: Receiver) -> None:
    posted = slack.post()
    relay.reply = {"response_type": "ephemeral", "text": "*Nothing* is firing."}
    form = {"channel": posted["channel"], "text": " /tocsin  mute A 2h"}
    slack.http.post("/command", data=form)
    path, headers, raw = relay.got[-1]
    fields = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
    assert path == "/v1/slack/commands"
    assert SignatureVerifier("hush").is_valid_request(raw, headers)
    assert (fields["command"], fields["text"]) == ("/tocsin", "mute A 2h")
    assert fields["user_id"] == "U0VISITOR"
    assert "<strong>Nothing</strong> is firing." in slack.page()


def test_a_relay_in_trouble_is_told_on_the_page(slack: Slack, relay: Receiver) -> None:
    posted = slack.post(blocks=BLOCKS)
    relay.status = 503
    click(slack, posted)
    assert "The relay answered 503." in slack.page()
    relay.status, relay.reply = 200, b"nonsense"
    click(slack, posted)
    assert "The relay did not answer" in slack.page()


def test_the_person_is_known(slack: Slack) -> None:
    assert slack.call("users.info", user="U0VISITOR")["user"]["name"] == "you"
    assert slack.call("usergroups.users.list", usergroup="S1")["users"] == ["U0VISITOR"]
    assert not slack.call("usergroups.users.list")["ok"]
