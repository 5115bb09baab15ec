"""The person in front of the page, and what Slack sends on when they click or type. Pure.

Shapes after https://docs.slack.dev/reference/interaction-payloads/block_actions-payload,
.../view-interactions-payload and https://docs.slack.dev/interactivity/implementing-slash-commands.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from relay.sandbox.methods import as_json
from relay.sandbox.workspace import APP, PERSON, PERSON_NAME, TEAM, Channel, Post

Json = dict[str, Any]
_TEAM = {"id": TEAM, "domain": "sandbox"}
_USER = {"id": PERSON, "username": PERSON_NAME, "name": PERSON_NAME, "team_id": TEAM}


def find_button(post: Post, action_id: str, value: str | None = None) -> Json | None:
    """The button of a message by its `action_id`, with its `block_id`; by its `value`, too, where
    several do the same for different things."""
    for block in _blocks(post):
        elements = block.get("elements") if block.get("type") == "actions" else None
        candidates = elements if isinstance(elements, list) else [block.get("accessory")]
        for element in candidates:
            if not isinstance(element, dict) or value not in (None, element.get("value", "")):
                continue
            if element.get("action_id") == action_id:
                return {"block_id": block.get("block_id", ""), **element}
    return None


def _blocks(post: Post) -> Iterator[Json]:
    for holder in ({"blocks": post.blocks}, *post.attachments):
        yield from (block for block in holder.get("blocks") or [] if isinstance(block, dict))


def click(
    button: Json, post: Post, channel: Channel, trigger: str, response_url: str, now: float
) -> Json:
    """block_actions: the message and what was pressed on it."""
    return {
        "type": "block_actions",
        "user": _USER,
        "api_app_id": APP,
        "token": "deprecated",
        "container": {
            "type": "message",
            "message_ts": post.ts,
            "channel_id": channel.id,
            "is_ephemeral": False,
        },
        "trigger_id": trigger,
        "team": _TEAM,
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel.id, "name": channel.name},
        "message": as_json(post, channel),
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [{**button, "action_ts": f"{now:.6f}"}],
    }


def submitted(view: Json, values: Mapping[str, str], trigger: str) -> Json:
    """view_submission: the dialog with what was typed, by block_id."""
    state: Json = {}
    for block in view.get("blocks", []):
        if block.get("type") == "input":
            element = block["element"]
            value = values.get(block["block_id"], "").strip() or None
            typed = {"type": element["type"], "value": value}
            state[block["block_id"]] = {element["action_id"]: typed}
    return {
        "type": "view_submission",
        "team": _TEAM,
        "user": _USER,
        "api_app_id": APP,
        "token": "deprecated",
        "trigger_id": trigger,
        "view": {**view, "state": {"values": state}},
        "response_urls": [],
    }


def command(text: str, channel: Channel, trigger: str, response_url: str) -> dict[str, str]:
    """The fields of a slash command."""
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "team_domain": "sandbox",
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": PERSON,
        "user_name": PERSON_NAME,
        "command": "/tocsin",
        "text": text,
        "api_app_id": APP,
        "response_url": response_url,
        "trigger_id": trigger,
    }


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    signed = hmac.new(secret.encode(), b"v0:%s:%s" % (timestamp.encode(), body), hashlib.sha256)
    return f"v0={signed.hexdigest()}"
