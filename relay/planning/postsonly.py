"""The next step where Slack takes posts and nothing else: an incoming webhook. Pure.

What calls people becomes a post, whether it was one, a reply, or the edit that says that it is
over. The other edits and replies are left.
"""

from dataclasses import replace

from relay.config.model import Config
from relay.model.delivered import Delivered, Kind
from relay.model.group import Status
from relay.planning.next import Rest, Step

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


def unsaid(step: Step, delivered: Delivered) -> bool:
    """Whether the step is one that is left, as if it had been taken: an edit or a reply that tells
    nothing that people would be called for."""
    if step.kind is None:
        return not (step.after.shown is Status.RESOLVED and delivered.shown is Status.FIRING)
    return step.kind is Kind.REPLY and step.after.told == delivered.told


def as_post(step: Step | Rest) -> Step | Rest:
    """The same as a message of its own."""
    if isinstance(step, Rest):
        return step
    return replace(step, kind=Kind.POST, thread=None, lane=replace(step.lane, speaks=True))
