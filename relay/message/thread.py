"""What a group's thread says beside what joined: what resolved, the whole list, who has to act.

Also the line by which a group's message says that it flaps.
"""

from collections.abc import Sequence, Sized
from dataclasses import replace
from datetime import datetime

from relay.message import limits
from relay.message.blocks import bar, context, mention, mrkdwn, section
from relay.message.escape import prose
from relay.message.lines import detail, line, listed, worst_first
from relay.message.look import EASED, GREEN, RESOLVED, dot, shade
from relay.message.model import Block, Message, View
from relay.message.render import name
from relay.message.shared import Shared
from relay.message.times import lasted
from relay.model.group import Alert, Group
from relay.model.tiers import by_subject, merged, subject

CHUNK = 2_900  # one section of the full list; Slack takes 3,000
CHUNKS = 3  # sections in one reply


def render_resolved(group: Group, alerts: Sequence[Alert], view: View) -> Message:
    """For alerts of a group that resolved, told together a few seconds later.

    One of which a milder tier goes on firing has eased.
    """
    tiers = by_subject(group.firing)
    group = merged(group, view.severities)
    eased = {each.fingerprint: now for each in alerts for now in tiers.get(subject(each), ())}
    over = [alert for alert in alerts if alert.fingerprint not in eased]
    left = f"{len(group.firing):,} still firing" if group.firing else "nothing fires any more"
    told = [f"{RESOLVED} *{_some(over)} resolved*"] if over else []
    told += [f"{EASED} *{_some(eased)} eased*"] if eased else []
    says = " · ".join([*told, left])
    shared = _shared(group)

    def own(alert: Alert) -> str:
        now = eased.get(alert.fingerprint)
        return f"{line(alert, shared)} · now {prose(now.severity, 40)}" if now else ""

    lines = listed(shared, alerts, view.severities, own=own)
    return Message(says.replace("*", ""), [section(mrkdwn(says))], bar(GREEN, [_text(lines)]))


def _some(alerts: Sized) -> str:
    return "1 alert" if len(alerts) == 1 else f"{len(alerts):,} alerts"


def render_full(
    group: Group, alerts: Sequence[Alert], view: View, told: int
) -> tuple[Message, int]:
    """The next alerts of a group whose message cannot show all, and how many this reply names.

    `alerts` are those that no reply named yet, `told` is how many were named before.
    """
    shared, count = _shared(group), 0
    sections: list[Block] = []
    while count < len(alerts) and len(sections) < CHUNKS:
        lines: list[str] = []
        room = CHUNK
        for alert in alerts[count:]:
            shown = f"{dot(alert.severity, view.severities)} {line(alert, shared)}"
            shown = limits.truncate(shown, CHUNK - 1)
            room -= limits.size(shown) + 1
            if room < 0:
                break
            lines.append(shown)
        sections.append(_text("\n".join(lines)))
        count += len(lines)
    title = f"Alerts {told + 1:,} to {told + count:,} of {told + len(alerts):,}"
    return Message(title, [section(mrkdwn(f"*{title}*")), *sections], []), count


def render_rest(left: int) -> Message:
    """Where the others are, when the thread has as many lists as it can bear."""
    told = f"{left:,} more alerts: on the relay's page"
    return Message(told, [context(told)], [])


def render_escalated(group: Group, since: datetime, view: View) -> Message:
    """Nobody acknowledged it: the next to be called. `since` is when the first were."""
    waited = lasted(since, view.now)
    severity = group.severity(view.severities)
    whose = " ".join(filter(None, [prose(severity, 30), f"· {_name(group)}"]))
    told = f"⏫ *Not acknowledged* for {waited} · {dot(severity, view.severities)} {whose}"
    wakes = limits.truncate(view.mention.strip(), limits.MENTION)
    top = [section(mrkdwn(told)), *([mention(wakes)] if wakes else [])]
    shared = _shared(group)
    lines = listed(shared, group.firing, view.severities, 1_000)
    worst = worst_first(group.firing, view.severities)[:1]
    says = [prose(detail(alert, shared), 300) for alert in worst]
    text = " ".join(filter(None, [wakes, told.replace("*", ""), *(f"— {it}" for it in says if it)]))
    return Message(
        text, top, bar(shade(severity, view.severities), [_text(lines)] if lines else [])
    )


def with_flapping(message: Message, fired: Sequence[datetime]) -> Message:
    """The group's message, saying that it fires again and again."""
    often = lasted(fired[0], fired[-1])
    told = f"🔁 *Flapping*: fired {len(fired)} times in {often}. No new message until it is calm."
    top = [*message.blocks[:1], context(told), *message.blocks[1:]]
    text = f"{message.text} — flapping: fired {len(fired)} times in {often}"
    return replace(message, text=text, blocks=top)


def shows_all(message: Message) -> bool:
    """Whether a group's message names each of its alerts."""
    return not any("more_" in str(part) for part in (*message.blocks, *message.attachments))


def _text(text: str) -> Block:
    return section(mrkdwn(text))


def _shared(group: Group) -> Shared:
    return replace(Shared.of(group), annotations={})


def _name(group: Group) -> str:
    return prose(name(group), limits.NAME)
