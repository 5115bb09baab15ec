"""What many alerts say alike: one sentence instead of twenty that differ by a host and a number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from relay.message.shared import Shared
from relay.model.group import Alert

FROM = 5
"""So many alerts: fewer can each say their own without a wall of text."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SHORTEST, _LONGEST = 2, 200  # characters of a label's value that is looked for
_LABELS, _SUMMARY = 30, 1_000
"""How many labels are looked for, and in how many characters: a search takes as long as both
together, nothing else runs meanwhile, and an alert may hold any number of both."""


@dataclass(frozen=True)
class _Part:
    """Of a summary: the same in all of them, a label's value, or the alert's value."""

    text: str
    label: str = ""
    value: bool = False

    @property
    def shown(self) -> str:
        return f"[{self.label or 'value'}]" if self.label or self.value else self.text


def alike(alerts: Sequence[Alert], shared: Shared) -> str:
    """The summary that all alerts have but for their own labels and their value, which stand in it
    by name: "/data of [host] is nearly full". "" if each has its own to say, or all the very same.
    """
    if len(alerts) < FROM or "summary" in shared.annotations:
        return ""
    if len(alerts[0].annotations.get("summary", "")) > _SUMMARY:
        return ""
    parts = _parts(alerts[0], shared)
    same = all(_fits(parts, alert) for alert in alerts)
    return "".join(part.shown for part in parts) if same else ""


def _parts(alert: Alert, shared: Shared) -> list[_Part]:
    """The alert's summary, taken to pieces."""
    said, number = alert.annotations.get("summary", ""), _value(alert)
    own = {
        value: key
        for key, value in sorted(alert.labels.items(), reverse=True)
        if key not in shared.labels and _SHORTEST <= len(value) <= _LONGEST
    }
    own = dict(list(own.items())[-_LABELS:])  # of too many the first by name
    values = sorted(map(re.escape, own), key=len, reverse=True)
    special = re.compile(rf"(?<![\w.])(?:{'|'.join([*values, _NUMBER.pattern])})(?!\w)")
    parts: list[_Part] = []
    end = 0
    for found in special.finditer(said):
        if key := own.get(found[0]):
            part = _Part(found[0], label=key)
        elif number is not None and _NUMBER.fullmatch(found[0]) and _is(found[0], number):
            part = _Part(found[0], value=True)
        else:
            continue
        parts += [_Part(said[end : found.start()]), part]
        end = found.end()
    return [*parts, _Part(said[end:])]


def _fits(parts: Sequence[_Part], alert: Alert) -> bool:
    """Whether the alert says the same of its own labels and value."""
    said, number, at = alert.annotations.get("summary", ""), _value(alert), 0
    for part in parts:
        if part.value:
            found = _NUMBER.match(said, at)
            if found is None or number is None or not _is(found[0], number):
                return False
            at = found.end()
            continue
        text = alert.labels.get(part.label, "") if part.label else part.text
        if not said.startswith(text, at):
            return False
        at += len(text)
    return bool(said) and at == len(said)


def _value(alert: Alert) -> float | None:
    """The number in its `value`."""
    found = _NUMBER.search(alert.annotations.get("value", ""))
    return float(found[0]) if found else None


def _is(text: str, number: float) -> bool:
    """Whether it is the number, rounded or cut."""
    _, _, decimals = text.partition(".")
    return abs(float(text) - number) < 10.0 ** -len(decimals)
