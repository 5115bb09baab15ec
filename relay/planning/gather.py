"""Which of the groups that wait for a channel a digest tells, and which are still posted. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from relay.config.model import Config, routing_labels
from relay.model.delivered import Delivered, told_of
from relay.model.group import Status
from relay.model.state import State
from relay.model.storm import Covered, Gathered, Member, Membership, Storm, Waiting, member_of
from relay.planning.plan import Lane

LONGEST = timedelta(minutes=5)
"""A storm ends so long after the last group that joined it, at the latest."""

AFTER = timedelta(seconds=1)


def gather(
    storm: Storm | None,
    waiting: Sequence[Waiting],
    channel: str,
    config: Config,
    now: datetime,
    new_id: str,
    wave: bool = False,
) -> Gathered | None:
    """What becomes of the groups that wait for `channel`; None if they are no storm.

    `storm` is the channel's last. While it lasts whoever waits joins it. The worst severity's
    groups are posted one by one all the same, as many as `individually` says. `wave`: so many are
    over that it takes long to edit their messages: a digest says it of all meanwhile.
    """
    limits = config.limits
    heard = [each for each in waiting if not _hushed(each, config, now)]
    told = [each for each in heard if not each.over]
    over = [each for each in heard if each.over and wave]
    lasting = storm if storm and not storm.over(now) else None
    crowded = len(told) > config.storm.crowd(limits.messages_per_second, limits.burst)
    if not crowded and (lasting is None or lasting.wave):
        told = []  # they are posted one by one
    if not told and not over:
        return None
    if lasting is None or (lasting.wave and told):
        ends_at = now + config.storm.calm
        if lasting:  # the wave is the last storm no longer
            ends_at = max(ends_at, lasting.ends_at + AFTER)
        lasting = Storm(new_id, channel, now, ends_at, now, wave=not told)
    return _joined(lasting, told, over, config, now)


def _joined(
    storm: Storm, waiting: Sequence[Waiting], over: Sequence[Waiting], config: Config, now: datetime
) -> Gathered:
    """The storm with those that wait, and with those that are over: their own messages are edited
    all the same."""
    limits, channel = config.limits, storm.channel
    members: list[Member] = []
    covered: list[Covered] = []
    count, own = storm.count, storm.own
    for each in sorted(waiting, key=lambda each: _place(each, config)):
        group = each.state.group
        count += 1
        single = own < config.storm.individually and _worst(each, config)
        own += single
        member = member_of(each.group_id, group, config.severities)
        members.append(replace(member, joined=count, news=count, own=single))
        if not single:
            covered.append(cover(each, channel))
    for each in over:
        count += 1
        member = member_of(each.group_id, each.state.group, config.severities)
        members.append(replace(member, joined=count, news=count, own=True))
    needed = timedelta(seconds=len(waiting) / limits.messages_per_second)
    ends_at = max(storm.ends_at, min(storm.ends_at + needed, now + LONGEST))
    storm = replace(storm, ends_at=ends_at, joined_at=now, count=count, own=own)
    return Gathered(storm, tuple(members), tuple(covered))


def cover(each: Waiting, channel: str) -> Covered:
    """The group once the digest speaks for it. A message that shows it firing is kept true."""
    live = each.delivered.message if each.delivered.shown is Status.FIRING else None
    lane = Lane(live.channel if live else channel, speaks=False)
    told = told_by_digest(each.state, each.delivered)
    return Covered(each.group_id, told, bool(live), lane.channel, str(lane))


def told_by_digest(state: State, delivered: Delivered) -> Delivered:
    """What people know of a group once its digest has told all of it."""
    alerts = (*state.ended, *state.group.alerts)
    known = {alert.fingerprint for alert in alerts}
    kept = {name: told for name, told in delivered.told.items() if name in known}
    return replace(delivered, told=kept | told_of(alerts))


def follow(
    name: str, one: Membership, state: State, delivered: Delivered, config: Config, now: datetime
) -> tuple[Member | None, bool]:
    """What the digest `one` is to say of the group with the ID `name`, and whether people should
    hear of it. None: once the storm is over, another episode of the group is not its business."""
    before, over = one.member, one.storm.over(now)
    fresh = member_of(name, state.group, config.severities)
    if over and fresh.firing and not before.firing:
        return None, False
    rank = config.severities.rank
    worse = rank(fresh.severity) > rank(before.severity)
    news = fresh.firing and (worse or not before.firing) and not before.own
    posted = one.current and over and not one.covers(state, delivered, now)
    member = replace(fresh, joined=before.joined, news=before.news, own=before.own or posted)
    return member, news


def _place(each: Waiting, config: Config) -> tuple[int, bool, datetime, str]:
    group = each.state.group
    rank = config.severities.rank(group.severity(config.severities))
    started = group.started_at or datetime.min.replace(tzinfo=UTC)
    return -rank, group.status is not Status.FIRING, started, each.group_id


def _hushed(each: Waiting, config: Config, now: datetime) -> bool:
    """Whether quiet hours keep it from being told now, by a digest or otherwise."""
    group = each.state.group
    severity = group.severity(config.severities)
    return config.hushed(routing_labels(group), severity, now) is not None


def _worst(each: Waiting, config: Config) -> bool:
    """Whether it fires with the worst severity there is."""
    group = each.state.group
    severities = config.severities
    top = len(severities.names) - 1
    return bool(group.firing) and severities.rank(group.severity(severities)) == top
