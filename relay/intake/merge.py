"""One webhook more: what the relay knew of a group, and what it knows now. Pure.

Webhooks carry no time of sending. Several Alertmanager replicas send the same thing, a webhook that
failed is sent again, and two may overtake each other. So what comes last is not always what is
newest, and each alert is judged by its own times:

- An alert that began after the known one ended (or while a known one fires, began later) is a new
  one and replaces it. One that ended before the known one began is old news.
- Of the same alert, "resolved" beats "firing" for a minute after we learnt of it, however they
  come. After that "firing" is believed: after a network partition Alertmanager can take a
  resolution back, and a false "resolved" is worse than a false "firing".
- An alert that a complete webhook no longer names (it was silenced, inhibited, or its resolution
  got lost) is taken for resolved if the webhook is surely newer: it speaks of something later than
  the alert's start, or comes a minute after the alert was last named.
- An alert that fires, says a webhook, though a complete one that was surely sent after its start
  did not name it: either that webhook is an old one which comes late, or the alert was silenced
  when the other was sent. For a minute that is doubted: the alert is known to fire, but nobody is
  called. If the webhook was late, what ended the alert comes within that minute, too.
- A truncated webhook proves nothing about the alerts that it does not name.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from relay.intake.webhook import Webhook
from relay.model.group import Alert, Status
from relay.model.state import LISTED_RESOLVED, MOST_ALERTS, Record, State

WINDOW = timedelta(seconds=60)
"""How late a retry or another replica's webhook may come. Alertmanager's retries of one
notification end with its group_interval, and replicas wait 15 s for one another."""


def merge(known: State | None, webhook: Webhook, received_at: datetime) -> State:
    """The group's state once `webhook` is taken in."""
    records = {record.alert.fingerprint: record for record in known.records} if known else {}
    unnamed = dict(records)
    for alert in webhook.alerts:
        before = unnamed.pop(alert.fingerprint, None)
        told = _told(before, alert, received_at)
        records[alert.fingerprint] = _doubted(told, before, known, received_at)
    horizon = (known.horizon, known.horizon_at) if known else (None, None)
    if not webhook.truncated:
        newest = _evidence(webhook)
        for fingerprint, record in unnamed.items():
            records[fingerprint] = _not_told(record, newest, received_at)
        if horizon[0] is None or newest >= horizon[0]:
            horizon = (newest, received_at)
    kept = _bounded(records, received_at)
    over = sum(record.alert.firing for record in records.values()) - sum(
        record.alert.firing for record in kept
    )
    return State(
        receiver=webhook.receiver,
        group_key=webhook.group_key,
        group_labels=dict(webhook.group_labels),
        external_url=webhook.external_url,
        hidden=_hidden(webhook, unnamed) + over,
        records=kept,
        horizon=horizon[0],
        horizon_at=horizon[1],
    )


def _told(record: Record | None, alert: Alert, now: datetime) -> Record:
    """What is known of an alert when a webhook names it."""
    if not alert.firing and alert.ends_at is None:
        alert = replace(alert, ends_at=max(now, alert.starts_at))
    fresh = Record(alert, now, None if alert.firing else now)
    if record is None:
        return fresh
    known = record.alert
    if known.firing:
        if alert.ends_at is not None and alert.ends_at < known.starts_at:
            return record  # old news: an earlier time that this alert fired
        # With two Prometheus servers Alertmanager may move a start back: it is the same alert.
        return replace(fresh, alert=_started(alert, known))
    if _is_new(alert, known):
        return fresh
    if not alert.firing:
        return _resolved_twice(record, alert, now)
    if record.presumed or record.learnt_at is None or now - record.learnt_at > WINDOW:
        return replace(fresh, alert=_started(alert, known))
    return replace(record, reported_at=now)  # a late "firing"


def _doubted(told: Record, before: Record | None, known: State | None, now: datetime) -> Record:
    """`told`, an alert that begins to fire, with how long it is doubted; see the module."""
    if not told.alert.firing:
        return told
    if before and before.alert.firing:
        return replace(told, doubted_until=before.doubted_until)
    if known is None or known.horizon is None or known.horizon_at is None:
        return told
    until = known.horizon_at + WINDOW
    doubtful = told.alert.starts_at < known.horizon and now < until
    return replace(told, doubted_until=until) if doubtful else told


def _is_new(alert: Alert, ended: Alert) -> bool:
    """Whether `alert` is another time that the alert fired, after `ended`."""
    return alert.starts_at > ended.starts_at and alert.starts_at >= (
        ended.ends_at or ended.starts_at
    )


def _resolved_twice(record: Record, alert: Alert, now: datetime) -> Record:
    """Two reports that the same alert resolved: Alertmanager's word beats our guess."""
    known = record.alert
    if record.presumed:
        return Record(_started(alert, known), now, record.learnt_at)
    if (alert.ends_at or alert.starts_at) < known.starts_at:
        return record
    later = alert if (alert.ends_at or now) > (known.ends_at or now) else known
    return Record(_started(later, known), now, record.learnt_at)


def _started(alert: Alert, known: Alert) -> Alert:
    """`alert` with the later of the two starts, so that no order of webhooks makes it look new."""
    return replace(alert, starts_at=max(alert.starts_at, known.starts_at))


def _not_told(record: Record, newest: datetime, now: datetime) -> Record:
    """What is known of an alert when a complete webhook does not name it."""
    alert = record.alert
    late = now - record.reported_at > WINDOW
    if not alert.firing or not (late or newest > alert.starts_at):
        return record
    gone = replace(alert, status=Status.RESOLVED, ends_at=max(now, alert.starts_at))
    return Record(gone, record.reported_at, learnt_at=now, presumed=True)


def _evidence(webhook: Webhook) -> datetime:
    """The latest time that the webhook speaks of: it was sent after that."""
    ends = [alert.ends_at for alert in webhook.alerts if alert.ends_at is not None]
    return max([alert.starts_at for alert in webhook.alerts] + ends)


def _hidden(webhook: Webhook, unnamed: dict[str, Record]) -> int:
    """How many alerts nobody knows: those left out, less those known to fire from before."""
    known = sum(record.alert.firing for record in unnamed.values())
    return max(0, webhook.truncated - known)


def _bounded(records: dict[str, Record], now: datetime) -> tuple[Record, ...]:
    """What fires (of too much, what was told last), and the resolved ones that are still needed,
    in a stable order."""
    ordered = sorted(records.values(), key=lambda record: record.alert.fingerprint)
    ended = sorted(
        (record for record in ordered if not record.alert.firing),
        key=lambda record: record.alert.ends_at or record.alert.starts_at,
        reverse=True,
    )
    stale = {
        record.alert.fingerprint
        for record in ended[LISTED_RESOLVED:]
        if record.learnt_at is None or now - record.learnt_at > WINDOW
    }
    firing = [record for record in ordered if record.alert.firing]
    if len(firing) > MOST_ALERTS:
        firing.sort(key=lambda record: record.reported_at, reverse=True)
        stale.update(record.alert.fingerprint for record in firing[MOST_ALERTS:])
    return tuple(record for record in ordered if record.alert.fingerprint not in stale)
