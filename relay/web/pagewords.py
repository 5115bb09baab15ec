"""A group in the words of the page, and times as people say them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from relay.config.model import Config, routing_labels
from relay.message.times import lasted
from relay.model.group import Group, Severities, Status
from relay.model.tiers import merged
from relay.store import Overview, Work

SHORT, LONG = 200, 2_000  # characters of a name, and of what is said in sentences
LABELS = 40  # of a group


@dataclass(frozen=True)
class Line:
    """One group, in words."""

    group_id: str
    name: str
    says: str
    labels: tuple[str, ...]
    status: str  # firing, resolved or unknown
    severity: str
    look: str  # the class of its colour
    alerts: str
    when: str
    channel: str
    delivery: str
    storm: str  # the ID of the one whose digest tells of it, "" if it has a message of its own
    error: str
    parked: bool
    standing: str


def line(entry: Overview, config: Config, now: datetime) -> Line:
    """The group of an entry."""
    group = entry.group
    severity = group.severity(config.severities)
    status = "unknown" if group.hidden and not group.firing else str(group.status)
    error = f"{entry.last_error} ({ago(entry.last_error_at, now)})" if entry.last_error else ""
    return Line(
        group_id=entry.group_id,
        name=cut(group.name),
        says=_says(group, config.severities),
        labels=labelled(routing_labels(group)),
        status=status,
        severity=cut(severity),
        look=look(status, severity, config),
        alerts=_counted(merged(group, config.severities)),
        when=_when(entry, now),
        channel=entry.channel,
        delivery=_delivery(entry, now),
        storm=_storm(entry),
        error=error,
        parked=entry.work is Work.PARKED,
        standing=_standing(entry, now),
    )


def cut(text: str, most: int = SHORT) -> str:
    """No more of it than a page has room for: an alert may hold megabytes."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def labelled(labels: Mapping[str, str]) -> tuple[str, ...]:
    """What a group is known by, beside its name."""
    names = sorted(labels.keys() - {"alertname", "severity"})
    shown = tuple(f"{cut(name)}={cut(labels[name])}" for name in names[:LABELS])
    return (*shown, f"+{len(names) - LABELS} more") if len(names) > LABELS else shown


def ago(time: datetime | None, now: datetime) -> str:
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


def moments(time: datetime, now: datetime) -> tuple[str, str]:
    """A time to read, and how long ago that was."""
    form = "%H:%M:%S" if time.date() == now.date() else "%Y-%m-%d %H:%M:%S"
    return time.strftime(form), ago(time, now)


def _counted(group: Group) -> str:
    firing, resolved = len(group.firing), len(group.resolved)
    pairs = ((firing, "firing"), (resolved, "resolved"), (group.hidden, "not known"))
    return ", ".join(f"{count:,} {word}" for count, word in pairs if count) or "no alerts"


def _says(group: Group, severities: Severities) -> str:
    """What is wrong: what all alerts say, else what the worst does."""
    said = group.common_annotations.get("summary", "")
    if not said and (alerts := group.firing or group.alerts):
        worst = max(alerts, key=lambda alert: severities.rank(alert.severity))
        said = worst.annotations.get("summary", "")
    return cut(said, 300)


def _rank(severity: str, config: Config) -> int:
    """How bad it looks: 3 the worst, 1 the mildest, 0 not declared."""
    rank, worst = config.severities.rank(severity), len(config.severities.names) - 1
    return 0 if rank < 0 else 3 if rank == worst else 1 if rank == 0 else 2


def _when(entry: Overview, now: datetime) -> str:
    group = entry.group
    if group.status is Status.FIRING:
        return f"since {ago(group.started_at, now)}" if group.started_at else ""
    return " ".join(
        filter(None, [f"lasted {lasted(group.started_at, group.ended_at)},", _ended(entry, now)])
    )


def _ended(entry: Overview, now: datetime) -> str:
    ended = entry.group.ended_at
    return f"over {ago(ended, now)}" if ended else "over"


def look(status: str, severity: str, config: Config) -> str:
    """The class of a state's colour."""
    return status if status != "firing" else f"firing rank{_rank(severity, config)}"


def _storm(entry: Overview) -> str:
    membership = entry.membership
    return membership.storm.id if membership and not membership.member.own else ""


def _delivery(entry: Overview, now: datetime) -> str:
    sent = f"delivered {ago(entry.sent_at, now)}" if entry.sent_at else ""
    if not sent:
        sent = "no message of its own" if _storm(entry) else "never delivered"
    if entry.work is Work.IDLE:
        return sent
    since = f"waiting since {ago(entry.waiting_since, now)}"
    if entry.work is Work.PARKED:
        again = f"tried again {ago(entry.due_at, now)}" if entry.due_at else "not tried again"
        return f"parked: {sent}, {since}, {again}"
    return f"{sent}, {since}, {entry.attempts} failed" if entry.attempts else f"{sent}, {since}"


def _standing(entry: Overview, now: datetime) -> str:
    standing = entry.standing.now(entry.group, now)
    told = []
    if standing.acknowledged:
        told.append(f"acknowledged by {standing.acknowledged.by}")
    if standing.silenced:
        told.append(f"silenced by {standing.silenced.by}, ends {ago(standing.silenced.until, now)}")
    return "; ".join(told)
