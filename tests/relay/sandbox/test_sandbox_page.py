"""The sandbox's page: what it shows, that it stays fresh, and that no text can harm it."""

import re
from datetime import UTC

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_kit import Slack
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&<b>"


@pytest.fixture
def slack():
    return Slack(timezone=UTC)


def text_of(kind, text):
    return {"type": kind, "text": text}


def test_an_empty_sandbox_says_what_will_appear(slack):
    assert "Nothing has been posted here" in slack.page()
    assert "none yet" in slack.page()


def test_messages_threads_and_edits_are_shown(slack):
    first = slack.post("first")
    slack.post("quiet reply", thread_ts=first["ts"])
    slack.post("loud reply", thread_ts=first["ts"], reply_broadcast=True)
    slack.call("chat.update", channel=first["channel"], ts=first["ts"], text="first, edited")
    page = slack.page()
    assert "first, edited" in page
    assert "(edited)" in page
    assert "2 replies" in page
    assert page.count("loud reply") == 2
    assert page.count("quiet reply") == 1
    assert "also sent to the channel" in page
    assert f'replied to a thread: <a href="#m{first["ts"]}">first, edited</a>' in page
    assert "Friday, November 20" in page
    assert ">12:00</time>" in page


def test_a_broadcast_reply_outlives_its_thread_on_the_page():
    slack = Slack(keep=10)
    first = slack.post("first")
    slack.post("loud", thread_ts=first["ts"], reply_broadcast=True)
    channel = slack.app.extensions["sandbox"].workspace._channels[first["channel"]]
    del channel.posts[first["ts"]]
    assert "replied to a thread</p>" in slack.page()


def test_every_kind_of_block_is_shown(slack):
    button = {"type": "button", "text": text_of("plain_text", "Silence"), "action_id": "s"}
    linked = {**button, "url": "https://h/?a=1&b=2", "text": text_of("plain_text", "Open")}
    image = {"type": "image", "image_url": "https://h/i.png", "alt_text": "a chart"}
    rich = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "rich"},
                    {"type": "link", "url": "https://r/"},
                    {"type": "link", "url": "javascript:x", "text": "bad"},
                ],
            }
        ],
    }
    slack.post(
        "unseen",
        blocks=[
            {"type": "header", "text": text_of("plain_text", "Head &amp; *shoulders*")},
            {"type": "section", "text": text_of("mrkdwn", "*bold*"), "accessory": button},
            {"type": "section", "fields": [text_of("mrkdwn", "one"), text_of("plain_text", "two")]},
            {"type": "context", "elements": [text_of("mrkdwn", "small"), image]},
            {"type": "divider"},
            {"type": "actions", "elements": [button, linked]},
            image,
            rich,
        ],
        attachments=[
            {"color": "#a1b2c3", "blocks": [{"type": "section", "text": text_of("mrkdwn", "in")}]},
            {"color": "danger", "pretext": "pre", "title": "title", "text": "old *style*"},
            {"text": "colourless"},
        ],
    )
    page = slack.page()
    for shown in (
        '<h3 class="header">Head &amp; *shoulders*</h3>', "<strong>bold</strong>", "one", "two",
        "small", "<hr>", "Silence</button>", 'href="https://h/?a=1&amp;b=2"', "a chart", "rich",
        'href="https://r/"', 'fill="#a1b2c3"', 'fill="#e01e5a"', 'fill="#c4c4c4"', "pre",
        "<b>title</b>", "old <strong>style</strong>",
    ):  # fmt: skip
        assert shown in page
    assert "unseen" not in page
    assert "javascript:" not in page
    assert "h/i.png" not in page


def test_the_state_is_fetched_only_when_it_changed(slack):
    posted = slack.post("one")
    fresh = slack.http.get("/api-page/state").get_json()
    assert fresh["channel"] == posted["channel"]
    assert "one" in fresh["messages"]
    assert "alerts" in fresh["channels"]
    since = f"/api-page/state?since={fresh['version']}&channel={posted['channel']}"
    assert slack.http.get(since).get_json() == {"version": fresh["version"]}
    slack.post("two")
    assert "two" in slack.http.get(since).get_json()["messages"]
    slack.http.post("/control/reset")
    assert "Nothing has been posted" in slack.http.get(since).get_json()["messages"]


def test_an_empty_sandbox_has_a_state(slack):
    state = slack.http.get("/api-page/state").get_json()
    assert state["channel"] == ""
    assert "Nothing has been posted" in state["messages"]


def test_the_first_page_shows_the_channel_that_spoke_last(slack):
    slack.post("old", channel="b")
    slack.now += 1
    slack.post("new", channel="a")
    assert "<span>#</span> a</h1>" in slack.page()
    assert "old" in slack.page("/archives/b")
    assert slack.http.get("/archives/C404").status_code == 404


def test_it_can_be_mounted_below_a_path(slack):
    slack.post("hello")
    client = Client(DispatcherMiddleware(Flask("other"), {"/sandbox": slack.app}))
    page = client.get("/sandbox/").get_data(as_text=True)
    links = re.findall(r'(?:href|src|data-state)="([^"#]+)"', page)
    assert links
    for link in links:
        assert link.startswith("/sandbox/")
        assert client.get(link, buffered=True).status_code == 200
    headers = {"Authorization": "Bearer x"}
    answer = client.post("/sandbox/api/auth.test", headers=headers).get_json()
    assert answer["url"].endswith("/sandbox/")


def test_pages_carry_their_defences(slack):
    for path in ("/", "/sandbox-static/sandbox.css"):
        headers = slack.http.get(path, buffered=True).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    page = slack.page()
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)


def everything(text):
    """Arguments of a post that hold `text` wherever a text may stand."""
    plain, marked = text_of("plain_text", text), text_of("mrkdwn", text)
    button = {"type": "button", "text": plain, "action_id": text[:20], "value": text[:20]}
    image = {"type": "image", "image_url": "https://h/" + text, "alt_text": text}
    blocks = [
        {"type": "header", "text": plain, "block_id": text[:20]},
        {"type": "section", "text": marked, "fields": [marked, plain], "accessory": button},
        {"type": "context", "elements": [marked, image]},
        {"type": "actions", "elements": [button]},
        {"type": "rich_text", "elements": [{"type": "text", "text": text}]},
    ]
    old = {"text": text, "pretext": text, "title": text, "color": "good"}
    return {"text": text, "blocks": blocks, "attachments": [old]}


def assert_harmless(page):
    """Only the tags and attributes that the templates and the renderer write."""
    tags = re.findall(r"<([a-zA-Z]+\d?)([^>]*)>", page)
    known = {
        "html", "head", "meta", "title", "link", "script", "body", "nav", "p", "span", "h1", "h2",
        "h3", "div", "ul", "li", "a", "main", "header", "article", "img", "b", "time", "svg",
        "rect", "button", "strong", "em", "s", "code", "pre", "blockquote", "br", "details",
        "summary", "section", "hr",
    }  # fmt: skip
    assert {name for name, _ in tags} <= known
    for _, attributes in tags:
        assert not re.search(r"""(?:^|["'\s])on\w+\s*=""", re.sub(r'"[^"]*"', '""', attributes))
    for href in re.findall(r'href="([^"]*)"', page):
        assert re.match(r"https?://|/|#m", href)
    assert len(re.findall("<script", page)) <= 1


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        f"`{HOSTILE}`",
        f"*{HOSTILE}*",
        "<javascript:alert(1)|click>",
        "<data:text/html,x|click>",
        '<https://h/" onmouseover="alert(1)|click>',
        "<https://h/|<b>>",
        '<!date^1^{date}" onclick="x|y>',
        '<!subteam^S1|"><b onclick=x>',
        '<#C1|"><b>',
        "\ue0000\ue001\ue00099\ue001",
        "&lt;script&gt;&amp;lt;script&amp;gt;",
        "```<script>```",
        "&gt; <script>",
    ],
)
def test_no_text_becomes_markup(slack, text):
    assert slack.post(**everything(text))["ok"]
    page = slack.page()
    assert_harmless(page)
    assert "<script>" not in page


@settings(max_examples=60, deadline=None)
@given(st.text("<>&\"'`*_~|!@#^{}/:;=\n\ue000\ue0011ab ", min_size=1, max_size=40))
def test_no_invented_text_becomes_markup(text):
    slack = Slack()
    slack.post(**everything(text))
    assert_harmless(slack.page())


def test_a_channels_name_is_escaped(slack):
    slack.post(channel=f"#{HOSTILE}")
    assert_harmless(slack.page())
