"""What a storm's digest says in its thread: who joined, the list of all, who has to act."""

from collections.abc import Sequence
from datetime import datetime

from relay.message import limits
from relay.message.blocks import bar, context, mention, mrkdwn, section
from relay.message.digestlines import (
    Standings,
    common,
    line,
    place,
    some_groups,
    worst_first,
    worst_groups,
)
from relay.message.escape import prose
from relay.message.look import dot, shade
from relay.message.model import Message, View
from relay.message.times import lasted
from relay.model.storm import Digest, Member

CHUNK = 2_900  # one section of the full list; Slack takes 3,000
CHUNKS = 3  # sections in one reply


def render_more(members: Sequence[Member], view: View) -> Message:
    """For groups that joined a storm, or got worse, after people were told of it."""
    severities = view.severities
    worst = severities.worst(member.severity for member in members)
    wakes = limits.truncate(view.mention.strip(), limits.MENTION)
    told = f"{dot(worst, severities)} *{some_groups(len(members), 'more ')}* in this storm"
    blocks = [section(mrkdwn(told)), *([mention(wakes)] if wakes else [])]
    lines = section(mrkdwn(worst_groups(members, severities)))
    names = prose(", ".join(dict.fromkeys(member.name for member in members)), 300)
    text = " ".join(filter(None, [wakes, told.replace("*", "") + ":", names]))
    return Message(text, blocks, bar(shade(worst, severities), [lines]))


def render_list(members: Sequence[Member], view: View, listed: int) -> tuple[Message, int]:
    """The next of the groups that a digest stands for, and how many this reply names.

    `members` are those that no reply named yet, `listed` is how many were named before.
    """
    sections: list[str] = []
    same, count = common(members), 0
    while count < len(members) and len(sections) < CHUNKS:
        lines: list[str] = []
        room = CHUNK
        for member in members[count:]:
            told = line(member, view.severities, same=same)
            room -= limits.size(told) + 1
            if room < 0:
                break
            lines.append(told)
        sections.append("\n".join(lines))
        count += len(lines)
    told = f"Groups {listed + 1} to {listed + count} of {listed + len(members)}"
    blocks = [section(mrkdwn(f"*{told}*")), *(section(mrkdwn(text)) for text in sections)]
    return Message(told, blocks, []), count


def render_unlisted(digest: Digest, left: int, view: View) -> Message:
    """Where the rest is, when the thread has as many lists as it can bear."""
    told = f"{some_groups(left, 'more ')} {place(digest, view)}"
    return Message(told, [context(told)], [])


def render_unheard(
    members: Sequence[Member], since: datetime, view: View, standings: Standings
) -> Message:
    """Nobody acknowledged these groups: the next to be called. `since` is when the first were."""
    waited, severities = lasted(since, view.now), view.severities
    worst = severities.worst(member.severity for member in members)
    some = f"{dot(worst, severities)} {some_groups(len(members))} firing"
    told = f"⏫ *Not acknowledged* for {waited} · {some}"
    wakes = limits.truncate(view.mention.strip(), limits.MENTION)
    top = [section(mrkdwn(told)), *([mention(wakes)] if wakes else [])]
    lines = section(mrkdwn(worst_groups(members, severities, standings)))
    names = prose(
        ", ".join(dict.fromkeys(each.name for each in worst_first(members, severities))), 300
    )
    text = " ".join(filter(None, [wakes, told.replace("*", "") + ":", names]))
    return Message(text, top, bar(shade(worst, severities), [lines]))
