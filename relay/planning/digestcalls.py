"""Who is called next for the groups that only a digest tells of, nobody having acknowledged. Pure.

As for a group with a message of its own: each entry of `escalate` is a reply that the channel sees,
so long after the storm began, or after somebody acknowledged what had joined until then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from relay.config.model import Config
from relay.config.policy import Escalation
from relay.model.delivered import Accounted
from relay.model.standing import Standing
from relay.model.storm import Digest, Member


@dataclass(frozen=True)
class Unheard:
    """Groups that nobody looks after, and whom that calls. `step` counts the calls, this too."""

    due_at: datetime
    since: datetime
    members: tuple[Member, ...]
    mention: str
    step: int


def looked_after(digest: Digest, standings: Mapping[str, Standing]) -> dict[str, Standing]:
    """How each member stands that somebody acknowledged or silenced, this time that it fires."""
    known = {}
    for member in digest.members:
        standing = standings.get(member.group_id, Standing())
        acknowledged = standing.acknowledged
        if acknowledged and member.started_at and acknowledged.at < member.started_at:
            acknowledged = None
        if acknowledged or standing.silenced:
            known[member.group_id] = Standing(acknowledged, standing.silenced)
    return known


def due_call(
    digest: Digest,
    accounted: Accounted,
    config: Config,
    handled: Mapping[str, Standing],
    now: datetime,
) -> Unheard | None:
    """The next call, due now or later; None if there is none."""
    storm = digest.storm
    since = max(storm.opened_at, storm.acknowledged_at or storm.opened_at)
    done = accounted.escalated if accounted.escalated_from == since else 0
    alone = [
        member
        for member in digest.members
        if member.firing
        and not member.own
        and max(member.joined, member.news) > storm.acknowledged
        and member.group_id not in handled
    ]
    routed = [(member, config.route_for(member.labels).escalate) for member in alone]
    for number in range(done, max((len(steps) for _, steps in routed), default=0)):
        called = [
            (member, steps[number])
            for member, steps in routed
            if number < len(steps) and _bad_enough(member, steps[number], config)
        ]
        if called:
            return _next(called, since, number + 1, config, now)
    return None


def _next(
    called: list[tuple[Member, Escalation]],
    since: datetime,
    number: int,
    config: Config,
    now: datetime,
) -> Unheard:
    first = min(since + step.after for _, step in called)
    ready = [(member, step) for member, step in called if since + step.after <= max(now, first)]
    hushed = [config.hushed(member.labels, member.severity, now) for member, _ in ready]
    if until := min((each for each in hushed if each), default=None) if all(hushed) else None:
        first = max(first, until)
    loud = [pair for pair, until in zip(ready, hushed, strict=True) if until is None] or ready
    mentions = dict.fromkeys(step.mention for _, step in loud if step.mention)
    members = tuple(member for member, _ in loud)
    return Unheard(first, since, members, " ".join(mentions), number)


def _bad_enough(member: Member, step: Escalation, config: Config) -> bool:
    rank = config.severities.rank
    return not step.severity or rank(member.severity) >= rank(step.severity)
