"""A storm's digest: one message that accounts for many groups, the worst first, and its replies.

Nothing depends on the time of rendering, or every look at an unchanged storm would be an edit.
"""

from collections import Counter
from collections.abc import Sequence

from relay.message import limits
from relay.message.blocks import bar, context, header, mention, mrkdwn, section
from relay.message.escape import plain, prose
from relay.message.lines import chips
from relay.message.look import GREEN, RESOLVED, dot, shade
from relay.message.model import Block, Message, View
from relay.message.times import lasted, moment
from relay.model.group import Severities
from relay.model.storm import Digest, Member

NAMES = 2_500  # the counts by alert
WORST = 2_500  # the worst groups, one by one
CHUNK = 2_900  # one section of the full list; Slack takes 3,000
CHUNKS = 3  # sections in one reply
_NAMES_SHOWN = 20
_GROUPS_SHOWN = 10
_CHIPS = 4


def render_digest(digest: Digest, view: View) -> Message:
    """The digest's message, for its first post and for each edit after it."""
    members, severities = digest.members, view.severities
    firing = [member for member in members if member.firing]
    wakes = limits.truncate(view.mention.strip(), limits.MENTION)
    worst = severities.worst(member.severity for member in firing)
    top = [header(limits.truncate(plain(_title(digest, worst, severities), 300), limits.HEADER))]
    if wakes:
        top.append(mention(wakes))
    top.append(section(mrkdwn(_counts(members, severities))))
    below: list[Block] = [section(mrkdwn(_by_name(members, severities)))]
    if firing:
        below.append(section(mrkdwn(_worst_groups(firing, severities))))
    below.append(context(_when(digest), _where(digest)))
    told = [wakes, _title(digest, worst, severities) + ".", _plain_counts(members, severities)]
    colour = shade(worst, severities) if firing else GREEN
    return Message(" ".join(filter(None, told)), top, bar(colour, below))


def render_more(members: Sequence[Member], view: View) -> Message:
    """For groups that joined a storm, or got worse, after people were told of it."""
    severities = view.severities
    worst = severities.worst(member.severity for member in members)
    wakes = limits.truncate(view.mention.strip(), limits.MENTION)
    told = f"{dot(worst, severities)} *{_groups(len(members), 'more ')}* in this storm"
    blocks = [section(mrkdwn(told)), *([mention(wakes)] if wakes else [])]
    lines = section(mrkdwn(_worst_groups(members, severities)))
    names = prose(", ".join(dict.fromkeys(member.name for member in members)), 300)
    text = " ".join(filter(None, [wakes, told.replace("*", "") + ":", names]))
    return Message(text, blocks, bar(shade(worst, severities), [lines]))


def render_list(members: Sequence[Member], view: View, listed: int) -> tuple[Message, int]:
    """The next of the groups that a digest stands for, and how many this reply names.

    `members` are those that no reply named yet, `listed` is how many were named before.
    """
    sections: list[str] = []
    count = 0
    while count < len(members) and len(sections) < CHUNKS:
        lines: list[str] = []
        room = CHUNK
        for member in members[count:]:
            line = _line(member, view.severities)
            room -= limits.size(line) + 1
            if room < 0:
                break
            lines.append(line)
        sections.append("\n".join(lines))
        count += len(lines)
    told = f"Groups {listed + 1} to {listed + count} of {listed + len(members)}"
    blocks = [section(mrkdwn(f"*{told}*")), *(section(mrkdwn(text)) for text in sections)]
    return Message(f"{told} in this storm", blocks, []), count


def render_unlisted(digest: Digest, left: int) -> Message:
    """Where the rest is, when the thread has as many lists as it can bear."""
    told = f"{_groups(left, 'more ')} on the relay's page: {_path(digest)}"
    return Message(told, [context(told)], [])


def worst_first(members: Sequence[Member], severities: Severities) -> list[Member]:
    """Firing before resolved, the most severe first, then in the order in which they joined."""
    return sorted(
        members,
        key=lambda each: (
            not each.firing,
            -severities.rank(each.severity),
            each.severity,
            each.joined,
        ),
    )


def _title(digest: Digest, worst: str, severities: Severities) -> str:
    members = digest.members
    firing = sum(member.firing for member in members)
    if not firing:
        return f"{RESOLVED} RESOLVED · storm of {_groups(len(members))}"
    some = _groups(firing) if firing == len(members) else f"{firing} of {_groups(len(members))}"
    return f"{dot(worst, severities)} STORM · {some} firing"


def _groups(count: int, which: str = "") -> str:
    return f"{count:,} {which}{'group' if count == 1 else 'groups'}"


def _severities(members: Sequence[Member], severities: Severities) -> list[tuple[str, int]]:
    """Severity and number of those that fire, the worst first."""
    counted = Counter(member.severity for member in members if member.firing)
    return sorted(counted.items(), key=lambda pair: (-severities.rank(pair[0]), pair[0]))


def _counts(members: Sequence[Member], severities: Severities) -> str:
    parts = [
        f"{dot(severity, severities)} *{count:,}* {prose(severity, 40) or 'without severity'}"
        for severity, count in _severities(members, severities)[:_NAMES_SHOWN]
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


def _by_name(members: Sequence[Member], severities: Severities) -> str:
    """A line per alert, the worst first, then the most frequent."""
    named: dict[str, list[Member]] = {}
    for member in members:
        named.setdefault(member.name, []).append(member)

    def place(pair: tuple[str, list[Member]]) -> tuple[bool, int, int, str]:
        firing = [each for each in pair[1] if each.firing]
        rank = max((severities.rank(each.severity) for each in firing), default=-2)
        return not firing, -rank, -len(firing or pair[1]), pair[0]

    ordered = sorted(named.items(), key=place)
    lines = [_name_line(name, some, severities) for name, some in ordered[:_NAMES_SHOWN]]
    beyond = len(ordered) - len(lines)
    return limits.fit_lines(lines, NAMES, lambda left: f"_+{left} more alerts_", beyond=beyond)


def _name_line(name: str, members: Sequence[Member], severities: Severities) -> str:
    firing = [member for member in members if member.firing]
    worst = severities.worst(member.severity for member in firing)
    mark = dot(worst, severities) if firing else RESOLVED
    resolved = len(members) - len(firing)
    counts = [f"{len(firing):,} firing"] if firing else []
    counts += [f"{resolved:,} resolved"] if resolved else []
    return f"{mark} *{prose(name, 80) or 'alert without a name'}* — {', '.join(counts)}"


def _worst_groups(members: Sequence[Member], severities: Severities) -> str:
    ordered = worst_first(members, severities)
    lines = [_line(member, severities) for member in ordered[:_GROUPS_SHOWN]]
    beyond = len(ordered) - len(lines)
    return limits.fit_lines(lines, WORST, lambda left: f"_+{left:,} more_", beyond=beyond)


def _line(member: Member, severities: Severities) -> str:
    """One group in few words."""
    mark = dot(member.severity, severities) if member.firing else RESOLVED
    shown = chips(member.labels)[:_CHIPS]
    alerts = f" ({member.alerts:,})" if member.alerts > 1 else ""
    name = prose(member.name, 80) or "alert without a name"
    own = " · has its own message" if member.own else ""
    return " ".join([f"{mark} *{name}*{alerts}", *shown]) + own


def _when(digest: Digest) -> str:
    members, storm = digest.members, digest.storm
    since = min((each.started_at for each in members if each.started_at), default=storm.opened_at)
    if any(member.firing for member in members):
        return f"Since {moment(since)}"
    ends = [member.ended_at for member in members if member.ended_at]
    until = max(ends, default=None)
    duration = lasted(since, until)
    return (f"Lasted {duration} · " if duration else "") + moment(since)


def _where(digest: Digest) -> str:
    own = sum(member.own for member in digest.members)
    some = (
        f"{_groups(own)} with a message of {'its' if own == 1 else 'their'} own · " if own else ""
    )
    return f"{some}all of them: in the thread, and on the relay's page: {_path(digest)}"


def _path(digest: Digest) -> str:
    return f"`/digests/{digest.storm.id}`"
