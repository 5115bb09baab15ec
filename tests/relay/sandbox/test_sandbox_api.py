"""The sandbox's Web API: methods, shapes, errors, rates."""

import json

import pytest
from sandbox_kit import NOON, Slack

from relay.sandbox import Limits, Rate, create_sandbox

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hi"}}


@pytest.fixture
def slack():
    return Slack()


def test_a_token_is_needed_and_may_be_fixed():
    slack = Slack(token="xoxb-right")
    assert slack.respond("auth.test", token="").get_json()["error"] == "not_authed"
    assert slack.respond("auth.test", token="xoxb-wrong").get_json()["error"] == "invalid_auth"
    answer = slack.respond("auth.test", token="xoxb-right").get_json()
    assert answer["ok"]
    assert {"url", "team", "user", "team_id", "user_id", "bot_id"} <= answer.keys()
    form = slack.http.post("/api/auth.test", data={"token": "xoxb-right"})
    assert form.get_json()["ok"]


def test_unknown_methods_are_refused(slack):
    assert slack.call("files.upload") == {
        "ok": False, "error": "unknown_method", "req_method": "files.upload",
    }  # fmt: skip


def test_api_test_answers_what_it_is_given(slack):
    assert slack.call("api.test", a="b") == {"ok": True, "args": {"a": "b"}}
    assert slack.call("api.test", error="my_error")["error"] == "my_error"


def test_a_post_answers_as_slack_does(slack):
    answer = slack.post(blocks=[SECTION], attachments=[{"color": "#fff", "blocks": [SECTION]}])
    assert answer["ok"]
    assert answer["ts"] == f"{NOON:.6f}"
    assert answer["channel"].startswith("C")
    message = answer["message"]
    assert message["type"] == "message"
    assert message["bot_id"]
    assert message["blocks"][0]["block_id"]
    assert message["attachments"][0]["fallback"]
    assert message["attachments"][0]["blocks"][0]["text"]["text"] == "hi"


def test_blocks_may_come_as_json_text_in_a_form(slack):
    data = {"channel": "alerts", "blocks": json.dumps([SECTION]), "reply_broadcast": "0"}
    headers = {"Authorization": "Bearer x"}
    answer = slack.http.post("/api/chat.postMessage", data=data, headers=headers).get_json()
    assert answer["message"]["blocks"][0]["text"]["text"] == "hi"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"blocks": "[{"}, "invalid_blocks_format"),
        ({"blocks": "{}"}, "invalid_blocks_format"),
        ({"attachments": "x"}, "invalid_attachments"),
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"blocks": [{"type": "marquee"}]}, "invalid_blocks"),
        ({"channel": ""}, "invalid_arguments"),
        ({"channel": "#"}, "channel_not_found"),
        ({"thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
def test_what_slack_would_refuse_is_refused(slack, arguments, error):
    answer = slack.call("chat.postMessage", **{"channel": "#a", "text": "a", **arguments})
    assert (answer["ok"], answer["error"]) == (False, error)


def test_a_refused_block_says_where_it_is(slack):
    answer = slack.post(blocks=[{"type": "header", "text": {"type": "mrkdwn", "text": "a"}}])
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be a text object of type plain_text [json-pointer:/blocks/0/text]"
    ]


def test_channels_by_name_with_hash_or_id_are_one(slack):
    first = slack.post(channel="#alerts")["channel"]
    assert slack.post(channel="alerts")["channel"] == first
    assert slack.post(channel=first)["channel"] == first
    listed = slack.call("conversations.list")["channels"]
    assert [channel["name"] for channel in listed] == ["alerts"]


def test_only_fixed_channels_exist_when_they_are_given():
    slack = Slack(channels=["#alerts"])
    assert slack.post(channel="alerts")["ok"]
    assert slack.post(channel="#nowhere")["error"] == "channel_not_found"


def test_there_is_an_end_to_channels(slack):
    for number in range(200):
        assert slack.post(channel=f"c{number}")["ok"]
    assert slack.post(channel="one-more")["error"] == "channel_not_found"


def test_ts_is_unique_in_a_channel_even_when_the_clock_stands_or_runs_back(slack):
    times = [slack.post()["ts"] for _ in range(3)]
    slack.now -= 60
    times.append(slack.post()["ts"])
    assert times == sorted(set(times), key=float)


def test_old_messages_are_forgotten_with_their_replies():
    slack = Slack(keep=3)
    first = slack.post("first")
    slack.post("reply", thread_ts=first["ts"])
    for text in ("a", "b"):
        slack.post(text)
    history = slack.call("conversations.history", channel=first["channel"])
    assert [message["text"] for message in history["messages"]] == ["b", "a"]
    gone = slack.call("conversations.replies", channel=first["channel"], ts=first["ts"])
    assert gone["error"] == "thread_not_found"


def test_an_update_replaces_the_content_in_place(slack):
    posted = slack.post("old", blocks=[SECTION], attachments=[{"text": "kept"}])
    slack.now += 5
    where = {"channel": posted["channel"], "ts": posted["ts"]}
    answer = slack.call("chat.update", **where, text="new")
    assert (answer["ok"], answer["ts"], answer["text"]) == (True, posted["ts"], "new")
    (message,) = slack.call("conversations.history", channel=posted["channel"])["messages"]
    assert message["edited"]["ts"] == f"{NOON + 5:.6f}"
    assert "blocks" not in message
    assert message["attachments"][0]["text"] == "kept"
    slack.call("chat.update", **where, text="new", attachments=[])
    (message,) = slack.call("conversations.history", channel=posted["channel"])["messages"]
    assert "attachments" not in message


def test_an_update_needs_the_channels_id_and_a_known_message(slack):
    posted = slack.post()
    missing = slack.call("chat.update", channel=posted["channel"], ts="1.0", text="a")
    assert missing["error"] == "message_not_found"
    named = slack.call("chat.update", channel="#alerts", ts=posted["ts"], text="a")
    assert named["error"] == "channel_not_found"


def test_replies_stay_in_the_thread_unless_broadcast(slack):
    first = slack.post("first")
    reply = slack.post("quiet", thread_ts=first["ts"])
    loud = slack.post("loud", thread_ts=reply["ts"], reply_broadcast=True)
    assert loud["message"]["thread_ts"] == first["ts"]
    history = slack.call("conversations.history", channel=first["channel"])["messages"]
    assert [message["text"] for message in history] == ["loud", "first"]
    assert history[0]["subtype"] == "thread_broadcast"
    assert (history[1]["reply_count"], history[1]["latest_reply"]) == (2, loud["ts"])
    thread = slack.call("conversations.replies", channel=first["channel"], ts=reply["ts"])
    assert [message["text"] for message in thread["messages"]] == ["first", "quiet", "loud"]
    slack.call(
        "chat.update", channel=first["channel"], ts=reply["ts"], text="q", reply_broadcast=True
    )
    history = slack.call("conversations.history", channel=first["channel"])["messages"]
    assert len(history) == 3


def test_history_comes_in_pages(slack):
    for number in range(5):
        channel = slack.post(str(number))["channel"]
    seen, cursor = [], ""
    while True:
        answer = slack.call("conversations.history", channel=channel, limit=2, cursor=cursor)
        seen += [message["text"] for message in answer["messages"]]
        if not answer["has_more"]:
            break
        cursor = answer["response_metadata"]["next_cursor"]
    assert seen == ["4", "3", "2", "1", "0"]


def test_history_between_two_times(slack):
    times = []
    for number in range(3):
        slack.now += 1
        times.append(slack.post(str(number))["ts"])

    def texts(**bounds):
        answer = slack.call("conversations.history", channel="alerts", **bounds)
        return [message["text"] for message in answer["messages"]]

    assert texts(oldest=times[0]) == ["2", "1"]
    assert texts(latest=times[2], oldest=times[0]) == ["1"]
    assert texts(latest=times[2], oldest=times[0], inclusive=True) == ["2", "1", "0"]


@pytest.mark.parametrize(
    ("bound", "error"),
    [
        ({"limit": "0"}, "invalid_limit"),
        ({"limit": "many"}, "invalid_limit"),
        ({"cursor": "?"}, "invalid_cursor"),
        ({"oldest": "then"}, "invalid_ts_latest"),
        ({"channel": "C404"}, "channel_not_found"),
    ],
)
def test_wrong_pages_are_refused(slack, bound, error):
    slack.post()
    answer = slack.call("conversations.history", **{"channel": "alerts", **bound})
    assert answer["error"] == error


def test_a_permalink_leads_to_the_message_on_the_page(slack):
    posted = slack.post("look here")
    where = {"channel": posted["channel"], "message_ts": posted["ts"]}
    link = slack.call("chat.getPermalink", **where)["permalink"]
    response = slack.http.get(link, follow_redirects=True)
    assert "look here" in response.get_data(as_text=True)
    missing = slack.call("chat.getPermalink", channel=posted["channel"], message_ts="1.0")
    assert missing["error"] == "message_not_found"
    assert slack.http.get(f"/archives/{posted['channel']}/p1").status_code == 404


def test_the_bot_is_the_only_user(slack):
    bot = slack.call("auth.test")["user_id"]
    assert slack.call("users.info", user=bot)["user"]["is_bot"]
    assert slack.call("users.info", user="U1")["error"] == "user_not_found"


def test_a_channel_takes_a_message_a_second_after_a_burst():
    slack = Slack(limits=Limits(post=Rate(1, burst=2), update=Rate(0.5, burst=1)))
    posted = slack.post()
    assert slack.post(channel=posted["channel"])["ok"]
    refused = slack.respond("chat.postMessage", channel="alerts", text="a")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert refused.get_json() == {"ok": False, "error": "ratelimited"}
    assert slack.post(channel="#other")["ok"]
    slack.now += 1
    assert slack.post()["ok"]
    where = {"channel": posted["channel"], "ts": posted["ts"], "text": "b"}
    assert slack.call("chat.update", **where)["ok"]
    assert slack.respond("chat.update", **where).headers["Retry-After"] == "2"


def test_slacks_own_rates_are_the_default():
    http = create_sandbox(clock=lambda: NOON).test_client()
    statuses = [
        http.post(
            "/api/chat.postMessage",
            json={"channel": "a", "text": "x"},
            headers={"Authorization": "Bearer x"},
        ).status_code
        for _ in range(6)
    ]
    assert statuses == [200] * 4 + [429] * 2
