"""What Alertmanager says of one alert group, as plain data. Imports nothing of the relay.

A group is known by (receiver, groupKey). Times are aware datetimes in UTC.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """The two states that Alertmanager knows."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Severities:
    """The severities a team uses, mildest first, as in the catalogue."""

    names: tuple[str, ...] = ("info", "warning", "critical")

    def rank(self, name: str) -> int:
        """How bad `name` is: -1 for a name that is not declared, else its place, 0 the mildest."""
        return self.names.index(name) if name in self.names else -1

    def worst(self, names: Iterable[str]) -> str:
        """The most severe of `names`, "" when there is none."""
        return max(names, key=lambda name: (self.rank(name), name), default="")


@dataclass(frozen=True)
class Alert:
    """One alert of a group, as last heard of."""

    fingerprint: str
    status: Status
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None  # None while it fires
    generator_url: str = ""

    @property
    def firing(self) -> bool:
        return self.status is Status.FIRING

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "")

    @property
    def severity(self) -> str:
        return self.labels.get("severity", "")


@dataclass(frozen=True)
class Group:
    """An Alertmanager alert group, merged from every webhook that spoke of it."""

    receiver: str
    group_key: str
    group_labels: Mapping[str, str]
    alerts: tuple[Alert, ...]  # firing first, then the latest to start first
    external_url: str = ""
    hidden: int = 0  # alerts that Alertmanager left out of the payload: their state is not known

    @property
    def firing(self) -> tuple[Alert, ...]:
        return tuple(alert for alert in self.alerts if alert.firing)

    @property
    def resolved(self) -> tuple[Alert, ...]:
        return tuple(alert for alert in self.alerts if not alert.firing)

    @property
    def status(self) -> Status:
        """Resolved only when nothing fires and nothing was hidden from us.

        Alertmanager computes a payload's own status after it has truncated the alerts, so a
        truncated payload that says "resolved" may be wrong.
        """
        return Status.FIRING if self.firing or self.hidden else Status.RESOLVED

    @property
    def name(self) -> str:
        """The alert's name when all alerts share one, else the group's labels, else a number."""
        names = {alert.name for alert in self.alerts}
        if len(names) == 1 and (name := names.pop()):
            return name
        shown = ", ".join(f"{key}={value}" for key, value in sorted(self.group_labels.items()))
        return shown or ("1 alert" if len(self.alerts) == 1 else f"{len(self.alerts)} alerts")

    @property
    def common_labels(self) -> dict[str, str]:
        """Labels that every alert has with the same value."""
        return _common(alert.labels for alert in self.alerts)

    @property
    def common_annotations(self) -> dict[str, str]:
        """Annotations that every alert has with the same value."""
        return _common(alert.annotations for alert in self.alerts)

    @property
    def started_at(self) -> datetime | None:
        """When the first of the alerts that matter now began: the firing ones, else all."""
        return min((alert.starts_at for alert in self.firing or self.alerts), default=None)

    @property
    def ended_at(self) -> datetime | None:
        """When the last alert ended; None while the group fires."""
        if self.status is Status.FIRING:
            return None
        return max((alert.ends_at for alert in self.alerts if alert.ends_at), default=None)

    def severity(self, severities: Severities) -> str:
        """The worst severity that fires, or that fired when all is resolved; "" for none."""
        return severities.worst(alert.severity for alert in self.firing or self.alerts)


def _common(mappings: Iterable[Mapping[str, str]]) -> dict[str, str]:
    shared: dict[str, str] | None = None
    for mapping in mappings:
        if shared is None:
            shared = dict(mapping)
        else:
            shared = {key: value for key, value in shared.items() if mapping.get(key) == value}
    return shared or {}
