"""Messages that the relay sends of its own accord: a heartbeat that stopped, its own trouble."""

from datetime import UTC, datetime, timedelta
from statistics import median

from relay.message import limits
from relay.message.blocks import bar, context, header, mention, mrkdwn, section
from relay.message.escape import plain, prose
from relay.message.look import GREEN, RESOLVED, shade
from relay.message.model import Block, Message, View
from relay.message.times import lasted, moment, written
from relay.model.watch import Trouble, Watch

_DEAD = "💀"
_CHANNELS = 20


def render_missing(watch: Watch, timeout: timedelta, view: View) -> Message:
    """A heartbeat stopped. `timeout` is how long it may be silent, says the configuration."""
    last = watch.seen_at
    heard = f"Last heard {moment(last)}" if last else "Never heard since the relay started"
    spoken = f"last heard {written(last)}" if last else "never heard"
    says = (
        "Prometheus, Alertmanager or the network between them and this relay may be down. "
        "*Until it is back, other alerts may not reach you.*"
    )
    title = f"{_DEAD} HEARTBEAT STOPPED · {_name(watch)}"
    text = f"{title} — {spoken}. Other alerts may not reach you until it is back."
    slow = f"It usually comes every {told_gap(watch)}: " if watch.gaps else ""
    notes = [heard]
    if watch.patience(timeout) > timeout:
        notes.append(f"{slow}more slowly than `every` in the relay's configuration says")
    return _message(title, text, [section(mrkdwn(says)), context(*notes)], view, "critical")


def told_gap(watch: Watch) -> str:
    """How often it usually comes."""
    begun = datetime(2000, 1, 1, tzinfo=UTC)
    return lasted(begun, begun + timedelta(seconds=median(watch.gaps)))


def render_back(watch: Watch, last: datetime | None, view: View) -> Message:
    """It is heard again. `last` is when it was heard before it stopped."""
    title = f"{RESOLVED} HEARTBEAT IS BACK · {_name(watch)}"
    silent = _silent(watch, last)
    return _message(title, f"{title}. {silent}", [context(silent)], view, "")


def render_unwatched(watch: Watch, view: View) -> Message:
    """The configuration names it no longer."""
    title = f"⚪ HEARTBEAT NOT WATCHED · {_name(watch)}"
    says = "The relay's configuration does not name this heartbeat any more."
    return _message(title, f"{title}. {says}", [context(says)], view, "")


def render_note(watch: Watch, last: datetime | None) -> Message:
    """For the thread: it is heard again."""
    told = f"{RESOLVED} Heard again. {_silent(watch, last)}"
    return Message(told, [section(mrkdwn(told))], [])


def render_trouble(trouble: Trouble, view: View) -> Message:
    """What the relay could not deliver, or could not for long; or that all is well again."""
    if not trouble.backlogs:
        title = f"{RESOLVED} THE RELAY DELIVERS AGAIN"
        says = "Nothing is stuck, and nothing has waited for long."
        return _message(title, f"{title}. {says}", [context(says)], view, "")
    title = "⚠️ THE RELAY CANNOT DELIVER EVERYTHING"
    lines = []
    for backlog in trouble.backlogs[:_CHANNELS]:
        parts = [f"{backlog.parked} refused by Slack"] if backlog.parked else []
        parts += [f"{backlog.waiting} waiting"] if backlog.waiting else []
        since = f"since {moment(backlog.oldest)}"
        lines.append(f"*{prose(backlog.channel, 90)}* — {', '.join(parts)}, {since}")
    beyond = len(trouble.backlogs) - len(lines)
    says = limits.fit_lines(lines, limits.ALERTS, lambda left: f"_+{left} more_", beyond=beyond)
    where = "Why, and a button to try again: on the relay's page."
    channels = ", ".join(prose(each.channel, 90) for each in trouble.backlogs[:3])
    return _message(
        title, f"{title}: {channels}", [section(mrkdwn(says)), context(where)], view, "warning"
    )


def _message(title: str, text: str, below: list[Block], view: View, severity: str) -> Message:
    wakes = limits.truncate(view.mention.strip(), limits.MENTION)
    top = [header(limits.truncate(title, limits.HEADER)), *([mention(wakes)] if wakes else [])]
    colour = shade(severity, view.severities) if severity else GREEN
    return Message(" ".join(filter(None, [wakes, text])), top, bar(colour, below))


def _name(watch: Watch) -> str:
    return plain(watch.name, limits.TITLE_NAME) or "heartbeat"


def _silent(watch: Watch, last: datetime | None) -> str:
    silent = lasted(last, watch.seen_at)
    return f"It was silent for {silent}." if silent else "It was never heard before."
