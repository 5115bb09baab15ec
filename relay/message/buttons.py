"""How people look after a group, and the buttons to do so: acknowledge, silence, look it up.

A click comes back with the button's `action_id` and its `value`, which is the group's ID and
nothing else: what is silenced is decided by what the relay knows of that group.
"""

from collections.abc import Iterator

from relay.message import limits
from relay.message.blocks import context, plain_text
from relay.message.escape import prose
from relay.message.links import web_url
from relay.message.model import Block, View
from relay.message.times import clock_time, moment
from relay.model.group import Group, Status
from relay.model.standing import Acknowledged, Silenced

ACKNOWLEDGE = "tocsin.acknowledge"
SILENCE_1H = "tocsin.silence.1h"
SILENCE_4H = "tocsin.silence.4h"
SILENCE_MORNING = "tocsin.silence.morning"
SILENCE_DIALOG = "tocsin.silence.dialog"
UNSILENCE = "tocsin.unsilence"
RUNBOOK = "tocsin.open.runbook"
DASHBOARD = "tocsin.open.dashboard"

LINKED = {RUNBOOK: "runbook_url", DASHBOARD: "dashboard_url"}
"""Buttons that only lead somewhere, and the annotation that says where."""

_LABELS = {RUNBOOK: "Runbook", DASHBOARD: "Dashboard"}


def act(group: Group, view: View) -> list[Block]:
    """Who looks after the group, and what can be done about it: up to two blocks.

    There are buttons only where `view.group_id` says that clicks can reach us.
    """
    blocks = [context(*lines)] if (lines := _standing(group, view)) else []
    if view.group_id and (buttons := list(_buttons(group, view))):
        blocks.append({"type": "actions", "elements": buttons})
    return blocks


def linked(group: Group, view: View) -> frozenset[str]:
    """The annotations that a button leads to already."""
    if not (view.group_id and group.status is Status.FIRING):
        return frozenset()
    return frozenset(LINKED[action] for action, _ in _links(group))


def _standing(group: Group, view: View) -> list[str]:
    acknowledged, silenced = view.standing.acknowledged, view.standing.silenced
    lines = []
    if acknowledged and group.status is Status.FIRING:
        lines.append(acknowledged_line(acknowledged))
    if silenced:
        lines.append(_silenced(silenced, view))
    return lines


def acknowledged_line(acknowledged: Acknowledged) -> str:
    return f"👀 Acknowledged by {_who(acknowledged.by)} · {moment(acknowledged.at)}"


def _silenced(silenced: Silenced, view: View) -> str:
    said = prose(silenced.comment, limits.COMMENT)
    until = clock_time(silenced.until, silenced.at)
    return f"🔕 Silenced until {until} by {_who(silenced.by)}" + (f" — {said}" if said else "")


def _who(by: str) -> str:
    """By name, never as a mention: this stands in edits, where nobody is to be called."""
    return prose(by, limits.AUTHOR) or "somebody"


def _buttons(group: Group, view: View) -> Iterator[Block]:
    firing = group.status is Status.FIRING
    if firing and not view.standing.acknowledged:
        yield button(ACKNOWLEDGE, "Acknowledge", view.group_id, style="primary")
    if view.standing.silenced:
        yield button(UNSILENCE, "Unsilence", view.group_id)
    elif firing:
        yield button(SILENCE_1H, "Silence 1 h", view.group_id)
        yield button(SILENCE_4H, "Silence 4 h", view.group_id)
        yield button(SILENCE_MORNING, "Until tomorrow", view.group_id)
        yield button(SILENCE_DIALOG, "Silence…", view.group_id)
    if firing:
        for action, url in _links(group):
            yield button(action, _LABELS[action], view.group_id, url=url)


def _links(group: Group) -> Iterator[tuple[str, str]]:
    """Where all that fires points to the same place."""
    for action, annotation in LINKED.items():
        places = {alert.annotations.get(annotation, "") for alert in group.firing}
        url = web_url(places.pop()) if len(places) == 1 else ""
        if url and limits.size(url) <= limits.BUTTON_URL:
            yield action, url


def button(action: str, label: str, value: str, **more: str) -> Block:
    text = plain_text(label)
    return {"type": "button", "action_id": action, "text": text, "value": value, **more}
