"""Slack over HTTP, through slack_sdk: what every kind of answer becomes."""

import socket
import time
from typing import Any

import pytest
from relay_kit import SlackServer
from slack_kit import TOKEN, answers, client, intent
from slack_sdk.signature import SignatureVerifier

from relay.message import Message
from relay.model.delivered import Kind, MessageRef
from relay.model.outcome import (
    Accepted,
    Ambiguous,
    Gone,
    Outcome,
    RateLimited,
    Refused,
    Retry,
)
from relay.secret import Secret
from relay.slack.api import tagged, verify_signature

MESSAGE = Message("text", [{"type": "divider"}], [{"color": "#ff0000", "blocks": []}])
REF = MessageRef("C1", "1.0", "#a")


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_post(slack_server: SlackServer, slash: str) -> None:
    outcome = client(slack_server.url + slash).post(intent(), MESSAGE)
    assert outcome == Accepted("C1", "1.1")
    ((method, body, authorization),) = slack_server.calls
    assert method == "chat.postMessage"
    assert authorization == f"Bearer {TOKEN}"
    assert body["channel"] == "#a"
    assert body["blocks"] == [{"type": "divider", "block_id": "tocsin-1"}]
    assert body["text"] == "text"
    assert "thread_ts" not in body


def test_replies(slack_server: SlackServer) -> None:
    slack = client(slack_server.url)
    slack.post(intent(Kind.BROADCAST, "1.0"), MESSAGE)
    slack.post(intent(Kind.REPLY, "1.0"), MESSAGE)
    (_, first, _), (_, second, _) = slack_server.calls
    assert (first["thread_ts"], first["reply_broadcast"]) == ("1.0", True)
    assert second["thread_ts"] == "1.0"
    assert "reply_broadcast" not in second


def test_an_edit(slack_server: SlackServer) -> None:
    assert client(slack_server.url).update(REF, MESSAGE) == Accepted("C1", "1.0")
    ((method, body, _),) = slack_server.calls
    assert (method, body["channel"], body["ts"]) == ("chat.update", "C1", "1.0")
    assert body["attachments"] == MESSAGE.attachments


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"),
    [
        (429, {"ok": False, "error": "ratelimited"}, {"Retry_After": "7"}, RateLimited(7)),
        (429, {"ok": False, "error": "ratelimited"}, {"retry_after": "0"}, RateLimited(0)),
        (429, {"ok": False, "error": "ratelimited"}, {}, RateLimited(30)),
        (429, b"slow down", {"Retry_After": "soon"}, RateLimited(30)),
        (429, b"", {"Retry_After": "nan"}, RateLimited(30)),
        (429, b"", {"Retry_After": "-5"}, RateLimited(30)),
        (429, b"", {"Retry_After": "1e9"}, RateLimited(3600)),
        (200, {"ok": False, "error": "rate_limited"}, {}, RateLimited(30, "rate_limited")),
        (200, {"ok": False, "error": "channel_not_found"}, {}, Refused("channel_not_found")),
        (200, {"ok": False, "error": "token_revoked"}, {}, Refused("token_revoked")),
        (200, {"ok": False, "error": "something_new"}, {}, Refused("something_new")),
        (200, {"ok": False, "error": "message_not_found"}, {}, Refused("message_not_found")),
        (
            200,
            {"ok": False, "error": "missing_scope", "needed": "chat:write"},
            {},
            Refused("missing_scope: needs chat:write"),
        ),
        (
            200,
            {
                "ok": False,
                "error": "invalid_blocks",
                "response_metadata": {"messages": ["[ERROR] too long"]},
            },
            {},
            Refused("invalid_blocks: [ERROR] too long", outside=False),
        ),
        (
            200,
            {"ok": False, "error": "internal_error"},
            {},
            Ambiguous("internal_error", False, True),
        ),
        (
            200,
            {"ok": False, "error": "service_unavailable"},
            {},
            Retry("service_unavailable", True, True),
        ),
        (500, {"ok": False, "error": "oops"}, {}, Ambiguous("HTTP 500: oops", True, True)),
        (503, {"ok": False, "error": "fatal_error"}, {}, Ambiguous("fatal_error", True, True)),
        (502, b"<html>", {}, Ambiguous("HTTP 502, not Slack's JSON", True, True)),
        (200, b"<html>", {}, Ambiguous("HTTP 200, not Slack's JSON", True, True)),
        (200, b"", {}, Ambiguous("HTTP 200, not Slack's JSON", True, True)),
        (404, b"", {}, Retry("HTTP 404, not Slack's JSON", True, True)),
        (408, b"", {}, Ambiguous("HTTP 408, not Slack's JSON", True, True)),
        (200, {"ok": False}, {}, Ambiguous("HTTP 200, not Slack's JSON", True, True)),
        (200, {"ok": False, "error": 7}, {}, Ambiguous("HTTP 200, not Slack's JSON", True, True)),
        (200, {"ok": True}, {}, Ambiguous("Slack accepted without saying where")),
    ],
)
def test_answers_to_a_post(
    slack_server: SlackServer, status: int, body: Any, headers: dict[str, str], expected: Outcome
) -> None:
    answers(slack_server, status, body, **headers)
    assert client(slack_server.url).post(intent(), MESSAGE) == expected
    assert len(slack_server.calls) == 1, "the SDK must not try again by itself"


@pytest.mark.parametrize(
    "code", ["message_not_found", "edit_window_closed", "cant_update_message", "channel_not_found"]
)
def test_a_message_out_of_reach_is_gone(slack_server: SlackServer, code: str) -> None:
    answers(slack_server, 200, {"ok": False, "error": code})
    assert client(slack_server.url).update(REF, MESSAGE) == Gone(code)
    assert client(slack_server.url).post(intent(Kind.REPLY, "1.0"), MESSAGE) == Gone(code)


def test_an_edit_is_never_ambiguous(slack_server: SlackServer) -> None:
    answers(slack_server, 200, {"ok": False, "error": "internal_error"})
    expected = Retry("internal_error", False, True)
    assert client(slack_server.url).update(REF, MESSAGE) == expected


@pytest.mark.parametrize("body", [b"[]", b"[1]", b'"text"', b"1", b"null"])
def test_json_that_is_no_object_does_not_raise(slack_server: SlackServer, body: bytes) -> None:
    answers(slack_server, 200, body)
    outcome = client(slack_server.url).post(intent(), MESSAGE)
    assert isinstance(outcome, Ambiguous)
    assert outcome.unreachable


def test_gzip_that_the_sdk_hands_on_as_bytes(slack_server: SlackServer) -> None:
    answers(slack_server, 200, b"xx", Content_Type="application/gzip")
    outcome = client(slack_server.url).post(intent(), MESSAGE)
    assert outcome == Ambiguous("an answer that is not JSON", True, True)


def test_nobody_listening_is_surely_not_sent() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    outcome = client(f"http://127.0.0.1:{port}/api/").post(intent(), MESSAGE)
    assert outcome == Retry("cannot reach Slack: ConnectionRefusedError", unreachable=True)


def test_a_name_that_does_not_resolve_is_surely_not_sent() -> None:
    outcome = client("http://slack.invalid/api/").post(intent(), MESSAGE)
    assert isinstance(outcome, Retry)
    assert outcome.unreachable


def test_an_answer_that_does_not_come_is_ambiguous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.slack.api.TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/api/"
        outcome = client(url).post(intent(), MESSAGE)
    assert outcome == Ambiguous("no answer from Slack: TimeoutError", unreachable=True)


def test_a_connection_cut_short_is_ambiguous(slack_server: SlackServer) -> None:
    slack_server.answer = lambda request, raw: request.connection.close()  # a fault
    outcome = client(slack_server.url).post(intent(), MESSAGE)
    assert isinstance(outcome, Ambiguous)
    assert outcome.unreachable


def test_no_reason_holds_the_token(slack_server: SlackServer) -> None:
    for body in ({"ok": False, "error": f"bad_{TOKEN}"}, f"{TOKEN}".encode()):
        answers(slack_server, 200, body)
        outcome = client(slack_server.url).post(intent(), MESSAGE)
        assert TOKEN not in repr(outcome)


def test_the_token_goes_on_the_first_block_wherever_it_is() -> None:
    blocks = [{"type": "divider"}, {"type": "divider"}]
    marked = tagged(Message("t", [], [{"color": "c", "blocks": blocks}, {"x": 1}]), "id")
    assert marked.attachments[0]["blocks"][0] == {"type": "divider", "block_id": "id"}
    assert marked.attachments[1] == {"x": 1}
    assert blocks[0] == {"type": "divider"}, "the message itself is left alone"
    bare = Message("t", [], [])
    assert tagged(bare, "id") == bare


def test_a_proxy_is_not_used_for_a_host_that_is_excepted(
    slack_server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert client(slack_server.url).post(intent(), MESSAGE) == Accepted("C1", "1.1")


def test_signatures() -> None:
    secret = Secret("signing")
    now = str(int(time.time()))
    good = SignatureVerifier("signing").generate_signature(timestamp=now, body=b"x")
    assert verify_signature(secret, b"x", now, good)
    old = str(int(time.time()) - 600)
    stale = SignatureVerifier("signing").generate_signature(timestamp=old, body=b"x")
    assert not verify_signature(secret, b"x", old, stale)
    for timestamp, signature in [
        (now, "v0=wrong"),
        (now, "v0=\u00e9"),
        (now, None),
        (None, good),
        ("soon", good),
        ("9" * 400, good),
        ("9" * 5000, good),
        ("nan", good),
    ]:
        assert not verify_signature(secret, b"x", timestamp, signature)
    assert not verify_signature(secret, b"\xff", now, good)
