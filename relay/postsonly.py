"""The next step where Slack takes posts and nothing else: an incoming webhook. Pure.

What would be a reply becomes a post. What would be an edit is left, but for the one that says that
it is over: that becomes a post, too.
"""

from dataclasses import replace

from relay.config import Config
from relay.delivered import Delivered, Kind
from relay.group import Status
from relay.next import Rest, Step

WHAT_IS_LOST = (
    "with nothing but an incoming webhook, messages are never edited, there are no threads and no "
    "buttons, a resolution is a message of its own, a storm has no digest, and every route leads "
    "to the webhook's channel"
)
NEVER = 1_000_000_000


def in_one_channel(config: Config) -> Config:
    """The configuration that an incoming webhook can serve. A digest would have to be edited."""
    channel = config.default.channel
    return replace(
        config,
        posts_only=True,
        routes=tuple(replace(route, channel=channel) for route in config.routes),
        storm=replace(config.storm, threshold=NEVER),
    )


def posts_alone(step: Step | Rest, delivered: Delivered) -> Step | Rest:
    """The same step without edits and threads."""
    if isinstance(step, Rest):
        return step
    if step.kind is None:
        over = step.after.shown is Status.RESOLVED and delivered.shown is Status.FIRING
        if not over:
            return Rest(step.lane, step.after)
    return replace(step, kind=Kind.POST, thread=None, lane=replace(step.lane, speaks=True))
