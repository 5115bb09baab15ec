"""A group as its main Slack message.

Above: what an on-call person reads on a phone at night (state, severity, name, what is wrong).
Below, beside a coloured bar: since when and where, the alerts, where to look. Nothing depends on
the time of rendering, or every look at an unchanged group would be an edit.
"""

from collections.abc import Callable
from dataclasses import replace

from relay.message import limits
from relay.message.alike import alike
from relay.message.blocks import (
    bar,
    context,
    fields,
    header,
    image,
    mention,
    mrkdwn,
    plain_text,
    section,
)
from relay.message.buttons import act, linked
from relay.message.census import census
from relay.message.escape import flat, paragraph, plain, prose
from relay.message.facts import OWNER, common_measure, facts, owner
from relay.message.lines import chips, detail, line, listed, named, worst_first
from relay.message.links import links, picture_url
from relay.message.look import RESOLVED, colour, state
from relay.message.model import Block, Message, View
from relay.message.shared import Shared
from relay.message.template import TemplateError
from relay.message.times import lasted, moment
from relay.message.wording import Wording, failure, wording
from relay.model.group import Alert, Group, Status
from relay.model.tiers import merged

_COMMON_LABELS = 12
_GAP = "  ·  "


def render(group: Group, view: View) -> Message:
    """The group's main message, for its first post and for each edit after it.

    Tiers of one thing are one alert in it. When the template of `view` fails, the message is worded
    as without it, and says so.
    """
    group = merged(group, view.severities)
    shared = Shared.of(group)
    if not group.hidden:
        shared = replace(shared, alike=alike(group.firing or group.alerts, shared))
    ordered = (
        *worst_first(group.firing, view.severities),
        *worst_first(group.resolved, view.severities),
    )
    try:
        return _render(group, view, shared, wording(group, ordered, shared, view))
    except TemplateError as error:
        called = view.template.name if view.template else ""
        message = _render(group, view, shared, Wording(), failure(called, error))
        return replace(message, problem=f"{called}: {error}")


def _render(group: Group, view: View, shared: Shared, words: Wording, note: str = "") -> Message:
    wakes = limits.truncate(view.mention.strip(), limits.MENTION)
    title = limits.truncate(_title(group, view, plain), limits.HEADER)
    top = [header(words.worded("title", title))]
    if wakes:
        top.append(mention(wakes))
    top += _summary(shared, words)
    top += act(group, view)
    below = _facts(group, shared)
    if group.status is Status.RESOLVED:
        below += _resolved_details(group, shared, view)
    else:
        below += _firing_details(group, shared, view, words)
    below += _where_to_look(group, view, words)
    if note:
        below.append(context(note))
    text = words.worded("text", limits.truncate(_fallback(group, shared, view), limits.TEXT))
    told = " ".join(filter(None, [wakes, text]))
    return Message(told, top, bar(colour(group, view.severities), below))


def _summary(shared: Shared, words: Wording) -> list[Block]:
    """Plain text, in which nothing is formatted; as mrkdwn only where a template words it."""
    said = summary(shared) or shared.alike
    if words.words("summary"):
        own = words.worded("summary", prose(said, limits.SUMMARY))
        return [section(mrkdwn(own))] if own else []
    told = paragraph(said, limits.SUMMARY, lines=4)
    return [section(plain_text(told))] if told else []


def name(group: Group) -> str:
    """What the group is called, neither cut nor escaped, never empty."""
    return flat(group.name) or "alert without a name"


def summary(shared: Shared) -> str:
    """What is wrong with all alerts of the group alike, "" when each has its own to say."""
    return shared.annotations.get("summary", "")


def _title(group: Group, view: View, escape: Callable[[str, int], str]) -> str:
    """State, severity, name and number of alerts: "🔴 FIRING critical · HostCpuHigh (3)"."""
    emoji, word = state(group, view.severities)
    severity = escape(group.severity(view.severities), 30)
    named = f"· {escape(name(group), limits.TITLE_NAME)}{_count(group)}"
    return " ".join(filter(None, [emoji, word, severity, named]))


def _count(group: Group) -> str:
    known = len(group.firing or group.alerts)
    if group.hidden:
        return f" ({known:,} + {group.hidden:,} unknown)"
    return f" ({known:,})" if known > 1 else ""


def _fallback(group: Group, shared: Shared, view: View) -> str:
    """What a notification or a screen reader says in place of the blocks."""
    where = ", ".join(
        f"{key}={shared.labels[key]}"
        for key in [*sorted(group.group_labels), *sorted(shared.labels.keys() - group.group_labels)]
        if key in shared.labels and key not in {"alertname", "severity"}
    )
    worst = worst_first(group.firing, view.severities)
    says = summary(shared) or (detail(worst[0], shared) if worst else "")
    how_bad = common_measure(shared) if group.firing else _lasted(group)
    parts = [_title(group, view, prose), prose(says, 300), how_bad, prose(where, 150)]
    return " — ".join(part for part in [*parts, _counts(group)] if part)


def _counts(group: Group) -> str:
    counts = []
    if len(group.alerts) > 1:
        pairs = ((len(group.firing), "firing"), (len(group.resolved), "resolved"))
        counts = [f"{number:,} {word}" for number, word in pairs if number]
    if group.hidden:
        counts.append(f"{group.hidden:,} left out by Alertmanager, their state is not known")
    return ", ".join(counts)


def _facts(group: Group, shared: Shared) -> list[Block]:
    """How bad, since when and whose, then where; in one line, once it is over."""
    labels = _place(group, shared)
    if group.status is Status.RESOLVED:
        whose = f"Owner {owner(shared)}" if owner(shared) else ""
        told = _GAP.join(filter(None, [_over(group), whose]))
        return [context(*filter(None, [told, labels]))]
    known = facts(group, shared)
    shown = [fields(known)] if known else [context("No alert is known")]
    return [*shown, context(labels)] if labels else shown


def _place(group: Group, shared: Shared) -> str:
    labels = chips(shared.labels, first=sorted(group.group_labels), but=[OWNER])
    return limits.fit_lines(
        labels[:_COMMON_LABELS],
        limits.LABELS,
        lambda left: f"+{left} more labels",
        separator="  ",
        beyond=len(labels[_COMMON_LABELS:]),
    )


def _over(group: Group) -> str:
    start, end = group.started_at, group.ended_at
    told = _lasted(group)
    told = told[:1].upper() + told[1:] if told else "Over"
    if start is None:
        return told
    return f"{told}{_GAP}{moment(start)}" + (f" → {moment(end)}" if end else "")


def _lasted(group: Group) -> str:
    duration = lasted(group.started_at, group.ended_at)
    return f"lasted {duration}" if duration else ""


def _firing_details(group: Group, shared: Shared, view: View, words: Wording) -> list[Block]:
    below: list[Block] = []
    description = paragraph(shared.annotations.get("description", ""), limits.DESCRIPTION)
    if description and description != paragraph(summary(shared), limits.DESCRIPTION):
        below.append(section(plain_text(description)))
    many = len(group.firing) > limits.ALERT_LINES
    if many and (counts := census(group.firing, shared, view.severities)):
        below.append(context(counts))
    if group.firing and (len(group.alerts) > 1 or group.hidden or words.words("line")):

        def own(alert: Alert) -> str:
            return words.line(alert, line(alert, shared), view)

        alerts = listed(shared, group.firing, view.severities, own=own)
        below.append(section(mrkdwn(alerts)))
    if group.resolved:
        below.append(_resolved_line(group, shared, view))
    if group.hidden:
        below.append(section(mrkdwn(_hidden_notice(group))))
    return below + _pictures(group, view)


def _pictures(group: Group, view: View) -> list[Block]:
    """The first picture that an alert brings, if its host is one that pictures may come from."""
    for alert in worst_first(group.firing, view.severities):
        if url := picture_url(alert.annotations.get("image_url", ""), view.image_hosts):
            return [image(url, plain(f"Picture of {name(group)}", limits.NAME))]
    return []


def _resolved_details(group: Group, shared: Shared, view: View) -> list[Block]:
    """Short: which alerts it was, in one line."""
    return [_resolved_line(group, shared, view)] if len(group.alerts) > 1 else []


def _resolved_line(group: Group, shared: Shared, view: View) -> Block:
    start = f"{RESOLVED} {len(group.resolved):,} resolved: "
    room = limits.RESOLVED - limits.size(start)
    return context(start + named(shared, group.resolved, view.severities, room))


def _hidden_notice(group: Group) -> str:
    """Alertmanager leaves alerts out of the payload past the receiver's `max_alerts`."""
    some = "1 alert" if group.hidden == 1 else f"{group.hidden:,} alerts"
    return f"⚠️ Alertmanager left out *{some}* of this group: whether they fire is not known."


def _where_to_look(group: Group, view: View, words: Wording) -> list[Block]:
    alerts = worst_first(group.firing or group.alerts, view.severities)
    seen = {"image_url"} if _pictures(group, view) else set()
    where = words.worded("footer", links(alerts, linked(group, view) | seen, view.page))
    return [context(where)] if where else []
