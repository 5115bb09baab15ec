"""Takes in a webhook: what is committed here is what Slack will come to show."""

from dataclasses import replace
from datetime import datetime

from relay.config.model import Config, routing_labels
from relay.intake.addresses import unlinked
from relay.intake.merge import merge
from relay.intake.webhook import Webhook
from relay.model.group import Group, Status
from relay.model.state import State
from relay.model.watch import Watch
from relay.planning import plan
from relay.planning.gather import follow, told_by_digest
from relay.store import Followed, Heartbeat, Known, Store, Wanted, group_id

LONGEST_NAME = 300  # of a heartbeat


def take_in(webhook: Webhook, store: Store, config: Config, now: datetime) -> None:
    """Stores what a webhook says, or raises StoreError. Durable once it returns."""
    webhook = unlinked(webhook, config.link_hosts)
    if config.heartbeats and _heard(webhook, store, config, now):
        return
    name = group_id(webhook.receiver, webhook.group_key)

    def change(known: Known) -> Wanted:
        return wanted(name, known, merge(known.state, webhook, now), config, now)

    store.take_in(name, change, now)


def _heard(webhook: Webhook, store: Store, config: Config, now: datetime) -> bool:
    """Whether it is a heartbeat, which is no group to be shown."""
    group = merge(None, webhook, now).group
    labels = routing_labels(group)
    pulse = config.heartbeat(labels)
    if pulse and group.status is Status.FIRING:
        beat = Heartbeat(_heartbeat_name(group), now)
        watch = Watch(pulse.name or beat.name, str(pulse.matcher), labels, now)
        store.heard(watch, beat, now + pulse.timeout)
    return pulse is not None


def wanted(name: str, known: Known, state: State, config: Config, now: datetime) -> Wanted:
    """What has to be stored for the new state of the group with the ID `name`."""
    group, before = state.group, known.state.group if known.state else None
    delivered = known.delivered
    news = delivered.untold(state.ended)  # of an earlier episode: not in the group any more
    covered = None
    followed: list[Followed] = []
    for each in known.memberships:
        member, told = follow(name, each, state, delivered, config, now)
        if member != each.member:
            followed.append(Followed(each.storm.id, member, told))
        if each.current and member and replace(each, member=member).covers(state, delivered, now):
            covered = told_by_digest(state, delivered)
    lane = plan.lane(
        group, state.ended, delivered, config.route(group).channel, config.severities, bool(covered)
    )
    live = delivered.message is not None and delivered.shown is Status.FIRING
    return Wanted(
        state=state,
        changed=group != before or bool(news),
        rank=config.severities.rank(group.severity(config.severities)),
        channel=lane.channel,
        lane=str(lane),
        due=live or not covered,
        covered=covered,
        followed=tuple(followed),
    )


def _heartbeat_name(group: Group) -> str:
    """Its labels, as people write them: alertname first. No longer than an index can hold."""
    labels = dict(sorted(routing_labels(group).items(), key=lambda pair: pair[0] != "alertname"))
    labels.pop("severity", None)
    name = ", ".join(f"{name}={value}" for name, value in labels.items()) or group.group_key
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
