"""Messages in the thread of a group: what an edit of its main message would not tell."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from relay.message import limits
from relay.message.blocks import bar, mention, mrkdwn, section
from relay.message.escape import prose
from relay.message.lines import detail, line, listed
from relay.message.look import GREEN, RESOLVED, dot, shade
from relay.message.model import Message, View
from relay.message.render import name
from relay.message.shared import Shared
from relay.model.group import Alert, Group, Severities
from relay.model.tiers import beside, by_subject, merged


def render_joined(group: Group, alerts: Sequence[Alert], view: View) -> Message:
    """For alerts that joined a firing group or escalated: in the thread and in the channel."""
    severity = view.severities.worst(alert.severity for alert in alerts)
    raised = _raised(group, alerts, view.severities)
    firing = len(merged(group, view.severities).firing)
    what = "Escalated" if len(raised) == len(alerts) > 0 else "Also firing"
    words = f"{' to' if what == 'Escalated' else ''} {prose(severity, 40)}" if severity else ""
    joined = f"{dot(severity, view.severities)} *{what}*{words}"
    told = f"{joined} · {_name(group)} ({len(alerts)} of {max(firing, len(alerts))})"
    return _reply(group, alerts, view, told, shade(severity, view.severities), raised)


def _raised(group: Group, alerts: Sequence[Alert], severities: Severities) -> dict[str, str]:
    """Of those alerts that are a worse tier of what fired before: its severity, by fingerprint."""
    fresh = {alert.fingerprint for alert in alerts}
    tiers = by_subject(each for each in group.alerts if each.fingerprint not in fresh)
    raised = {}
    for alert in alerts:
        before = severities.worst(each.severity for each in beside(alert, tiers))
        if before and severities.rank(before) < severities.rank(alert.severity):
            raised[alert.fingerprint] = before
    return raised


def render_passed(group: Group, alerts: Sequence[Alert], view: View) -> Message:
    """For alerts that fired and resolved before anybody could be told."""
    some = "1 alert" if len(alerts) == 1 else f"{len(alerts)} alerts"
    told = f"{RESOLVED} *Fired and resolved* before it could be told · {_name(group)} ({some})"
    return _reply(group, alerts, view, told, GREEN)


def _reply(
    group: Group,
    alerts: Sequence[Alert],
    view: View,
    told: str,
    colour: str,
    raised: Mapping[str, str] = MappingProxyType({}),
) -> Message:
    wakes = limits.truncate(view.mention.strip(), limits.MENTION)
    shared = _shared(merged(group, view.severities))

    def own(alert: Alert) -> str:
        before = raised.get(alert.fingerprint)
        return f"{line(alert, shared)} · was {prose(before, 40)}" if before else ""

    top = [section(mrkdwn(told)), *([mention(wakes)] if wakes else [])]
    lines = listed(shared, alerts, view.severities, own=own)
    first = next(iter(alerts), None)
    says = prose(detail(first, shared), 300) if first else ""
    text = " ".join(filter(None, [wakes, told.replace("*", ""), f"— {says}" if says else ""]))
    return Message(text, top, bar(colour, [section(mrkdwn(lines))] if lines else []))


def _shared(group: Group) -> Shared:
    """A reply stands alone: it says what is wrong, and which alert, even of a group of one."""
    shared = replace(Shared.of(group), annotations={})
    if len(group.alerts) > 1:
        return shared
    own = {key: value for key, value in shared.labels.items() if key in group.group_labels}
    return replace(shared, labels=own)


def _name(group: Group) -> str:
    return prose(name(group), limits.NAME)
