"""Faults on demand, the log of calls, the reset; and the same through a real server."""

import threading

import pytest
from sandbox_kit import Slack
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from werkzeug.serving import make_server

from relay.sandbox import NO_LIMITS, create_sandbox


@pytest.fixture
def slack():
    return Slack()


def fault(slack, **body):
    response = slack.http.post("/control/faults", json=body)
    assert response.status_code == 201, response.get_json()


def texts(slack):
    answer = slack.call("conversations.history", channel="alerts")
    return [message["text"] for message in answer.get("messages", [])]


def test_an_error_is_answered_as_often_as_told(slack):
    fault(slack, method="chat.postMessage", error="channel_is_limited", times=2)
    assert slack.call("auth.test")["ok"]
    assert [slack.post().get("error") for _ in range(3)] == ["channel_is_limited"] * 2 + [None]


def test_a_status_may_carry_retry_after(slack):
    fault(slack, status=503)
    fault(slack, status=429, retry_after=30)
    fault(slack, status=500, error="internal_error")
    fault(slack, status=429)
    first = slack.respond("auth.test")
    assert (first.status_code, first.is_json) == (503, False)
    second = slack.respond("auth.test")
    assert (second.status_code, second.headers["Retry-After"]) == (429, "30")
    assert slack.respond("auth.test").get_json()["error"] == "internal_error"
    assert slack.respond("auth.test").headers["Retry-After"] == "1"


def test_a_hang_only_delays(slack):
    fault(slack, hang=7)
    assert slack.post("late")["ok"]
    assert slack.slept == [7]


def test_a_fault_may_come_after_the_message_was_accepted(slack):
    fault(slack, status=500, accept=True)
    fault(slack, hang=3, accept=True)
    assert slack.respond("chat.postMessage", channel="alerts", text="a").status_code == 500
    assert slack.post("b")["ok"]
    assert texts(slack) == ["b", "a"]


def test_a_dropped_message_was_accepted_unless_told_otherwise(slack):
    fault(slack, drop=True)
    fault(slack, drop=True, accept=False)
    for text in ("kept", "lost"):
        assert slack.respond("chat.postMessage", channel="alerts", text=text).status_code == 502
    assert texts(slack) == ["kept"]
    calls = slack.http.get("/control/log?method=chat.postMessage").get_json()["calls"]
    assert [call["outcome"] for call in calls] == [{"status": 502, "dropped": True}] * 2


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"method": "chat.postMessage"},
        {"error": "x", "tmes": 2},
        {"error": 5},
        {"drop": "yes"},
        {"drop": 1},
        {"error": "x", "times": True},
        {"error": "x", "times": 0},
        {"hang": 1e9},
        {"status": 200},
    ],
)
def test_a_wrong_fault_is_refused_with_a_reason(slack, body):
    response = slack.http.post("/control/faults", json=body)
    assert response.status_code == 400
    assert response.get_json()["error"]


def test_faults_are_listed_and_cleared(slack):
    fault(slack, error="x", times=3)
    (listed,) = slack.http.get("/control/faults").get_json()["faults"]
    assert (listed["method"], listed["error"], listed["times"]) == ("*", "x", 3)
    assert slack.http.delete("/control/faults").get_json() == {"faults": []}
    assert slack.call("auth.test")["ok"]


def test_the_log_tells_each_call_without_the_token(slack):
    posted = slack.post("hello")
    slack.http.post("/api/auth.test", data={"token": "xoxb-secret"})
    log = slack.http.get("/control/log")
    assert "xoxb" not in log.get_data(as_text=True)
    first = log.get_json()["calls"][0]
    assert first["time"] == slack.now
    assert first["method"] == "chat.postMessage"
    assert first["arguments"] == {"channel": "#alerts", "text": "hello"}
    assert first["outcome"] == {
        "status": 200, "ok": True, "channel": posted["channel"], "ts": posted["ts"],
    }  # fmt: skip


def test_a_reset_forgets_everything(slack):
    slack.post()
    fault(slack, error="x")
    assert slack.http.post("/control/reset").get_json() == {"ok": True}
    assert slack.http.get("/control/log").get_json() == {"calls": []}
    assert slack.call("conversations.list")["channels"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_other_sites_pages_are_refused(slack, headers):
    for path in ("/control/reset", "/api/chat.postMessage"):
        assert slack.http.post(path, headers=headers).status_code == 403
    same = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert slack.http.post("/control/reset", headers=same).status_code == 200


@pytest.fixture
def served():
    app = create_sandbox(limits=NO_LIMITS)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app, f"http://127.0.0.1:{server.port}/api/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_slack_sdk_speaks_with_it(served):
    app, url = served
    client = WebClient("xoxb-1", base_url=url, timeout=5, retry_handlers=[])
    assert client.auth_test()["ok"]
    posted = client.chat_postMessage(channel="#alerts", text="a", blocks=[])
    client.chat_update(channel=posted["channel"], ts=posted["ts"], text="b")
    history = client.conversations_history(channel=posted["channel"])
    assert [message["text"] for message in history["messages"]] == ["b"]
    with pytest.raises(SlackApiError, match="channel_not_found"):
        client.conversations_replies(channel="C404", ts="1.0")
    control = app.test_client()
    control.post("/control/faults", json={"method": "chat.postMessage", "drop": True})
    with pytest.raises(ConnectionError):  # RemoteDisconnected: closed without an answer
        client.chat_postMessage(channel="#alerts", text="c")
    history = client.conversations_history(channel=posted["channel"])
    assert [message["text"] for message in history["messages"]] == ["c", "b"]
