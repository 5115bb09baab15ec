"""Takes in a webhook: what is committed here is what Slack will come to show."""

from datetime import datetime

from relay import plan
from relay.config import Config, routing_labels
from relay.delivered import Delivered
from relay.group import Group, Status
from relay.merge import merge
from relay.state import State
from relay.store import Heartbeat, Store, Wanted, group_id
from relay.webhook import Webhook


def take_in(webhook: Webhook, store: Store, config: Config, now: datetime) -> None:
    """Stores what a webhook says, or raises StoreError. Durable once it returns."""
    first = merge(None, webhook, now).group
    if config.is_heartbeat(first):
        if first.status is Status.FIRING:
            store.heartbeat(Heartbeat(_heartbeat_name(first), now))
        return

    def change(known: State | None, delivered: Delivered) -> Wanted:
        return wanted(known, merge(known, webhook, now), delivered, config)

    store.take_in(group_id(webhook.receiver, webhook.group_key), change, now)


def wanted(known: State | None, state: State, delivered: Delivered, config: Config) -> Wanted:
    """What has to be stored for a group's new state."""
    group, before = state.group, known.group if known else None
    news = delivered.untold(state.ended)  # of an earlier episode: not in the group any more
    lane = plan.lane(group, state.ended, delivered, config.route(group).channel)
    return Wanted(
        state=state,
        changed=group != before or bool(news),
        rank=config.severities.rank(group.severity(config.severities)),
        channel=lane.channel,
        lane=str(lane),
    )


def _heartbeat_name(group: Group) -> str:
    """Its labels, as people write them: alertname first."""
    labels = dict(sorted(routing_labels(group).items(), key=lambda pair: pair[0] != "alertname"))
    labels.pop("severity", None)
    return ", ".join(f"{name}={value}" for name, value in labels.items()) or group.group_key
