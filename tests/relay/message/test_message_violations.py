"""The judge of Slack's limits: what it takes, and what it refuses with which error."""

import pytest

from relay.message.limits import violations


def _mrkdwn(text="a"):
    return {"type": "mrkdwn", "text": text}


def _plain(text="a"):
    return {"type": "plain_text", "text": text}


def _section(text="a"):
    return {"type": "section", "text": _mrkdwn(text)}


BUTTON = {"type": "button", "text": _plain(), "action_id": "a", "url": "https://h/"}
IMAGE = {"type": "image", "image_url": "https://h/i.png", "alt_text": "an image"}


@pytest.mark.parametrize(
    "payload",
    [
        {"text": "a"},
        {"blocks": [_section("x" * 3000)]},
        {"blocks": [{"type": "section", "fields": [_mrkdwn("x" * 900)] * 10}]},
        {"blocks": [{"type": "header", "text": _plain("x" * 150)}]},
        {"blocks": [{"type": "context", "elements": [_mrkdwn(), IMAGE]}, {"type": "divider"}]},
        {"blocks": [{"type": "actions", "elements": [{**BUTTON, "style": "danger"}]}, IMAGE]},
        {"blocks": [{**_section(), "accessory": BUTTON}, {**_section(), "block_id": "b"}]},
        {"blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section"}]}]},
        {"blocks": [{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "x"}]},
        {"attachments": [{"color": "#2eb886", "blocks": [_section()]}]},
        {"attachments": [{"color": "good", "text": "old"}], "blocks": None},
        {"blocks": [_section()] * 50},
    ],
)
def test_what_slack_takes(payload):
    assert violations(payload) == []


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": 1}, "invalid_arguments"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "🔥" * 20_001}, "msg_too_long"),
        ({"text": "a", "blocks": {}, "attachments": []}, None),
        ({"blocks": {"a": 1}}, "invalid_blocks_format"),
        ({"attachments": "x"}, "invalid_attachments"),
        ({"blocks": [_section()] * 51}, "invalid_blocks"),
        (
            {"blocks": [_section()] * 30, "attachments": [{"blocks": [_section()] * 21}]},
            "invalid_blocks",
        ),
        ({"blocks": [_section("x" * 2500)] * 5}, "msg_blocks_too_long"),
        ({"blocks": [{**_section(), "block_id": "b"}] * 2}, "invalid_blocks"),
        ({"blocks": [{**_section(), "block_id": "b" * 256}]}, "invalid_blocks"),
        ({"blocks": ["text"]}, "invalid_blocks"),
        ({"blocks": [{"type": "marquee"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"blocks": [_section("x" * 3001)]}, "invalid_blocks"),
        ({"blocks": [_section("")]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": "bare"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": {**_mrkdwn(), "emoji": True}}]}, "invalid_blocks"),
        (
            {"blocks": [{"type": "section", "text": {**_plain(), "verbatim": True}}]},
            "invalid_blocks",
        ),
        ({"blocks": [{"type": "section", "fields": [_mrkdwn()] * 11}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "fields": [_mrkdwn("x" * 2001)]}]}, "invalid_blocks"),
        ({"blocks": [{"type": "header", "text": _plain("x" * 151)}]}, "invalid_blocks"),
        ({"blocks": [{"type": "header", "text": _mrkdwn()}]}, "invalid_blocks"),
        ({"blocks": [{"type": "context", "elements": [_mrkdwn()] * 11}]}, "invalid_blocks"),
        ({"blocks": [{"type": "context", "elements": []}]}, "invalid_blocks"),
        ({"blocks": [{"type": "actions", "elements": [_mrkdwn()]}]}, "invalid_blocks"),
        (
            {"blocks": [{"type": "actions", "elements": [{**BUTTON, "url": "nowhere"}]}]},
            "invalid_blocks",
        ),
        (
            {"blocks": [{"type": "actions", "elements": [{**BUTTON, "url": "http://[::1"}]}]},
            "invalid_blocks",
        ),
        (
            {"blocks": [{"type": "actions", "elements": [{**BUTTON, "url": "https://h/" * 301}]}]},
            "invalid_blocks",
        ),
        (
            {"blocks": [{"type": "actions", "elements": [{**BUTTON, "style": "pretty"}]}]},
            "invalid_blocks",
        ),
        (
            {"blocks": [{"type": "actions", "elements": [{**BUTTON, "value": "x" * 2001}]}]},
            "invalid_blocks",
        ),
        ({"blocks": [{"type": "image", "image_url": "https://h/"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "rich_text"}]}, "invalid_blocks"),
        ({"attachments": [{"color": "reddish", "text": "a"}]}, "invalid_attachments"),
        ({"attachments": [{"color": "#fff"}]}, "no_text"),
        ({"attachments": [7]}, "invalid_attachments"),
        ({"attachments": [{"text": "a", "blocks": {"type": "x"}}]}, "invalid_attachments"),
        ({"attachments": [{"blocks": [{"type": "marquee"}]}]}, "invalid_attachments"),
        ({"attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
    ],
)
def test_what_slack_refuses(payload, error):
    found = violations(payload)
    assert (found[0].split(":")[0] if found else None) == error
