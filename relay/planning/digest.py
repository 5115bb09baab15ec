"""What to do next for a storm's digest, so that it accounts for every group in it. Pure.

One message, edited in place, a few seconds after anything changed. It is a new post only once; so
what should wake a person later is a reply that the channel sees, too: groups that join (or fire
again, or get worse) more than half a minute after people were last called, told together, a minute
apart; at once if they are worse than all that was told. In the thread, when the storm pauses: the
list of all groups, in as few replies as Slack's limits allow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from relay.config.model import Config
from relay.message import Message, View
from relay.message.digest import render_digest
from relay.message.digestthread import render_list, render_more, render_unheard, render_unlisted
from relay.model.delivered import Accounted, Delivered, Kind
from relay.model.group import Status
from relay.model.standing import Standing
from relay.model.storm import Digest, Member
from relay.planning.digestcalls import Unheard, due_call, looked_after
from relay.planning.next import Rest, Step
from relay.planning.plan import Lane

EDIT_PAUSE = timedelta(seconds=3)
"""Slack takes 50 edits a minute for the workspace: a digest takes less than half of them."""

SETTLES = timedelta(seconds=30)
"""What joins so soon after a call belongs to what people were called for: an edit shows it."""

CALL_PAUSE = timedelta(seconds=60)
LIST_AFTER = timedelta(seconds=10)  # of quiet
LIST_PAUSE = timedelta(seconds=2)
LISTS = 12


def next_for_digest(
    digest: Digest,
    delivered: Delivered,
    config: Config,
    now: datetime,
    standings: Mapping[str, Standing] = MappingProxyType({}),
) -> Step | Rest:
    """What the digest needs next, rendered. `standings` are those of all groups."""
    accounted = delivered.accounted
    handled = looked_after(digest, standings)
    view = View(
        now,
        config.severities,
        group_id=digest.storm.id if config.interactive else "",
        page=f"{config.page}/digests/{digest.storm.id}" if config.page else "",
    )
    plain = render_digest(digest, view, handled)
    if delivered.message is None:
        return _post(digest, delivered, config, view, handled)
    news, hushed = _unheard(digest, accounted, config, now)
    called_at = accounted.woke_at or now
    worse = _rank(news, config) > accounted.worst
    if news and (worse or now >= called_at + CALL_PAUSE):
        return _call(digest, delivered, news, config, now)
    next_call = due_call(digest, accounted, config, handled, now)
    if next_call and next_call.due_at <= now:
        return _escalate(delivered, next_call, view, handled)
    looks = [called_at + CALL_PAUSE] if news else []
    if plain.fingerprint != delivered.fingerprint:
        at = (accounted.edited_at or now) + EDIT_PAUSE
        if now >= at:
            return _edit(digest, delivered, plain, called_at, now)
        looks.append(at)
    listing = _listing(digest, delivered, view)
    if isinstance(listing, Step):
        return listing
    looks += [listing] if listing else []
    lane = Lane(delivered.message.channel, speaks=False)
    later = [*hushed, *([next_call.due_at] if next_call else [])]  # nothing is owed before
    return Rest(lane, delivered, min(looks + later, default=None), owed=bool(looks))


def _unheard(
    digest: Digest, accounted: Accounted, config: Config, now: datetime
) -> tuple[list[Member], list[datetime]]:
    """Whose news people have yet to hear: those to be told now, and when quiet hours end for the
    others."""
    news: list[Member] = []
    hushed: list[datetime] = []
    for member in digest.members:
        if member.firing and member.news > accounted.announced and not member.own:
            if until := config.hushed(member.labels, member.severity, now):
                hushed.append(until)
            else:
                news.append(member)
    return news, hushed


def _edit(
    digest: Digest, delivered: Delivered, plain: Message, called_at: datetime, now: datetime
) -> Step:
    assert delivered.message  # noqa: S101 - there is something to edit; for the type checker
    accounted = delivered.accounted
    settles = now <= called_at + SETTLES
    announced = digest.storm.count if settles else accounted.announced
    said = replace(accounted, edited_at=now, announced=announced)
    after = _showing(digest, replace(delivered, accounted=said), plain.fingerprint)
    lane = Lane(delivered.message.channel, speaks=False)
    return Step(lane, plain, after, None, delivered.message)


def _post(
    digest: Digest,
    delivered: Delivered,
    config: Config,
    view: View,
    handled: Mapping[str, Standing],
) -> Step:
    """The digest's message. Also in place of one that is gone: then nobody is called again."""
    accounted, now = delivered.accounted, view.now
    news = [each for each in digest.members if each.firing and each.news > accounted.announced]
    plain = render_digest(digest, view, handled)
    mention = _mention(news, config, now)
    message = render_digest(digest, replace(view, mention=mention), handled)
    said = Accounted(
        woke_at=now,
        edited_at=now,
        announced=digest.storm.count,
        worst=max(accounted.worst, _rank(news, config)),
        escalated=accounted.escalated,
        escalated_from=accounted.escalated_from,
    )
    after = _showing(digest, replace(delivered, accounted=said), plain.fingerprint)
    return Step(Lane(digest.storm.channel, speaks=True), message, after, Kind.POST, None)


def _call(
    digest: Digest, delivered: Delivered, news: list[Member], config: Config, now: datetime
) -> Step:
    """A reply that the channel sees: what joined since people were last called."""
    assert delivered.message  # noqa: S101 - there is a thread to reply in; for the type checker
    message = render_more(news, View(now, config.severities, _mention(news, config, now)))
    accounted = delivered.accounted
    said = replace(
        accounted,
        woke_at=now,
        announced=digest.storm.count,
        worst=max(accounted.worst, _rank(news, config)),
    )
    lane = Lane(delivered.message.channel, speaks=True)
    after = replace(delivered, accounted=said)
    return Step(lane, message, after, Kind.BROADCAST, delivered.message)


def _escalate(
    delivered: Delivered, due: Unheard, view: View, handled: Mapping[str, Standing]
) -> Step:
    assert delivered.message  # noqa: S101 - there is a thread to reply in; for the type checker
    message = render_unheard(due.members, due.since, replace(view, mention=due.mention), handled)
    said = replace(delivered.accounted, escalated=due.step, escalated_from=due.since)
    lane = Lane(delivered.message.channel, speaks=True)
    after = replace(delivered, accounted=said)
    return Step(lane, message, after, Kind.BROADCAST, delivered.message)


def _listing(digest: Digest, delivered: Delivered, view: View) -> Step | datetime | None:
    """The next part of the list, or when it is due; None if the thread has it all."""
    now, accounted, message = view.now, delivered.accounted, delivered.message
    left = [member for member in digest.members if member.joined > accounted.listed]
    if not left or accounted.lists > LISTS or message is None:
        return None
    at = digest.storm.joined_at + LIST_AFTER
    if accounted.listed_at:
        at = max(at, accounted.listed_at + LIST_PAUSE)
    if now < at:
        return at
    if accounted.lists == LISTS:
        content = render_unlisted(digest, len(left), view)
        listed = digest.storm.count
    else:
        before = len(digest.members) - len(left)
        if digest.storm.wave:  # each of them has, so it says nothing
            left = [replace(member, own=False) for member in left]
        content, count = render_list(left, view, before)
        listed = left[count - 1].joined
    said = replace(accounted, listed=listed, listed_at=now, lists=accounted.lists + 1)
    lane = Lane(message.channel, speaks=True, note=True)
    return Step(lane, content, replace(delivered, accounted=said), Kind.REPLY, message)


def _showing(digest: Digest, delivered: Delivered, fingerprint: str) -> Delivered:
    fires = any(member.firing for member in digest.members)
    shown = Status.FIRING if fires else Status.RESOLVED
    return replace(delivered, fingerprint=fingerprint, shown=shown)


def _rank(members: Iterable[Member], config: Config) -> int:
    return max((config.severities.rank(member.severity) for member in members), default=-2)


def _mention(members: list[Member], config: Config, now: datetime) -> str:
    """Whom the routes of the worst of these groups mention, each once."""
    worst = _rank(members, config)
    mentions: dict[str, None] = {}
    for member in members:
        if config.severities.rank(member.severity) == worst:
            mention = config.route_for(member.labels).mentioned(member.severity, now)
            mentions.update({mention: None} if mention else {})
    return " ".join(mentions)
