"""What Slack sends when somebody clicks, submits a dialog or types a command, as plain data. Pure.

Shapes after https://docs.slack.dev/reference/interaction-payloads. It is Slack's word, signed; but
no more of it is believed than is needed: who, which button, which group.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from relay.model.job import Person
from relay.model.storm import DIGEST_ID

CALLBACK = "tocsin.silence"  # the dialog's name
LONGEST_COMMENT = 500
_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_GROUP = re.compile(rf"[0-9a-f]{{16}}|{DIGEST_ID}[0-9a-f]{{10}}")


class PayloadError(ValueError):
    """It is not what Slack sends; the text says why."""


@dataclass(frozen=True)
class Click:
    """A button."""

    action: str
    group_id: str
    person: Person
    respond: str  # response_url: where the person who clicked can be told something
    trigger: str  # trigger_id: good for opening a dialog, within three seconds


@dataclass(frozen=True)
class Submission:
    """The dialog, filled in."""

    group_id: str
    person: Person
    respond: str
    duration: str
    comment: str


@dataclass(frozen=True)
class Command:
    """`/tocsin TEXT`."""

    text: str
    person: Person
    respond: str


@dataclass(frozen=True)
class Other:
    """Nothing that is for us: a dialog that was closed, another app's button."""


Asked = Click | Submission | Command | Other


def form(body: bytes) -> dict[str, str]:
    """The fields of a form as Slack posts it, each once; PayloadError if it is none."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise PayloadError(f"not a form: {str(error)[:80]}") from None
    return {name: values[0] for name, values in fields.items()}


def interaction(body: bytes) -> Asked:
    """From the body of an interaction request."""
    text = form(body).get("payload")
    if text is None:
        raise PayloadError("there is no payload in the form")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise PayloadError("the payload is not JSON") from None
    return interactive(data)


def interactive(data: object) -> Asked:
    """From the payload itself, as Socket Mode brings it."""
    if not isinstance(data, dict):
        raise PayloadError("the payload is not an object")
    match data.get("type"):
        case "block_actions":
            return _click(data)
        case "view_submission":
            return _submission(data)
        case str():
            return Other()
    raise PayloadError("the payload has no type")


def command(fields: Mapping[str, Any]) -> Command:
    """From the fields of a slash command."""
    person = _person(fields.get("user_id"), fields.get("user_name"))
    return Command(_text(fields.get("text"))[:1000], person, _text(fields.get("response_url")))


def private(group_id: str, respond: str) -> str:
    """What a dialog carries for its submission: the group, and where to tell of trouble."""
    return json.dumps({"group": group_id, "respond": respond})


def _click(data: dict[str, Any]) -> Asked:
    actions = data.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise PayloadError("there is no action")
    action = _text(actions[0].get("action_id"))
    if not action.startswith("tocsin."):
        return Other()
    user = _mapping(data.get("user"))
    return Click(
        action,
        _group(actions[0].get("value")),
        _person(user.get("id"), user.get("username") or user.get("name")),
        _text(data.get("response_url")),
        _text(data.get("trigger_id")),
    )


def _submission(data: dict[str, Any]) -> Asked:
    view, user = _mapping(data.get("view")), _mapping(data.get("user"))
    if view.get("callback_id") != CALLBACK:
        return Other()
    try:
        carried = _mapping(json.loads(_text(view.get("private_metadata"))))
    except (ValueError, RecursionError):
        raise PayloadError("the dialog carries nothing of ours") from None
    values = _mapping(_mapping(view.get("state")).get("values"))
    return Submission(
        _group(carried.get("group")),
        _person(user.get("id"), user.get("username") or user.get("name")),
        _text(carried.get("respond")),
        _text(_mapping(_mapping(values.get("duration")).get("duration")).get("value")),
        _text(_mapping(_mapping(values.get("comment")).get("comment")).get("value"))[
            :LONGEST_COMMENT
        ],
    )


def _person(user_id: object, name: object) -> Person:
    if not isinstance(user_id, str) or not _USER.fullmatch(user_id):
        raise PayloadError("it does not say who asks")
    return Person(user_id, " ".join(_text(name).split())[:80])


def _group(value: object) -> str:
    if not isinstance(value, str) or not _GROUP.fullmatch(value):
        raise PayloadError("it names no group")
    return value


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """A string that can be stored: JSON may hold half a surrogate pair, or NUL."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode().replace("\0", "")
