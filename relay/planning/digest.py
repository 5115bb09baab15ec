"""What to do next for a storm's digest, so that it accounts for every group in it. Pure.

One message, edited in place, a few seconds after anything changed. It is a new post only once; so
what should wake a person later is a reply that the channel sees, too: groups that join (or fire
again, or get worse) more than half a minute after people were last called, told together, a minute
apart; at once if they are worse than all that was told. In the thread, when the storm pauses: the
list of all groups, in as few replies as Slack's limits allow.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from relay.config.model import Config
from relay.message import View
from relay.message.digest import render_digest, render_list, render_more, render_unlisted
from relay.model.delivered import Accounted, Delivered, Kind
from relay.model.group import Status
from relay.model.storm import Digest, Member
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
    digest: Digest, delivered: Delivered, config: Config, now: datetime
) -> Step | Rest:
    """What the digest needs next, rendered."""
    accounted = delivered.accounted
    plain = render_digest(digest, View(now, config.severities))
    if delivered.message is None:
        return _post(digest, delivered, config, now)
    unheard = [
        member
        for member in digest.members
        if member.firing and member.news > accounted.announced and not member.own
    ]
    hushed = [config.hushed(each.labels, each.severity, now) for each in unheard]
    news = [each for each, until in zip(unheard, hushed, strict=True) if until is None]
    called_at = accounted.woke_at or now
    worse = _rank(news, config) > accounted.worst
    if news and (worse or now >= called_at + CALL_PAUSE):
        return _call(digest, delivered, news, config, now)
    looks = [called_at + CALL_PAUSE] if news else []
    if plain.fingerprint != delivered.fingerprint:
        at = (accounted.edited_at or now) + EDIT_PAUSE
        if now >= at:
            settles = now <= called_at + SETTLES
            announced = digest.storm.count if settles else accounted.announced
            said = replace(accounted, edited_at=now, announced=announced)
            after = _showing(digest, replace(delivered, accounted=said), plain.fingerprint)
            lane = Lane(delivered.message.channel, speaks=False)
            return Step(lane, plain, after, None, delivered.message)
        looks.append(at)
    listing = _listing(digest, delivered, config, now)
    if isinstance(listing, Step):
        return listing
    looks += [listing] if listing else []
    lane = Lane(delivered.message.channel, speaks=False)
    later = [until for until in hushed if until]  # in quiet hours: nothing is owed before
    return Rest(lane, delivered, min(looks + later, default=None), owed=bool(looks))


def _post(digest: Digest, delivered: Delivered, config: Config, now: datetime) -> Step:
    """The digest's message. Also in place of one that is gone: then nobody is called again."""
    accounted = delivered.accounted
    news = [each for each in digest.members if each.firing and each.news > accounted.announced]
    view = View(now, config.severities)
    plain = render_digest(digest, view)
    message = render_digest(digest, replace(view, mention=_mention(news, config, now)))
    said = Accounted(
        woke_at=now,
        edited_at=now,
        announced=digest.storm.count,
        worst=max(accounted.worst, _rank(news, config)),
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


def _listing(
    digest: Digest, delivered: Delivered, config: Config, now: datetime
) -> Step | datetime | None:
    """The next part of the list, or when it is due; None if the thread has it all."""
    accounted, message = delivered.accounted, delivered.message
    left = [member for member in digest.members if member.joined > accounted.listed]
    if not left or accounted.lists > LISTS or message is None:
        return None
    at = digest.storm.joined_at + LIST_AFTER
    if accounted.listed_at:
        at = max(at, accounted.listed_at + LIST_PAUSE)
    if now < at:
        return at
    if accounted.lists == LISTS:
        content = render_unlisted(digest, len(left))
        listed = digest.storm.count
    else:
        before = len(digest.members) - len(left)
        content, count = render_list(left, View(now, config.severities), before)
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
