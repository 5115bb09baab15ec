"""The facts of a group that fires, each said once: how bad, against which limit, since when, whose.

A value and its limit come formatted, in the rule's unit, as the annotations `value` and `limit`;
they are shown as they are, and never guessed.
"""

from collections.abc import Iterator

from relay.message import limits
from relay.message.escape import flat, prose
from relay.message.shared import Shared
from relay.message.times import moment
from relay.model.group import Alert, Group

OWNER = "owner"  # the label that says who looks after what an alert is about


def facts(group: Group, shared: Shared) -> list[str]:
    """Fields of mrkdwn, a word and what it is, for what all alerts have in common."""
    return [f"*{word}:* {told}" for word, told in _facts(group, shared)]


def measure(alert: Alert, shared: Shared) -> str:
    """This alert's value against its limit, as far as they are not common to all; "" for none."""
    value, limit = (_own(alert, key, shared) for key in ("value", "limit"))
    if value and limit:
        return f"*{value}* (limit {limit})"
    return f"*{value}*" if value else f"limit {limit}" if limit else ""


def common_measure(shared: Shared) -> str:
    """The same for what is common to all, without marks: "97.3 % (limit 95 %)"."""
    value, limit = (prose(shared.annotations.get(key, ""), limits.FACT) for key in _MEASURED)
    if value and limit:
        return f"{value} (limit {limit})"
    return f"value {value}" if value else f"limit {limit}" if limit else ""


def owner(shared: Shared) -> str:
    """Who owns all of it, "" when nobody says, or not all say the same."""
    return prose(shared.labels.get(OWNER, ""), limits.FACT)


_MEASURED = ("value", "limit")


def _facts(group: Group, shared: Shared) -> Iterator[tuple[str, str]]:
    if group.firing:
        for key in _MEASURED:
            if told := prose(shared.annotations.get(key, ""), limits.FACT):
                yield key.capitalize(), told
    if group.started_at:
        yield "Firing since" if group.firing else "Started", moment(group.started_at)
    if whose := owner(shared):
        yield "Owner", whose


def _own(alert: Alert, key: str, shared: Shared) -> str:
    """What only this alert says; not what its summary says already, word for word."""
    said = flat(alert.annotations.get(key, ""))
    told = key == "value" and not shared.alike and said in flat(_summary(alert))
    if told or key in shared.annotations:
        return ""
    return prose(said, limits.FACT)


def _summary(alert: Alert) -> str:
    return alert.annotations.get("summary", "")
