"""The next step for a group: what to send where, and what is true once it is sent. Pure.

`plan` says what people do not know yet. Here is when they are told: new posts wait for the end of
quiet hours, a burst of joining alerts is one reply, a group that flaps is edited and not posted.
With nothing else to say, the thread comes to its own (`thread`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from relay.config.model import Config, Route, routing_labels
from relay.message import Message, View, render, render_joined, render_passed
from relay.message.thread import render_escalated, with_flapping
from relay.model.delivered import Delivered, Kind, Thread, told_of
from relay.model.group import Alert, Group, Status
from relay.model.standing import Standing
from relay.model.state import State
from relay.model.storm import Membership
from relay.planning import plan
from relay.planning.flapping import flaps, recent
from relay.planning.gather import told_by_digest
from relay.planning.next import Rest, Step
from relay.planning.thread import Due, due_escalation, next_in_thread, with_ends

JOIN_PAUSE = timedelta(seconds=5)
"""Alerts that join within it are told together, unless one is worse than all before."""


@dataclass(frozen=True)
class Scene:
    """All that the next step for a group depends on."""

    state: State
    group: Group  # of the state, what the message is about
    delivered: Delivered
    config: Config
    now: datetime
    view: View
    standing: Standing  # what of it holds now
    covered: bool = False

    @cached_property
    def doubted(self) -> dict[str, datetime]:
        """What maybe does not fire, and until when nobody knows."""
        return self.state.doubted(self.now)

    @cached_property
    def _rendered(self) -> dict[str, Message]:
        """The group's message, by its mention."""
        return {}

    @property
    def rank(self) -> int:
        """Of the worst that surely fires and that people do not know of."""
        severities = self.config.severities
        untold = self.delivered.untold(self.group.firing)
        sure = [alert for alert in untold if alert.fingerprint not in self.doubted]
        return max((severities.rank(alert.severity) for alert in sure), default=-1)

    def content(self, fired: Sequence[datetime], severity: str = "") -> Message:
        """The group's message, having fired at those times; with a mention for a severity."""
        mention = self.route.mentioned(severity, self.now) if severity else ""
        message = self._rendered.get(mention)
        if message is None:
            message = render(self.group, replace(self.view, mention=mention))
            self._rendered[mention] = message
        return with_flapping(message, fired) if flaps(fired, self.config.flapping) else message

    @property
    def route(self) -> Route:
        return self.config.route(self.group)

    def hushed(self, severity: str) -> datetime | None:
        return self.config.hushed(routing_labels(self.group), severity, self.now)


def next_step(
    state: State,
    delivered: Delivered,
    config: Config,
    now: datetime,
    standing: Standing,
    group_id: str,
    membership: Membership | None = None,
) -> Step | Rest:
    """What the group needs next, rendered. `membership` is of the digest that speaks for it."""
    group, ended = state.since(delivered.thread.since), state.ended
    covered = membership is not None and membership.covers(state, delivered, now)
    if covered:
        delivered = told_by_digest(state, delivered)
    holds = standing.now(group, now)
    view = View(
        now,
        config.severities,
        standing=holds,
        group_id=group_id if config.interactive else "",
        template=config.template(group),
        image_hosts=config.image_hosts,
        page=f"{config.page}/groups/{group_id}" if config.page else "",
    )
    scene = Scene(state, group, delivered, config, now, view, holds, covered)
    plain = scene.content(delivered.thread.fired)
    decision = plan.decide(group, ended, delivered, plain.fingerprint, view.severities, covered)
    lane = plan.lane(
        group, ended, delivered, config.route(group).channel, config.severities, covered
    )
    match decision:
        case plan.Nothing():
            return _quietly(scene, plain, lane)
        case plan.Post(severity):
            return _post(_anew(scene), severity, lane)
        case plan.Reply(alerts):
            return _reply(scene, plain, alerts, lane)
        case plan.ReplyPassed(alerts):
            message = render_passed(group, alerts, view)
            return Step(lane, message, _knowing(delivered, alerts), Kind.REPLY, delivered.message)
        case plan.Edit():
            return _edit(scene, plain)


def _anew(scene: Scene) -> Scene:
    """For a new message: what the one before showed to be over is not part of it."""
    delivered = scene.delivered
    if not delivered.fingerprint or delivered.shown is Status.FIRING:
        return scene
    over = delivered.shown_until
    group = scene.state.since(over)
    standing = scene.standing.now(group, scene.now)
    delivered = replace(delivered, thread=replace(delivered.thread, since=over))
    view = replace(scene.view, standing=standing)
    return replace(scene, group=group, view=view, standing=standing, delivered=delivered)


def _post(scene: Scene, severity: str, lane: plan.Lane) -> Step | Rest:
    """A new message: in place of it an edit of the one that says that the group flaps, or nothing
    until quiet hours end."""
    group, delivered, now = scene.group, scene.delivered, scene.now
    thread, limits = delivered.thread, scene.config.flapping
    lost = delivered.message is None and delivered.alarmed  # told before; its message is gone
    fires = bool(group.firing) and not lost
    fired = recent(thread.fired, limits, now) if fires else thread.fired
    calm = fires and len(fired) == 1
    told = delivered.message is not None and fires and not calm and scene.rank <= thread.worst
    if told and flaps(fired, limits):
        return _edit(scene, scene.content(fired), fired)
    if until := _all_doubted(scene):
        return Rest(lane, delivered, until)
    if until := scene.hushed(severity or group.severity(scene.config.severities)):
        return Rest(lane, delivered, until)
    plain = scene.content(fired)
    message = scene.content(fired, severity) if severity else plain
    called_at = now if severity else thread.called_at if lost else None
    worst = max(scene.rank, -1 if calm else thread.worst)
    escalated = thread.escalated if lost else 0
    said = Thread(thread.since, called_at, escalated, worst=worst, fired=fired)
    after = replace(_showing(scene, plain.fingerprint), message=None, thread=said)
    return Step(lane, message, after, Kind.POST, None)


def _all_doubted(scene: Scene) -> datetime | None:
    """Until when a group that is over, as people know, had better not be said to fire again."""
    group, delivered = scene.group, scene.delivered
    if delivered.message is None or not group.firing or group.hidden:
        return None
    if any(alert.fingerprint not in scene.doubted for alert in group.firing):
        return None
    return min(scene.doubted.values())


def _reply(scene: Scene, plain: Message, untold: tuple[Alert, ...], lane: plan.Lane) -> Step | Rest:
    """What joined: in the thread, and seen by the channel."""
    delivered, now = scene.delivered, scene.now
    thread = delivered.thread
    alerts = tuple(alert for alert in untold if alert.fingerprint not in scene.doubted)
    severity = scene.config.severities.worst(alert.severity for alert in alerts)
    if not alerts:
        if plain.fingerprint != delivered.fingerprint:
            return _edit(scene, plain, untold=untold)
        return Rest(lane, delivered, min(scene.doubted.values()))
    worse = scene.rank > thread.worst
    known = all(alert.fingerprint in delivered.told for alert in alerts)  # they fire again
    fired = recent(thread.fired, scene.config.flapping, now) if known else thread.fired
    if known and not worse and flaps(fired, scene.config.flapping):
        return _edit(scene, scene.content(fired), fired)
    wait = scene.hushed(severity)
    if not wait and not worse and thread.replied_at:
        wait = thread.replied_at + JOIN_PAUSE
    if wait and wait > now:
        if plain.fingerprint != delivered.fingerprint:
            return _edit(scene, plain, untold=untold)
        return Rest(lane, delivered, wait, owed=wait <= now + JOIN_PAUSE)
    mention = scene.route.mentioned(severity, now)
    message = render_joined(scene.group, alerts, replace(scene.view, mention=mention))
    worst = max(thread.worst, scene.rank)
    said = replace(thread, replied_at=now, worst=worst, fired=fired)
    after = replace(_knowing(delivered, alerts), thread=said)
    return Step(lane, message, after, Kind.BROADCAST, delivered.message)


def _edit(
    scene: Scene,
    message: Message,
    fired: tuple[datetime, ...] | None = None,
    untold: tuple[Alert, ...] = (),
) -> Step:
    """The message, brought up to date. Of what is `untold` people are told later all the same."""
    delivered = scene.delivered
    assert delivered.message  # noqa: S101 - there is something to edit; for the type checker
    after = _showing(scene, message.fingerprint)
    told = dict(after.told)
    for alert in untold:
        told.pop(alert.fingerprint)
        if before := delivered.told.get(alert.fingerprint):
            told[alert.fingerprint] = before
    thread = delivered.thread if fired is None else replace(delivered.thread, fired=fired)
    thread = with_ends(scene.group, delivered, thread, scene.config.severities, scene.now)
    lane = plan.Lane(delivered.message.channel, speaks=False)
    return Step(lane, message, replace(after, told=told, thread=thread), None, delivered.message)


def _quietly(scene: Scene, plain: Message, lane: plan.Lane) -> Step | Rest:
    """The message is as it should be: what else there is to do, and when to look again."""
    delivered, now = scene.delivered, scene.now
    if scene.covered or delivered.message is None:
        return Rest(lane, delivered)
    silenced = scene.standing.silenced
    looks = [silenced.until] if silenced else []
    steps = scene.route.escalate
    escalation = due_escalation(steps, scene.group, delivered, scene.standing, scene.config)
    if escalation:
        hushed = scene.hushed(scene.group.severity(scene.config.severities))
        due = max(escalation.due_at, hushed or escalation.due_at)
        if due <= now:
            return _escalate(scene, escalation)
        looks.append(due)
    chat = next_in_thread(scene.group, delivered, plain, scene.view)
    if isinstance(chat, Step):
        return chat
    owed = chat is not None
    return Rest(lane, delivered, min([*looks, *([chat] if chat else [])], default=None), owed)


def _escalate(scene: Scene, due: Due) -> Step:
    delivered = scene.delivered
    assert delivered.message  # noqa: S101 - there is a thread; for the type checker
    view = replace(scene.view, mention=due.mention)
    message = render_escalated(scene.group, due.since, view)
    said = replace(delivered.thread, escalated=due.step)
    lane = plan.Lane(delivered.message.channel, speaks=True)
    after = replace(delivered, thread=said)
    return Step(lane, message, after, Kind.BROADCAST, delivered.message)


def _showing(scene: Scene, fingerprint: str) -> Delivered:
    """What is true once the group's message shows the group as it is."""
    group, delivered = scene.group, scene.delivered
    known = {alert.fingerprint for alert in (*group.alerts, *scene.state.ended)}
    kept = {name: told for name, told in delivered.told.items() if name in known}
    return replace(
        delivered,
        fingerprint=fingerprint,
        shown=group.status,
        shown_until=group.ended_at if group.status is Status.RESOLVED else None,
        told=kept | told_of(group.alerts),
    )


def _knowing(delivered: Delivered, alerts: tuple[Alert, ...]) -> Delivered:
    """What is true once the thread has told of `alerts`."""
    return replace(delivered, told={**delivered.told, **told_of(alerts)})
