"""Alerts that are tiers of one thing: the same labels but for the severity. Pure.

A rule with several severities is several alerts to Prometheus. Where Alertmanager inhibits the
milder tier, it leaves it out while the worse fires, and names it again when that is over. To people
all of this is one trouble that gets worse and better.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from relay.model.group import Alert, Group, Severities

Subject = frozenset[tuple[str, str]]


def subject(alert: Alert) -> Subject:
    """What an alert is about, whatever its severity."""
    return frozenset((key, value) for key, value in alert.labels.items() if key != "severity")


def merged(group: Group, severities: Severities) -> Group:
    """The group with one alert for each subject: the worst that fires; else one that is over, as
    bad as it got, from the first tier's start to the last one's end."""
    tiers = by_subject(group.alerts)
    if len(tiers) == len(group.alerts):
        return group
    kept = {_one(alerts, severities).fingerprint: alerts for alerts in tiers.values()}
    return replace(
        group,
        alerts=tuple(
            _one(kept[alert.fingerprint], severities)
            for alert in group.alerts
            if alert.fingerprint in kept
        ),
    )


def _one(tiers: list[Alert], severities: Severities) -> Alert:
    firing = [alert for alert in tiers if alert.firing]
    worst = max(
        firing or tiers, key=lambda alert: (severities.rank(alert.severity), alert.severity)
    )
    if firing or len(tiers) == 1:
        return worst
    ends = [alert.ends_at for alert in tiers if alert.ends_at]
    return replace(
        worst,
        starts_at=min(alert.starts_at for alert in tiers),
        ends_at=max(ends, default=None),
    )


def by_subject(alerts: Iterable[Alert]) -> dict[Subject, list[Alert]]:
    """Alerts with their tiers."""
    tiers: dict[Subject, list[Alert]] = {}
    for alert in alerts:
        tiers.setdefault(subject(alert), []).append(alert)
    return tiers


def beside(alert: Alert, tiers: dict[Subject, list[Alert]]) -> Iterator[Alert]:
    """Of those, the other tiers of the same thing that were there at the same time."""
    for other in tiers.get(subject(alert), ()):
        meets = other.ends_at is None or other.ends_at >= alert.starts_at
        is_met = alert.ends_at is None or alert.ends_at >= other.starts_at
        if meets and is_met and other.fingerprint != alert.fingerprint:
            yield other
