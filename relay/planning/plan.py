"""What to do next for one group, so that Slack comes to show it as it is. Pure.

An edit is silent in Slack. So whatever should wake a person is a new post: a group's first firing,
a group that fires again after it was shown resolved, an alert that joins, or gets worse. The rest
is an edit; also an alert that is another tier of one that people know, and no worse than it.
One step at a time: after each, the plan is made anew from what is then true.
"""

from dataclasses import dataclass

from relay.model.delivered import Delivered
from relay.model.group import Alert, Group, Severities, Status
from relay.model.tiers import beside, by_subject


@dataclass(frozen=True)
class Nothing:
    """Slack shows the group as it is."""


@dataclass(frozen=True)
class Post:
    """A new message for the group. `severity` is whose mention it carries, "" for none."""

    severity: str


@dataclass(frozen=True)
class Reply:
    """In the thread and in the channel: these alerts joined, maybe as an escalation."""

    alerts: tuple[Alert, ...]
    severity: str


@dataclass(frozen=True)
class ReplyPassed:
    """In the thread only: these alerts fired and resolved before people could be told."""

    alerts: tuple[Alert, ...]


@dataclass(frozen=True)
class Edit:
    """The message's content is not what it should be."""


Decision = Nothing | Post | Reply | ReplyPassed | Edit


@dataclass(frozen=True)
class Lane:
    """What Slack limits: new messages and edits apart, each by channel.

    A note is a new message in a thread that can wait: it takes what posts leave of their rate.
    """

    channel: str
    speaks: bool  # a new message rather than an edit
    note: bool = False

    def __str__(self) -> str:
        return f"{'note' if self.note else 'post' if self.speaks else 'edit'} {self.channel}"


def decide(
    group: Group,
    ended: tuple[Alert, ...],
    delivered: Delivered,
    fingerprint: str,
    severities: Severities,
    covered: bool = False,
) -> Decision:
    """The next step for `group`.

    `ended` is every resolved alert that is known, of earlier episodes too: an alert that came and
    went while Slack was away is told late, but told. `fingerprint` is that of the content which
    the group's message should have now. `covered`: a digest tells its news, of which `delivered`
    knows already; only a message that shows it firing is kept true.
    """
    if covered and (delivered.message is None or delivered.shown is Status.RESOLVED):
        return Nothing()
    firing = _news(group.firing, group, delivered, severities)
    severity = severities.worst(alert.severity for alert in firing)
    if _wants_message(group, ended, delivered):
        return Post(severity)
    if firing:
        return Reply(firing, severity)
    if passed := _news(ended, group, delivered, severities):
        return ReplyPassed(passed)
    if fingerprint != delivered.fingerprint:
        return Edit()
    return Nothing()


def lane(
    group: Group,
    ended: tuple[Alert, ...],
    delivered: Delivered,
    channel: str,
    severities: Severities,
    covered: bool = False,
) -> Lane:
    """Where the next step leads, if there is one. `channel` is where the group is routed now.

    A message stays in its channel to its end, even when its group is routed elsewhere meanwhile.
    """
    if covered:
        return Lane(delivered.message.channel if delivered.message else channel, speaks=False)
    if delivered.message is None or _wants_message(group, ended, delivered):
        return Lane(channel, speaks=True)
    news = _news((*group.firing, *ended), group, delivered, severities)
    return Lane(delivered.message.channel, speaks=bool(news))


def _news(
    alerts: tuple[Alert, ...], group: Group, delivered: Delivered, severities: Severities
) -> tuple[Alert, ...]:
    """Those that people do not know of, nor of a worse tier of the same thing at that time."""
    untold = delivered.untold(alerts)
    unknown = {alert.fingerprint for alert in untold}
    told = by_subject(each for each in group.alerts if each.fingerprint not in unknown)
    if not told:
        return untold
    rank = severities.rank

    def worse(alert: Alert) -> bool:
        return any(rank(each.severity) > rank(alert.severity) for each in beside(alert, told))

    return tuple(alert for alert in untold if not worse(alert))


def _wants_message(group: Group, ended: tuple[Alert, ...], delivered: Delivered) -> bool:
    """Whether there is no message, or only one of an episode that is over."""
    if delivered.message is None:
        return True
    if delivered.shown is Status.FIRING:
        return False
    if group.status is Status.FIRING:
        return True
    until = delivered.shown_until
    return until is not None and any(alert.starts_at > until for alert in delivered.untold(ended))
