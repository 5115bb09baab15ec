"""How a group stands with the people who look after it: acknowledged, silenced, or neither. Pure.

It belongs to an episode (see `relay.model.state`): what somebody acknowledged last week says
nothing of what fires today. The store keeps one `Standing` per group, `Store.stand` changes it, and
each change makes the group's message due for an edit.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from relay.model.group import Group


@dataclass(frozen=True)
class Acknowledged:
    """Somebody looks after it: nobody else is called."""

    by: str  # as people read it: their name in Slack, or else their ID there
    at: datetime


@dataclass(frozen=True)
class Silenced:
    """Alertmanager holds a silence for it."""

    until: datetime
    by: str  # the same, or Alertmanager's `createdBy` for a silence made elsewhere
    at: datetime
    id: str  # Alertmanager's ID of the silence
    alertmanager: str = ""  # the address it was made at
    comment: str = ""


@dataclass(frozen=True)
class Standing:
    """Neither, unless said otherwise."""

    acknowledged: Acknowledged | None = None
    silenced: Silenced | None = None

    def now(self, group: Group, now: datetime) -> "Standing":
        """What still holds: of this episode of `group`, and of a silence that has not ended."""
        began = min((alert.starts_at for alert in group.alerts), default=None)
        acknowledged, silenced = self.acknowledged, self.silenced
        if acknowledged and began and acknowledged.at < began:
            acknowledged = None
        if silenced and silenced.until <= now:
            silenced = None
        return Standing(acknowledged, silenced)


def acknowledge(standing: Standing, by: str, at: datetime) -> Standing:
    """Acknowledged by `by`; whoever comes second takes it over."""
    return replace(standing, acknowledged=Acknowledged(by, at))


def unacknowledge(standing: Standing) -> Standing:
    return replace(standing, acknowledged=None)


def silence(standing: Standing, silenced: Silenced) -> Standing:
    """Silenced so; a newer silence takes the place of the one before."""
    return replace(standing, silenced=silenced)


def unsilence(standing: Standing) -> Standing:
    """No longer silenced: it expired, or was removed here or elsewhere."""
    return replace(standing, silenced=None)
