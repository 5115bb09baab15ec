"""Looking for a message that may be there: where Slack is asked, and what each answer means."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from relay_kit import SlackServer
from slack_kit import answers, client, intent

from relay.model.delivered import Kind
from relay.model.outcome import (
    Found,
    Missing,
    More,
    RateLimited,
    Retry,
    Unknowable,
)


def history(*messages: Any, cursor: str = "") -> dict[str, Any]:
    return {"ok": True, "messages": [*messages], "response_metadata": {"next_cursor": cursor}}


MARKED = {"ts": "9.0", "blocks": [{"type": "x"}, {"block_id": "tocsin-1"}]}


@pytest.mark.parametrize(
    "message", [MARKED, {"ts": "9.0", "attachments": [{}, {"blocks": MARKED["blocks"]}]}]
)
def test_a_post_is_found_by_its_block(slack_server: SlackServer, message: dict[str, Any]) -> None:
    answers(slack_server, 200, history({"ts": "8.0", "blocks": [None]}, "odd", message))
    assert client(slack_server.url).find(intent(), "C1") == Found("C1", "9.0")
    ((method, body, _),) = slack_server.calls
    assert (method, body["channel"]) == ("conversations.history", "C1")
    assert float(body["oldest"]) == datetime(2026, 11, 20, 7, 58, tzinfo=UTC).timestamp()


def test_a_reply_is_looked_for_in_its_thread(slack_server: SlackServer) -> None:
    answers(slack_server, 200, history(MARKED))
    assert client(slack_server.url).find(intent(Kind.REPLY, "1.0"), "C1") == Found("C1", "9.0")
    ((method, body, _),) = slack_server.calls
    assert (method, body["ts"]) == ("conversations.replies", "1.0")


def test_a_look_is_one_page_and_says_where_the_next_begins(slack_server: SlackServer) -> None:
    pages = {None: history(cursor="2"), "2": history(MARKED)}
    slack_server.handler = lambda method, body: (200, {}, pages[body.get("cursor")])
    slack = client(slack_server.url)
    assert slack.find(intent(), "C1") == More("2")
    assert len(slack_server.calls) == 1
    assert slack.find(replace(intent(), cursor="2"), "C1") == Found("C1", "9.0")


def test_a_place_that_slack_forgot_means_from_the_start(slack_server: SlackServer) -> None:
    answers(slack_server, 200, {"ok": False, "error": "invalid_cursor"})
    assert client(slack_server.url).find(replace(intent(), cursor="2"), "C1") == More("")
    assert client(slack_server.url).find(intent(), "C1") == Unknowable("invalid_cursor")


def test_a_channel_that_was_never_posted_to_is_found_by_its_name(slack_server: SlackServer) -> None:
    listed = {
        "": {"ok": True, "channels": ["odd", {"id": "C7", "name": "b"}]}
        | {"response_metadata": {"next_cursor": "2"}},
        "2": {"ok": True, "channels": [{"id": "C1", "name": "a"}, {"name": "odd"}]},
    }

    def answer(method: str, body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        known = listed[body.get("cursor", "")] if method == "conversations.list" else None
        return 200, {}, known or history(MARKED)

    slack_server.handler = answer
    slack = client(slack_server.url)
    assert slack.find(intent(), "#a") == Found("C1", "9.0")
    assert slack_server.calls[-1][1]["channel"] == "C1"
    assert slack.find(intent(), "#odd") == Unknowable("#odd is not listed")
    answers(slack_server, 200, {"ok": False, "error": "missing_scope"})
    assert slack.find(intent(), "#a") == Unknowable("missing_scope")
    answers(slack_server, 429, b"")
    assert slack.find(intent(), "#a") == RateLimited(30)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, history(), Missing()),
        (200, {"ok": True}, Missing()),
        (200, {"ok": False, "error": "unknown_method"}, Unknowable("unknown_method")),
        (200, {"ok": False, "error": "thread_not_found"}, Unknowable("thread_not_found")),
        (404, b"no such page", Retry("HTTP 404, not Slack's JSON", True, True)),
        (200, b"<html>", Retry("HTTP 200, not Slack's JSON", True, True)),
        (200, {"ok": False, "error": "fatal_error"}, Retry("fatal_error", False, True)),
        (200, {"ok": False, "error": "request_timeout"}, Retry("request_timeout", True, True)),
        (429, b"", RateLimited(30)),
        (500, b"", Retry("HTTP 500, not Slack's JSON", True, True)),
    ],
)
def test_lookups_that_find_nothing(
    slack_server: SlackServer, status: int, body: Any, expected: Any
) -> None:
    answers(slack_server, status, body)
    assert client(slack_server.url).find(intent(), "C1") == expected


def test_a_lookup_while_slack_is_away() -> None:
    outcome = client("http://127.0.0.1:1/api/").find(intent(), "C1")
    assert outcome == Retry("cannot reach Slack: ConnectionRefusedError", unreachable=True)
