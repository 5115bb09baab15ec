"""What the relay knows of a group: more than it shows, so that late webhooks do no harm."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from relay.model.group import Alert, Group

EPISODE_GAP = timedelta(minutes=5)
"""Alertmanager's default group_interval: alerts that end and begin within it come in one webhook,
so they are shown together."""

MOST_ALERTS = 10_000
"""Of one group. More are counted as left out, as if the receiver's max_alerts had done it."""

LISTED_RESOLVED = 500
"""How many resolved alerts a group lists at most, the last to end first. Firing ones all count."""


@dataclass(frozen=True)
class Record:
    """One alert, and how we know."""

    alert: Alert
    reported_at: datetime  # when a webhook last spoke of this alert
    learnt_at: datetime | None = None  # when we first heard that it resolved; None while it fires
    presumed: bool = False  # nobody said resolved: newer webhooks just stopped naming it
    doubted_until: datetime | None = None  # maybe an old webhook that came late says it fires


@dataclass(frozen=True)
class State:
    """All that is kept of a group. `group` is the part that people see."""

    receiver: str
    group_key: str
    group_labels: dict[str, str]
    external_url: str
    hidden: int
    records: tuple[Record, ...]
    horizon: datetime | None = None  # a complete webhook was sent after this, the latest known
    horizon_at: datetime | None = None  # when the last such came

    @cached_property
    def group(self) -> Group:
        """The group as it is now: what fires, and what resolved in the same episode."""
        firing = [record.alert for record in self.records if record.alert.firing]
        resolved = [record.alert for record in self.records if not record.alert.firing]
        listed = _same_episode(firing, resolved)[:LISTED_RESOLVED]
        return Group(
            receiver=self.receiver,
            group_key=self.group_key,
            group_labels=self.group_labels,
            alerts=(*_latest_first(firing), *_latest_first(listed)),
            external_url=self.external_url,
            hidden=self.hidden,
        )

    def since(self, over: datetime | None) -> Group:
        """The group without what was over by then: that is another message's."""
        if over is None:
            return self.group
        kept = (alert for alert in self.group.alerts if alert.firing or _end(alert) > over)
        return replace(self.group, alerts=tuple(kept))

    def doubted(self, now: datetime) -> dict[str, datetime]:
        """The alerts of which it is not sure that they fire, by fingerprint, and until when."""
        return {
            record.alert.fingerprint: record.doubted_until
            for record in self.records
            if record.alert.firing and record.doubted_until and record.doubted_until > now
        }

    @cached_property
    def ended(self) -> tuple[Alert, ...]:
        """Every resolved alert that is known, of earlier episodes too; the last to start first."""
        resolved = [record.alert for record in self.records if not record.alert.firing]
        return tuple(_latest_first(resolved))


def _same_episode(firing: list[Alert], resolved: list[Alert]) -> list[Alert]:
    """The resolved alerts that belong with what fires now, or with the last that fired.

    An episode is a chain of alerts that overlap, or nearly so. It depends on the alerts' own times
    and not on the order in which webhooks came, so that replicas and retries converge.
    """
    by_end = sorted(resolved, key=lambda alert: (_end(alert), alert.fingerprint), reverse=True)
    begin = min((alert.starts_at for alert in firing), default=None)
    listed: list[Alert] = []
    for alert in by_end:
        if begin is not None and _end(alert) + EPISODE_GAP < begin:
            break
        begin = min(begin or alert.starts_at, alert.starts_at)
        listed.append(alert)
    return listed


def _end(alert: Alert) -> datetime:
    return alert.ends_at or alert.starts_at


def _latest_first(alerts: list[Alert]) -> list[Alert]:
    by_name = sorted(alerts, key=lambda alert: alert.fingerprint)
    return sorted(by_name, key=lambda alert: alert.starts_at, reverse=True)
