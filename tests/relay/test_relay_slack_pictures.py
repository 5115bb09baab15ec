"""A picture never costs a message, and Slack is told to parse nothing by itself."""

from datetime import UTC, datetime
from typing import Any

import pytest
from relay_kit import SlackServer

from relay.config.model import Settings
from relay.message import Message
from relay.message.blocks import header, image
from relay.model.delivered import Delivered, Intent, Kind, MessageRef
from relay.model.outcome import Accepted, Refused
from relay.secret import Secret
from relay.slack.api import Slack

PICTURE = image("https://grafana.example.com/1.png", "a picture")
MESSAGE = Message("text", [header("h")], [{"color": "#ff0000", "blocks": [header("b"), PICTURE]}])
INTENT = Intent("tocsin-1", Kind.POST, "#a", "", datetime(2026, 11, 20, 8, tzinfo=UTC), Delivered())
REF = MessageRef("C1", "1.0", "#a")


def client(server: SlackServer) -> Slack:
    return Slack(Settings(slack_token=Secret("xoxb-1"), slack_api_url=server.url))


def _kinds(body: dict[str, Any]) -> list[str]:
    return [block["type"] for block in body["attachments"][0]["blocks"]]


@pytest.mark.parametrize("edit", [False, True])
def test_a_picture_that_slack_cannot_reach_is_left_out(
    slack_server: SlackServer, edit: bool
) -> None:
    def refuses(_: str, body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        if "image" in _kinds(body):
            return 200, {}, {"ok": False, "error": "invalid_blocks"}
        return 200, {}, {"ok": True, "channel": "C1", "ts": "1.1"}

    slack_server.handler = refuses
    slack = client(slack_server)
    outcome = slack.update(REF, MESSAGE) if edit else slack.post(INTENT, MESSAGE)
    assert outcome == Accepted("C1", "1.1")
    assert [_kinds(body) for _, body, _ in slack_server.calls] == [["header", "image"], ["header"]]
    assert len(MESSAGE.attachments[0]["blocks"]) == 2


def test_what_is_refused_for_another_reason_stays_refused(slack_server: SlackServer) -> None:
    slack_server.handler = lambda *_: (200, {}, {"ok": False, "error": "channel_not_found"})
    assert isinstance(client(slack_server).post(INTENT, MESSAGE), Refused)
    plain = Message("text", [header("h")], [])
    assert isinstance(client(slack_server).post(INTENT, plain), Refused)
    assert len(slack_server.calls) == 3


def test_slack_is_to_parse_nothing_by_itself(slack_server: SlackServer) -> None:
    slack = client(slack_server)
    slack.post(INTENT, MESSAGE)
    slack.update(REF, MESSAGE)
    for _, body, _ in slack_server.calls:
        assert body["parse"] == "none"
        assert "link_names" not in body
