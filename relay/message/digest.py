"""A storm's digest: one message that accounts for many groups, the worst first, and its replies.

Nothing depends on the time of rendering, or every look at an unchanged storm would be an edit.
"""

from collections import Counter
from collections.abc import Sequence
from types import MappingProxyType

from relay.message import limits
from relay.message.blocks import bar, context, header, mention, mrkdwn, section
from relay.message.buttons import ACKNOWLEDGE, SILENCE_DIALOG, acknowledged_line, button
from relay.message.digestlines import (
    Standings,
    by_name,
    common,
    place,
    some_groups,
    worst_first,
    worst_groups,
    worst_lines,
)
from relay.message.escape import plain, prose
from relay.message.lines import chips
from relay.message.look import GREEN, RESOLVED, dot, shade
from relay.message.model import Block, Message, View
from relay.message.times import lasted, moment
from relay.model.group import Severities
from relay.model.standing import Acknowledged
from relay.model.storm import Digest, Member

_SEVERITIES_SHOWN = 20
_SAME = 6  # labels that all groups share


def render_digest(
    digest: Digest, view: View, standings: Standings = MappingProxyType({})
) -> Message:
    """The digest's message, for its first post and for each edit after it.

    `view.group_id` is the storm's, where clicks can reach us. `standings`: who looks after which
    group.
    """
    members, severities = digest.members, view.severities
    firing = [member for member in members if member.firing]
    wakes = limits.truncate(view.mention.strip(), limits.MENTION)
    worst = severities.worst(member.severity for member in firing)
    top = [header(limits.truncate(plain(_title(digest, worst, severities), 300), limits.HEADER))]
    if wakes:
        top.append(mention(wakes))
    top.append(section(mrkdwn(_counts(members, severities))))
    top += _acting(digest, view)
    below: list[Block] = [section(mrkdwn(by_name(members, severities)))]
    if firing:
        below += _worst(firing, view, standings)
    below.append(context(_when(digest), *_same(firing), _where(digest, view)))
    told = [wakes, _title(digest, worst, severities) + ".", _plain_counts(members, severities)]
    colour = shade(worst, severities) if firing else GREEN
    return Message(" ".join(filter(None, told)), top, bar(colour, below))


def _acting(digest: Digest, view: View) -> list[Block]:
    """Who looks after all of it; a button to do so, while some have no message of their own."""
    storm = digest.storm
    alone = [member for member in digest.members if member.firing and not member.own]
    if not alone:
        return []
    blocks: list[Block] = []
    if storm.acknowledged_at:
        later = sum(member.joined > storm.acknowledged for member in alone)
        more = f" · not the {later:,} that joined since" if later else ""
        told = acknowledged_line(Acknowledged(storm.acknowledged_by, storm.acknowledged_at))
        blocks.append(context(told + more))
        if not later:
            return blocks
    if view.group_id:
        pressed = button(ACKNOWLEDGE, "Acknowledge all", view.group_id, style="primary")
        blocks.append({"type": "actions", "elements": [pressed]})
    return blocks


def _worst(firing: Sequence[Member], view: View, standings: Standings) -> list[Block]:
    """The worst groups; where clicks can reach us, each that has no message with a button."""
    if not view.group_id:
        return [section(mrkdwn(worst_groups(firing, view.severities, standings)))]
    shown, left = worst_lines(firing, view.severities, standings)
    blocks = [section(mrkdwn(told)) | _silencing(member) for member, told in shown]
    return [*blocks, *([context(f"_+{left:,} more_")] if left else [])]


def _silencing(member: Member) -> Block:
    if member.own:
        return {}
    return {"accessory": button(SILENCE_DIALOG, "Silence…", member.group_id)}


def _title(digest: Digest, worst: str, severities: Severities) -> str:
    members = digest.members
    firing = sum(member.firing for member in members)
    if digest.storm.wave:
        some = f"{len(members) - firing:,} of {some_groups(len(members))}" if firing else ""
        return f"{RESOLVED} RESOLVED · {some or some_groups(len(members))}"
    if not firing:
        return f"{RESOLVED} RESOLVED · storm of {some_groups(len(members))}"
    some = (
        some_groups(firing)
        if firing == len(members)
        else f"{firing} of {some_groups(len(members))}"
    )
    return f"{dot(worst, severities)} STORM · {some} firing"


def _severities(members: Sequence[Member], severities: Severities) -> list[tuple[str, int]]:
    """Severity and number of those that fire, the worst first."""
    counted = Counter(member.severity for member in members if member.firing)
    return sorted(counted.items(), key=lambda pair: (-severities.rank(pair[0]), pair[0]))


def _counts(members: Sequence[Member], severities: Severities) -> str:
    parts = [
        f"{dot(severity, severities)} *{count:,}* {prose(severity, 40) or 'without severity'}"
        for severity, count in _severities(members, severities)[:_SEVERITIES_SHOWN]
    ]
    resolved = sum(not member.firing for member in members)
    if resolved:
        parts.append(f"{RESOLVED} *{resolved:,}* resolved")
    return limits.fit_lines(parts, 2_000, lambda left: f"+{left} more", separator="  ·  ")


def _plain_counts(members: Sequence[Member], severities: Severities) -> str:
    parts = [
        f"{count:,} {prose(severity, 40) or 'without severity'}"
        for severity, count in _severities(members, severities)[:5]
    ]
    resolved = sum(not member.firing for member in members)
    if resolved:
        parts.append(f"{resolved:,} resolved")
    names = Counter(member.name for member in worst_first(members, severities))
    most = ", ".join(f"{prose(name, 60)} ({count:,})" for name, count in list(names.items())[:3])
    return f"{', '.join(parts)} — {most}"


def _when(digest: Digest) -> str:
    members, storm = digest.members, digest.storm
    since = min((each.started_at for each in members if each.started_at), default=storm.opened_at)
    if any(member.firing for member in members):
        return f"Since {moment(since)}"
    ends = [member.ended_at for member in members if member.ended_at]
    until = max(ends, default=None)
    duration = lasted(since, until)
    return (f"Lasted {duration} · " if duration else "") + moment(since)


def _same(firing: Sequence[Member]) -> list[str]:
    """What all of them share, and no line says."""
    shared = chips(common(firing))[:_SAME]
    return ["  ".join(shared)] if shared else []


def _where(digest: Digest, view: View) -> str:
    own = 0 if digest.storm.wave else sum(member.own for member in digest.members)
    some = (
        f"{some_groups(own)} with a message of {'its' if own == 1 else 'their'} own · "
        if own
        else ""
    )
    return f"{some}all of them: in the thread, and {place(digest, view)}"
