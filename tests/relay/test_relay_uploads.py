"""A picture's way into a thread: the three steps of an upload, and what they refuse."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser import served
from relay_kit import SlackServer

from relay.charts.image import Line, draw
from relay.config.model import Settings as Environment
from relay.model.delivered import MessageRef
from relay.sandbox import NO_LIMITS, create_sandbox
from relay.secret import Secret
from relay.slack.api import Slack

pytest.importorskip("matplotlib", reason="the extra `charts` is not installed")


def test_the_three_steps_of_an_upload(slack_server: SlackServer) -> None:
    app = create_sandbox(limits=NO_LIMITS)
    with served(app) as url:
        slack = Slack(Environment(slack_token=Secret("xoxb-1"), slack_api_url=f"{url}/api/"))
        web = app.test_client()
        headers = {"Authorization": "Bearer xoxb-1"}
        first = web.post(
            "/api/chat.postMessage", json={"channel": "#a", "text": "hi"}, headers=headers
        ).json
        ref = MessageRef(first["channel"], first["ts"], "#a")
        picture = draw("t", [Line({}, [(1.0, 1.0)])], None)
        assert slack.upload(ref, "chart.png", "A <chart>", picture) is None
        page = web.get("/").text
        assert "<figcaption>A &lt;chart&gt;</figcaption>" in page
        assert "1 reply" in page
        (place,) = [
            part.split('"')[0]
            for part in page.split('src="')[1:]
            if "/files/" in part.split('"')[0]
        ]
        with web.get(place) as shown:
            assert (shown.data, shown.content_type) == (picture, "image/png")
        replies = web.get(
            f"/api/conversations.replies?channel={ref.channel_id}&ts={ref.ts}", headers=headers
        ).json
        assert replies["messages"][1]["files"][0]["title"] == "A <chart>"
        calls = [call["method"] for call in web.get("/control/log").json["calls"]]
        assert calls[1:3] == ["files.getUploadURLExternal", "files.completeUploadExternal"]
        assert slack.upload(replace(ref, channel_id="C0NOWHERE"), "c.png", "t", b"x") is not None
    refused = slack.upload(ref, "c.png", "t", b"x")
    assert refused is not None
    assert refused.reason.startswith("cannot reach Slack")


def test_an_upload_is_taken_once_and_whole() -> None:
    web = create_sandbox(limits=NO_LIMITS).test_client()
    headers = {"Authorization": "Bearer xoxb-1"}

    def call(method: str, **arguments: Any) -> Any:
        return web.post(f"/api/files.{method}", json=arguments, headers=headers).json

    for length in ("0", "x", str(10**9)):
        assert call("getUploadURLExternal", filename="a", length=length)["ok"] is False
    there = call("getUploadURLExternal", filename="a.txt", length="3")
    path = urlsplit(there["upload_url"]).path
    files = [{"id": there["file_id"]}]
    assert call("completeUploadExternal", files=json.dumps(files))["error"] == "file_not_found"
    assert web.post(path, data=b"four").status_code == 400
    assert web.post(path, data=b"abc").status_code == 200
    assert web.post(path, data=b"abc").status_code == 400
    done = call("completeUploadExternal", files=files)
    assert done["files"] == [{"id": there["file_id"], "title": "a.txt"}]
    assert web.get(f"/files/{there['file_id']}").status_code == 404, "it is no picture"
    for _ in range(101):
        call("getUploadURLExternal", filename="a", length="1")
    assert call("completeUploadExternal", files=files)["error"] == "file_not_found"
