"""The page: what fires, what was delivered, what is stuck and why."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template

from relay.config import Loaded
from relay.store import Overview, Store, Work

GROUPS_SHOWN = 200


@dataclass(frozen=True)
class Line:
    """One group, in words."""

    group_id: str
    name: str
    labels: str
    status: str
    severity: str
    alerts: str
    channel: str
    delivery: str
    error: str
    parked: bool


def render(store: Store, loaded: Loaded, now: datetime, sandbox: str = "") -> str:
    """The page as HTML; StoreError if the store cannot be read."""
    overview = store.overview(GROUPS_SHOWN)
    counts = store.counts()
    queues = store.queues()
    return render_template(
        "page.html",
        lines=[_line(entry, loaded, now) for entry in overview],
        counts=counts,
        total=sum(counts.values()),
        pending=sum(queue.pending for queue in queues),
        parked=sum(queue.parked for queue in queues),
        heartbeats=[(beat.name, _ago(beat.seen_at, now)) for beat in store.heartbeats()],
        rejected=[(_ago(item.received_at, now), item) for item in store.rejected()],
        problems=loaded.problems,
        sandbox=sandbox,
        now=now.strftime("%Y-%m-%d %H:%M:%S UTC"),
    )


def _line(entry: Overview, loaded: Loaded, now: datetime) -> Line:
    group = entry.state.group
    labels = sorted((group.common_labels | dict(group.group_labels)).items())
    firing, resolved = len(group.firing), len(group.resolved)
    hidden = f", {group.hidden} not shown" if group.hidden else ""
    error = f"{entry.last_error} ({_ago(entry.last_error_at, now)})" if entry.last_error else ""
    return Line(
        group_id=entry.group_id,
        name=group.name,
        labels=", ".join(f"{name}={value}" for name, value in labels if name != "alertname"),
        status=group.status,
        severity=group.severity(loaded.config.severities),
        alerts=f"{firing} firing, {resolved} resolved{hidden}",
        channel=entry.channel,
        delivery=_delivery(entry, now),
        error=error,
        parked=entry.work is Work.PARKED,
    )


def _delivery(entry: Overview, now: datetime) -> str:
    sent = f"delivered {_ago(entry.sent_at, now)}" if entry.sent_at else "never delivered"
    if entry.work is Work.IDLE:
        return sent
    since = f"waiting since {_ago(entry.waiting_since, now)}"
    if entry.work is Work.PARKED:
        again = f"tried again {_ago(entry.due_at, now)}" if entry.due_at else "not tried again"
        return f"parked: {sent}, {since}, {again}"
    return f"{sent}, {since}, {entry.attempts} failed" if entry.attempts else f"{sent}, {since}"


def _ago(time: datetime | None, now: datetime) -> str:
    """Such as "5 min ago" or "in 5 min"."""
    if time is None:
        return "never"
    seconds = (now - time).total_seconds()
    size = abs(seconds)
    if size < 120:
        told = f"{size:.0f} s"
    elif size < 7200:
        told = f"{size / 60:.0f} min"
    elif size < 172800:
        told = f"{size / 3600:.0f} h"
    else:
        told = f"{size / 86400:.0f} days"
    return f"{told} ago" if seconds >= 0 else f"in {told}"
