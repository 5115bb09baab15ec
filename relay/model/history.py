"""What happened to a group, in words for a person: what came in, what was sent, and why. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from relay.model.delivered import Delivered, Thread
from relay.model.group import Group, Status


class What(StrEnum):
    """What sort of thing happened."""

    CAME = "came"  # Alertmanager told something new
    SENT = "sent"  # Slack accepted something
    FAILED = "failed"  # it did not work this time
    PARKED = "parked"  # Slack refused for good
    COVERED = "covered"  # a storm's digest tells it


@dataclass(frozen=True)
class Event:
    """One thing that happened to a group."""

    at: datetime
    what: What
    text: str


def came(before: Group | None, after: Group) -> str:
    """What a webhook changed: "2 alerts began to fire, 1 resolved; now 3 fire"; "" for nothing."""
    known = {alert.fingerprint: alert for alert in before.alerts} if before else {}
    began = ended = 0
    for alert in after.alerts:
        old = known.get(alert.fingerprint)
        fresh = old is None or old.starts_at != alert.starts_at
        began += alert.firing and (fresh or not (old and old.firing))
        ended += not alert.firing and (fresh or bool(old and old.firing))
    news = []
    if began:
        news.append(f"{_alerts(began)} began to fire")
    if ended:
        news.append(f"{_alerts(ended)} resolved")
    if (before and after.hidden != before.hidden) or (not before and after.hidden):
        news.append(f"{_alerts(after.hidden)} left out by Alertmanager")
    if not news and after != before:
        news.append("labels or annotations changed")
    if not news:
        return ""
    firing = len(after.firing)
    now = f"now {firing} {'fires' if firing == 1 else 'fire'}" if firing else "none fires now"
    return f"{', '.join(news)}; {now}"


def sent(before: Delivered, after: Delivered) -> str:
    """What Slack was told, and why, from what people knew before and know after."""
    return "; ".join(_sent(before, after))


def _sent(before: Delivered, after: Delivered) -> Iterator[str]:
    old, new = before.message, after.message
    told = sum(1 for name, each in after.told.items() if before.told.get(name) != each)
    if new and (old is None or old.ts != new.ts):
        again = " anew" if old or before.told else ""
        state = "resolved" if after.shown is Status.RESOLVED else "firing"
        yield f"posted{again} to {new.channel}, shown as {state}"
    elif after.fingerprint != before.fingerprint:
        if after.shown is not before.shown:
            yield f"edited: shown as {after.shown} now"
        else:
            yield "edited: the group changed"
    elif told:
        yield f"replied in the thread: {_alerts(told)} that people did not know of"
    else:
        yield _of_the_thread(before.thread, after.thread)


def _of_the_thread(before: Thread, after: Thread) -> str:
    """What a reply told that is not in the message."""
    if after.escalated > before.escalated:
        return "called the next: nobody acknowledged it"
    if after.lists > before.lists:
        return "replied in the thread: the alerts that the message has no room for"
    if before.resolved and not after.resolved:
        return f"replied in the thread: {_alerts(len(before.resolved))} resolved"
    return "sent"


def _alerts(count: int) -> str:
    return "1 alert" if count == 1 else f"{count:,} alerts"
