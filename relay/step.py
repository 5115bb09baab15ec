"""The next step for a group: what to send where, and what is true once it is sent. Pure."""

from dataclasses import replace
from datetime import datetime

from relay import plan
from relay.config import Config
from relay.delivered import Delivered, Kind, told_of
from relay.gather import told_by_digest
from relay.group import Alert, Status
from relay.message import View, render, render_joined, render_passed
from relay.next import Rest, Step
from relay.standing import Standing
from relay.state import State
from relay.storm import Membership


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
    group, ended = state.group, state.ended
    covered = membership is not None and membership.covers(state, delivered, now)
    if covered:
        delivered = told_by_digest(state, delivered)
    route = config.route(group)
    acting = group_id if config.interactive else ""
    view = View(
        now,
        config.severities,
        standing=standing.now(group, now),
        group_id=acting,
        template=config.template(group),
        image_hosts=config.image_hosts,
    )
    plain = render(group, view)
    decision = plan.decide(group, ended, delivered, plain.fingerprint, view.severities, covered)
    lane = plan.lane(group, ended, delivered, route.channel, covered)

    def mentioning(severity: str) -> View:
        return replace(view, mention=route.mention.get(severity, ""))

    match decision:
        case plan.Nothing():
            return Rest(lane, delivered)
        case plan.Post(severity):
            message = render(group, mentioning(severity)) if severity else plain
            after = replace(_showing(state, delivered, plain.fingerprint), message=None)
            return Step(lane, message, after, Kind.POST, None)
        case plan.Reply(alerts, severity):
            message = render_joined(group, alerts, mentioning(severity))
            after = _knowing(delivered, alerts)
            return Step(lane, message, after, Kind.BROADCAST, delivered.message)
        case plan.ReplyPassed(alerts):
            message = render_passed(group, alerts, view)
            return Step(lane, message, _knowing(delivered, alerts), Kind.REPLY, delivered.message)
        case plan.Edit():
            after = _showing(state, delivered, plain.fingerprint)
            return Step(lane, plain, after, None, delivered.message)


def _showing(state: State, delivered: Delivered, fingerprint: str) -> Delivered:
    """What is true once the group's message shows the group as it is."""
    group = state.group
    known = {alert.fingerprint for alert in (*group.alerts, *state.ended)}
    kept = {name: told for name, told in delivered.told.items() if name in known}
    return Delivered(
        message=delivered.message,
        fingerprint=fingerprint,
        shown=group.status,
        shown_until=group.ended_at if group.status is Status.RESOLVED else None,
        told=kept | told_of(group.alerts),
    )


def _knowing(delivered: Delivered, alerts: tuple[Alert, ...]) -> Delivered:
    """What is true once the thread has told of `alerts`."""
    return replace(delivered, told={**delivered.told, **told_of(alerts)})
