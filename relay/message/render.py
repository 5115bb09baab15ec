"""A group as a Slack message."""

from collections.abc import Sequence

from relay.group import Alert, Group
from relay.message.model import Message, View


def render(group: Group, view: View) -> Message:
    """The group's main message."""
    return _simple(f"{group.status.upper()} {group.severity(view.severities)} {group.name}", view)


def render_joined(group: Group, alerts: Sequence[Alert], view: View) -> Message:
    """The reply for alerts that joined a firing group, or escalated."""
    return _simple(f"{len(alerts)} joined {group.name}", view)


def render_passed(group: Group, alerts: Sequence[Alert], view: View) -> Message:
    """The reply for alerts that fired and resolved before they could be told."""
    return _simple(f"{len(alerts)} fired and resolved in {group.name}", view)


def _simple(text: str, view: View) -> Message:
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")[:2000]
    told = f"{view.mention} {shown}".strip()
    block = {"type": "section", "text": {"type": "mrkdwn", "text": told, "verbatim": True}}
    return Message(text=told, blocks=[block], attachments=[])
