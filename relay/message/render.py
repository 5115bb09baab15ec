"""A group as its main Slack message.

Above: what an on-call person reads on a phone at night (state, severity, name, what is wrong).
Below, beside a coloured bar: since when and where, the alerts, where to look. Nothing depends on
the time of rendering, or every look at an unchanged group would be an edit.
"""

from collections.abc import Callable

from relay.group import Group, Status
from relay.message import limits
from relay.message.blocks import bar, context, header, mention, mrkdwn, plain_text, section
from relay.message.buttons import act, linked
from relay.message.escape import flat, paragraph, plain, prose
from relay.message.lines import Shared, chips, detail, listed, named, worst_first
from relay.message.links import links
from relay.message.look import RESOLVED, colour, state
from relay.message.model import Block, Message, View
from relay.message.times import lasted, moment

_COMMON_LABELS = 12
_GAP = "  ·  "


def render(group: Group, view: View) -> Message:
    """The group's main message, for its first post and for each edit after it."""
    shared = Shared.of(group)
    wakes = limits.truncate(view.mention.strip(), limits.MENTION)
    top = [header(limits.truncate(_title(group, view, plain), limits.HEADER))]
    if wakes:
        top.append(mention(wakes))
    if says := paragraph(summary(shared), limits.SUMMARY, lines=4):
        top.append(section(plain_text(says)))
    top += act(group, view)
    below = [context(*_when_and_where(group, shared))]
    if group.status is Status.RESOLVED:
        below += _resolved_details(group, shared, view)
    else:
        below += _firing_details(group, shared, view)
    text = " ".join(filter(None, [wakes, _fallback(group, shared, view)]))
    return Message(text, top, bar(colour(group, view.severities), below))


def name(group: Group) -> str:
    """What the group is called, neither cut nor escaped, never empty."""
    return flat(group.name) or "alert without a name"


def summary(shared: Shared) -> str:
    """What is wrong with all alerts of the group alike, "" when each has its own to say."""
    said = shared.annotations.get("summary", "")
    if flat(said) or flat(shared.annotations.get("description", "")):
        return said
    value = flat(shared.annotations.get("value", ""))
    return f"value {value}" if value else ""


def _title(group: Group, view: View, escape: Callable[[str, int], str]) -> str:
    """State, severity, name and number of alerts: "🔴 FIRING critical · HostCpuHigh (3)"."""
    emoji, word = state(group, view.severities)
    severity = escape(group.severity(view.severities), 30)
    named = f"· {escape(name(group), limits.TITLE_NAME)}{_count(group)}"
    return " ".join(filter(None, [emoji, word, severity, named]))


def _count(group: Group) -> str:
    known = len(group.firing or group.alerts)
    if group.hidden:
        return f" ({known} + {group.hidden} unknown)"
    return f" ({known})" if known > 1 else ""


def _fallback(group: Group, shared: Shared, view: View) -> str:
    """What a notification or a screen reader says in place of the blocks."""
    where = ", ".join(
        f"{key}={shared.labels[key]}"
        for key in [*sorted(group.group_labels), *sorted(shared.labels.keys() - group.group_labels)]
        if key in shared.labels and key not in {"alertname", "severity"}
    )
    worst = worst_first(group.firing, view.severities)
    says = summary(shared) or (detail(worst[0], shared) if worst else "")
    parts = [_title(group, view, prose), prose(says, 300), prose(where, 150), _counts(group)]
    return " — ".join(part for part in parts if part)


def _counts(group: Group) -> str:
    counts = []
    if len(group.alerts) > 1:
        pairs = ((len(group.firing), "firing"), (len(group.resolved), "resolved"))
        counts = [f"{number} {word}" for number, word in pairs if number]
    if group.hidden:
        counts.append(f"{group.hidden} left out by Alertmanager, their state is not known")
    return ", ".join(counts)


def _when_and_where(group: Group, shared: Shared) -> list[str]:
    labels = chips(shared.labels, first=sorted(group.group_labels))
    shown = limits.fit_lines(
        labels[:_COMMON_LABELS],
        limits.LABELS,
        lambda left: f"+{left} more labels",
        separator="  ",
        beyond=len(labels[_COMMON_LABELS:]),
    )
    return [text for text in (_when(group), shown) if text]


def _when(group: Group) -> str:
    start, end = group.started_at, group.ended_at
    if start is None:
        return "No alert is known"
    if group.status is Status.FIRING:
        return f"{'Firing since' if group.firing else 'Started'} {moment(start)}"
    duration = lasted(start, end)
    told = f"Lasted {duration}" if duration else "Over"
    return f"{told}{_GAP}{moment(start)}" + (f" → {moment(end)}" if end else "")


def _firing_details(group: Group, shared: Shared, view: View) -> list[Block]:
    below: list[Block] = []
    description = paragraph(shared.annotations.get("description", ""), limits.DESCRIPTION)
    if description and description != paragraph(summary(shared), limits.DESCRIPTION):
        below.append(section(plain_text(description)))
    if group.firing and (len(group.alerts) > 1 or group.hidden):
        below.append(section(mrkdwn(listed(shared, group.firing, view.severities))))
    if group.resolved:
        below.append(_resolved_line(group, shared, view))
    if group.hidden:
        below.append(section(mrkdwn(_hidden_notice(group))))
    return below + _where_to_look(group, view)


def _resolved_details(group: Group, shared: Shared, view: View) -> list[Block]:
    """Short: which alerts it was, in one line, and where to look back."""
    several = [_resolved_line(group, shared, view)] if len(group.alerts) > 1 else []
    return several + _where_to_look(group, view)


def _resolved_line(group: Group, shared: Shared, view: View) -> Block:
    start = f"{RESOLVED} {len(group.resolved)} resolved: "
    room = limits.RESOLVED - limits.size(start)
    return context(start + named(shared, group.resolved, view.severities, room))


def _hidden_notice(group: Group) -> str:
    """Alertmanager leaves alerts out of the payload past the receiver's `max_alerts`."""
    some = "1 alert" if group.hidden == 1 else f"{group.hidden} alerts"
    return f"⚠️ Alertmanager left out *{some}* of this group: whether they fire is not known."


def _where_to_look(group: Group, view: View) -> list[Block]:
    alerts = worst_first(group.firing or group.alerts, view.severities)
    where = links(alerts, linked(group, view))
    return [context(where)] if where else []
