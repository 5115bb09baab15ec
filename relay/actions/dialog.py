"""The dialog that asks how long to silence, and why. Pure.

https://docs.slack.dev/reference/views/modal-views
"""

from typing import Any

from relay.actions.payloads import CALLBACK, LONGEST_COMMENT, private
from relay.actions.scope import silenced_by
from relay.message.escape import code, plain
from relay.message.limits import fit_lines
from relay.model.group import Group

WRONG_DURATION = "Such as 90m, 2h, 1h 30m or 3d; a minute at least, 90 days at most."


def silence_dialog(group: Group, group_id: str, respond: str) -> dict[str, Any]:
    """A view for views.open."""
    chips = [code(f"{name}={value}", 120) for name, value in silenced_by(group).items()]
    labels = fit_lines(chips, 2_000, lambda left: f"and {left} more", " ")
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": private(group_id, respond),
        "title": _plain("Silence"),
        "submit": _plain("Silence"),
        "close": _plain("Cancel"),
        "blocks": [
            {"type": "section", "text": _plain(plain(group.name, 150) or "Alert without a name")},
            {
                "type": "context",
                "elements": [
                    {
                        "type": "mrkdwn",
                        "verbatim": True,
                        "text": f"Silences every alert with {labels}",
                    }
                ],
            },
            _input("duration", "For how long", "2h", hint=WRONG_DURATION),
            _input("comment", "Why", optional=True, multiline=True, max_length=LONGEST_COMMENT),
        ],
    }


def _input(name: str, label: str, initial: str = "", hint: str = "", **more: Any) -> dict[str, Any]:
    optional = more.pop("optional", False)
    element = {"type": "plain_text_input", "action_id": name, **more}
    block: dict[str, Any] = {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "optional": optional,
        "element": element | ({"initial_value": initial} if initial else {}),
    }
    return block | ({"hint": _plain(hint)} if hint else {})


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}
