"""Groups and readers for the tests of messages."""

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from relay.intake.webhook import parse
from relay.message import Message, View
from relay.model.group import Alert, Group, Severities, Status

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
VIEW = View(START + timedelta(hours=1), Severities())
POINTERS = {
    "runbook_url": "https://runbooks.example.com/host#cpu",
    "dashboard_url": "http://grafana:3000/d/host",
    "source": "rules/host.yaml:6",
}


def alert(
    labels: Mapping[str, str],
    annotations: Mapping[str, str] | None = None,
    *,
    start: datetime = START,
    lasted: timedelta | None = None,
    url: str = "",
) -> Alert:
    """An alert that fires, or that ended after `lasted`."""
    status = Status.FIRING if lasted is None else Status.RESOLVED
    end = None if lasted is None else start + lasted
    return Alert(str(sorted(labels.items())), status, labels, annotations or {}, start, end, url)


def group(*alerts: Alert, hidden: int = 0, labels: Mapping[str, str] | None = None) -> Group:
    """The alerts as one group, grouped by alert name unless `labels` says otherwise."""
    by = {"alertname": alerts[0].name} if labels is None and alerts else labels or {}
    return Group("relay", "{}:{}", by, alerts, "http://alertmanager:9093", hidden)


def cpu(host: str, percent: int, severity: str = "critical", **when: Any) -> Alert:
    """A HostCpuHigh alert as the starter catalogue makes them."""
    labels = {"alertname": "HostCpuHigh", "platform": "p1", "host": host, "severity": severity}
    summary = {"summary": f"CPU of {host} is at {percent}%", **POINTERS}
    return alert(labels, summary, url="http://prometheus:9090/graph?g0.expr=x&g0.tab=1", **when)


def recorded(path: Path) -> Group:
    """The group that a recorded webhook speaks of."""
    hook = parse(path.read_bytes())
    known = (hook.group_labels, hook.alerts, hook.external_url, hook.truncated)
    return Group(hook.receiver, hook.group_key, *known)


def payload(message: Message) -> dict[str, Any]:
    """The message as the arguments of chat.postMessage."""
    return {"text": message.text, "blocks": message.blocks, "attachments": message.attachments}


def text_objects(value: object) -> Iterator[dict[str, Any]]:
    """Every text object of a message."""
    if isinstance(value, dict):
        if value.get("type") in {"plain_text", "mrkdwn"}:
            yield value
        for inner in value.values():
            yield from text_objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from text_objects(inner)


def body(message: Message) -> str:
    """All that the blocks say, as Slack shows it: entities decoded."""
    every = [*text_objects(message.blocks), *text_objects(message.attachments)]
    return html.unescape("\n".join(one["text"] for one in every))


def dump(message: Message) -> str:
    """A message as text to read and compare: one line a block, tokens as they are."""
    lines = [f"text: {message.text}", ""]
    lines += [_dumped(block) for block in message.blocks]
    for attachment in message.attachments:
        lines.append(f"| {attachment['color']}")
        lines += [re.sub("^", "| ", _dumped(block), flags=re.M) for block in attachment["blocks"]]
    return "\n".join(lines) + "\n"


def _dumped(block: dict[str, Any]) -> str:
    parts = [f"({one['type']}) {one['text']}" for one in text_objects(block)]
    return f"{block['type']}: " + "\n    ".join(parts)
