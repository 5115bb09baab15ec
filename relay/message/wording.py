"""How a team's own template words a message: what it is given, and what it may come to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from relay.message import limits
from relay.message.escape import flat, prose
from relay.message.look import dot, state
from relay.message.model import View
from relay.message.sandboxed import Facts, Labels, Safe
from relay.message.shared import Shared
from relay.message.template import Template, TemplateError, load
from relay.message.times import lasted
from relay.model.group import Alert, Group

ALERTS = 100  # that a template sees of a group, the worst first
_LABELS = 100  # of an alert
_LONGEST = 2_000  # characters of one label or annotation
_LIMITS = {
    "title": limits.HEADER,
    "summary": limits.SUMMARY,
    "line": limits.OWN_LINE,
    "footer": limits.LINKS,
    "text": limits.TEXT,
}
_NEEDED = ("title", "text")
_MENTION = re.compile(r"<[@#!](?!date\^)|@(?:channel|here|everyone)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Wording:
    """A group as a template sees it; without a template, whatever is asked for is `default`."""

    template: Template | None = None
    context: Mapping[str, Any] = field(default_factory=dict)

    def worded(self, block: str, default: str, **more: Any) -> str:
        """The template's own text for a block, else `default`, which is escaped already.

        TemplateError when it makes what no message can hold.
        """
        if self.template is None:
            return default
        told = self.template.render(block, {**self.context, **more, "default": Safe(default)})
        if told is None:
            return default
        told = _unquoted(told) if block in ("summary", "footer") else " ".join(told.split())
        if _MENTION.search(told):
            raise TemplateError(f"{block}: mentions come from `mention`, not from a template")
        if limits.size(told) > _LIMITS[block]:
            size = limits.size(told)
            raise TemplateError(f"{block}: {size} characters, {_LIMITS[block]} at most")
        if not told and block in _NEEDED:
            raise TemplateError(f"{block}: nothing is left of it")
        return told

    def words(self, block: str) -> bool:
        """Whether the template has something to say about a block."""
        return self.template is not None and block in self.template.blocks

    def line(self, alert: Alert, default: str, view: View) -> str:
        """The template's line for one alert."""
        if not self.words("line"):
            return default
        return self.worded("line", default, alert=_alert(alert, view))


def _unquoted(text: str) -> str:
    """A line that begins with an escaped ">" would be a quotation: a label could make one."""
    return re.sub(r"^(?=&gt;)", "\u2060", text, flags=re.MULTILINE)


def wording(group: Group, ordered: tuple[Alert, ...], shared: Shared, view: View) -> Wording:
    """The wording of `view`'s template; TemplateError if it cannot be used at all.

    `ordered`: the group's alerts, the firing before the resolved, the worst first.
    """
    if view.template is None:
        return Wording()
    if view.template.problem:
        raise TemplateError(view.template.problem)
    return Wording(load(view.template.source), _context(group, ordered, shared, view))


def _context(
    group: Group, ordered: tuple[Alert, ...], shared: Shared, view: View
) -> dict[str, Any]:
    emoji, word = state(group, view.severities)
    seen = partial(_alert, view=view)
    return {
        "name": flat(group.name) or "alert without a name",
        "status": word.lower(),
        "word": word,
        "emoji": emoji,
        "severity": group.severity(view.severities),
        "count": len(group.alerts),
        "firing": len(group.firing),
        "resolved": len(group.resolved),
        "hidden": group.hidden,
        "labels": _labels(shared.labels),
        "group_labels": _labels(group.group_labels),
        "annotations": _labels(shared.annotations),
        "alerts": [seen(alert) for alert in ordered[:ALERTS]],
        "started_at": group.started_at,
        "ended_at": group.ended_at,
        "lasted": lasted(group.started_at, group.ended_at),
        "value": shared.annotations.get("value", "")[:_LONGEST],
        "limit": shared.annotations.get("limit", "")[:_LONGEST],
        "owner": shared.labels.get("owner", "")[:_LONGEST],
        "receiver": group.receiver[:_LONGEST],
    }


def _alert(alert: Alert, view: View) -> Facts:
    return Facts(
        name=alert.name[:_LONGEST],
        status=str(alert.status),
        severity=alert.severity[:_LONGEST],
        emoji=dot(alert.severity, view.severities),
        labels=_labels(alert.labels),
        annotations=_labels(alert.annotations),
        started_at=alert.starts_at,
        ended_at=alert.ends_at,
        lasted=lasted(alert.starts_at, alert.ends_at),
        value=alert.annotations.get("value", "")[:_LONGEST],
        limit=alert.annotations.get("limit", "")[:_LONGEST],
        url=alert.generator_url[:_LONGEST],
    )


def _labels(labels: Mapping[str, str]) -> Labels:
    some = sorted(labels.items())[:_LABELS]
    return Labels({key: value[:_LONGEST] for key, value in some})


def failure(name: str, error: TemplateError) -> str:
    """What the message itself says of a template that failed."""
    return limits.truncate(
        f"⚠️ Template {prose(name, 40)} failed: {prose(str(error), 110)}", limits.NOTE
    )
