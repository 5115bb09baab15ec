"""What a group's thread says when its message is as it should be. Pure.

What resolved, told together a few seconds later, for groups of several alerts; the list of all
alerts when the message cannot show them; who is called next when nobody acknowledged it. Nothing
of this but the last is seen outside the thread, and it takes only what new messages leave of the
channel's rate.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relay.config.model import Config
from relay.config.policy import Escalation
from relay.message import Message, View
from relay.message.thread import render_full, render_resolved, render_rest, shows_all
from relay.model.delivered import Delivered, Kind, Thread
from relay.model.group import Alert, Group, Severities, Status
from relay.model.standing import Standing
from relay.model.tiers import by_subject, merged, subject
from relay.planning.next import Step
from relay.planning.plan import Lane

RESOLVED_PAUSE = timedelta(seconds=5)
RESOLVED_KEPT = 1000  # more are told of as a number that the message has
LISTS = 5


@dataclass(frozen=True)
class Due:
    """Who is called next, and when. `step` counts the calls, this one too."""

    due_at: datetime
    mention: str
    since: datetime
    step: int


def with_ends(
    group: Group, delivered: Delivered, thread: Thread, severities: Severities, now: datetime
) -> Thread:
    """The thread, with what resolved since the message was last brought up to date to be told.

    Not a tier of which a worse one fires; but one of which a milder does.
    """
    firing = by_subject(group.firing)
    alone = len(merged(group, severities).alerts) < 2  # its message tells it
    ended = []
    for alert in group.resolved:
        told = delivered.told.get(alert.fingerprint)
        tiers = firing.get(subject(alert), [])
        rank = severities.rank(alert.severity)
        worse = any(severities.rank(each.severity) >= rank for each in tiers)
        if told and told.status is Status.FIRING and not worse and (tiers or not alone):
            ended.append(alert.fingerprint)
    if not ended:
        return thread
    owed = tuple(dict.fromkeys((*thread.resolved, *ended)))[:RESOLVED_KEPT]
    return replace(thread, resolved=owed, resolved_at=thread.resolved_at or now)


def next_in_thread(
    group: Group, delivered: Delivered, plain: Message, view: View
) -> Step | datetime | None:
    """The next reply, or when it is due; None if the thread has said it all."""
    thread = delivered.thread
    if thread.resolved and thread.resolved_at:
        due = thread.resolved_at + RESOLVED_PAUSE
        if view.now < due:
            return due
        owed = set(thread.resolved)
        ended = [alert for alert in group.resolved if alert.fingerprint in owed]
        said = replace(thread, resolved=(), resolved_at=None)
        if ended:
            return _note(delivered, said, render_resolved(group, ended, view))
        delivered, thread = replace(delivered, thread=said), said
    group = merged(group, view.severities)
    left = [alert for alert in _in_order(group) if _key(alert) > thread.listed]
    if not left or thread.lists > LISTS or shows_all(plain):
        return None
    if thread.lists == LISTS:
        said = replace(thread, lists=thread.lists + 1)
        return _note(delivered, said, render_rest(len(left)))
    message, count = render_full(group, left, view, thread.named)
    said = replace(
        thread,
        listed=_key(left[count - 1]),
        named=thread.named + count,
        lists=thread.lists + 1,
    )
    return _note(delivered, said, message)


def due_escalation(
    steps: tuple[Escalation, ...],
    group: Group,
    delivered: Delivered,
    standing: Standing,
    config: Config,
) -> Due | None:
    """Who is called next if nobody acknowledges the group; None if nobody."""
    thread, severities = delivered.thread, config.severities
    if not group.firing or thread.called_at is None or standing != Standing():
        return None
    rank = severities.rank(group.severity(severities))
    for number, step in enumerate(steps, 1):
        bad = not step.severity or rank >= severities.rank(step.severity)
        if number > thread.escalated and bad:
            return Due(thread.called_at + step.after, step.mention, thread.called_at, number)
    return None


def _note(delivered: Delivered, said: Thread, message: Message) -> Step:
    assert delivered.message  # noqa: S101 - there is a thread; for the type checker
    lane = Lane(delivered.message.channel, speaks=True, note=True)
    after = replace(delivered, thread=said)
    return Step(lane, message, after, Kind.REPLY, delivered.message)


def _in_order(group: Group) -> list[Alert]:
    """What fires, the earliest first, so that what joins later comes at the end."""
    return sorted(group.firing, key=_key)


def _key(alert: Alert) -> str:
    return f"{alert.starts_at.isoformat()} {alert.fingerprint}"
