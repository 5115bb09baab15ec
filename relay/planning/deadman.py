"""What to do next for a heartbeat, and for the relay's own trouble. Pure.

A heartbeat that was not heard for its timeout is a new post, since what died may be what would
have told of it. It counts from when it was last heard, or from when this process began to listen
if that was later: no false alarm after a restart. Once heard again, the message is edited and its
thread has a note.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relay.config.model import Config, Pulse
from relay.message import Message, View
from relay.message.deadman import (
    render_back,
    render_missing,
    render_note,
    render_trouble,
    render_unwatched,
)
from relay.model.delivered import Accounted, Delivered, Kind
from relay.model.group import Status
from relay.model.watch import Backlog, Trouble, Watch
from relay.planning.next import Rest, Step
from relay.planning.plan import Lane
from relay.store import Queue

TROUBLE_PAUSE = timedelta(seconds=30)  # how often the relay looks after itself


@dataclass(frozen=True)
class Listening:
    """What a heartbeat is judged by besides itself: `since` when this process listens."""

    config: Config
    since: datetime
    now: datetime


def next_for_watch(watch: Watch, delivered: Delivered, here: Listening) -> Step | Rest:
    """What a heartbeat's message needs next."""
    pulse = here.config.pulse(watch)
    channel = (pulse.channel if pulse else "") or here.config.default.channel
    view = View(here.now, here.config.severities)
    told = delivered.accounted
    if pulse is None:
        if delivered.alarmed and delivered.message:
            return _edit(delivered, render_unwatched(watch, view))
        return Rest(Lane(channel, speaks=False), delivered)
    if delivered.alarmed:
        if not (watch.seen_at and told.woke_at and watch.seen_at > told.woke_at):
            return Rest(Lane(channel, speaks=False), delivered)
        message = render_back(watch, delivered.shown_until, view)
        if delivered.message:
            return _edit(delivered, message)
        return _post(delivered, message, channel, Status.RESOLVED)
    if delivered.message and delivered.fingerprint and not told.announced:
        after = replace(delivered, accounted=replace(told, announced=1))
        lane = Lane(delivered.message.channel, speaks=True, note=True)
        note = render_note(watch, delivered.shown_until)
        return Step(lane, note, after, Kind.REPLY, delivered.message)
    ends = missing_at(watch, pulse, here.since)
    if ends is None or here.now < ends:
        return Rest(Lane(channel, speaks=True), delivered, ends)
    message = render_missing(watch, pulse.timeout, replace(view, mention=pulse.mention))
    said = Accounted(woke_at=here.now)
    return _post(replace(delivered, shown_until=watch.seen_at, accounted=said), message, channel)


def missing_at(watch: Watch, pulse: Pulse, since: datetime) -> datetime | None:
    """When a heartbeat is missing if it is not heard before; None for what did its duty."""
    if not watch.labels and watch.seen_at:
        return None
    return max(watch.seen_at or since, since) + watch.patience(pulse.timeout)


def next_for_trouble(
    trouble: Trouble, delivered: Delivered, config: Config, now: datetime
) -> Step | Rest:
    """What the message on the relay's own trouble needs next."""
    operations = config.operations
    channel = operations.channel if operations else config.default.channel
    lane = Lane(channel, speaks=False)
    if operations is None:
        return Rest(lane, delivered)
    view = View(now, config.severities)
    plain = render_trouble(trouble, view)
    rest = Rest(lane, delivered, now + TROUBLE_PAUSE)
    if trouble.backlogs and (not delivered.alarmed or delivered.message is None):
        mention = "" if delivered.alarmed else operations.mention
        message = render_trouble(trouble, replace(view, mention=mention))
        return _post(delivered, message, channel, fingerprint=plain.fingerprint)
    if delivered.alarmed and delivered.message and plain.fingerprint != delivered.fingerprint:
        edited = delivered.accounted.edited_at
        if trouble.backlogs and edited and now < edited + TROUBLE_PAUSE:
            return rest
        step = _edit(delivered, plain, Status.FIRING if trouble.backlogs else Status.RESOLVED)
        said = replace(step.after.accounted, edited_at=now)
        return replace(step, after=replace(step.after, accounted=said))
    if delivered.alarmed and delivered.message is None:
        return replace(rest, delivered=replace(delivered, shown=Status.RESOLVED))
    return rest


def trouble_of(queues: Sequence[Queue], config: Config, now: datetime) -> Trouble:
    """What of the queues is trouble: what Slack refused, and what waits for too long."""
    late = config.operations.backlog if config.operations else timedelta()
    return Trouble(
        tuple(
            Backlog(queue.channel, queue.parked, queue.pending, queue.oldest)
            for queue in queues
            if queue.parked or queue.oldest < now - late
        )
    )


def _post(
    delivered: Delivered,
    message: Message,
    channel: str,
    shown: Status = Status.FIRING,
    fingerprint: str = "",
) -> Step:
    told = fingerprint or message.fingerprint
    after = replace(delivered, message=None, fingerprint=told, shown=shown)
    return Step(Lane(channel, speaks=True), message, after, Kind.POST, None)


def _edit(delivered: Delivered, message: Message, shown: Status = Status.RESOLVED) -> Step:
    assert delivered.message  # noqa: S101 - there is something to edit; for the type checker
    after = replace(delivered, fingerprint=message.fingerprint, shown=shown)
    return Step(
        Lane(delivered.message.channel, speaks=False), message, after, None, delivered.message
    )
