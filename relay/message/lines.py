"""One line of mrkdwn for each alert: which one it is, and what is wrong with it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime

from relay.message import limits
from relay.message.escape import code, flat, prose
from relay.message.facts import measure
from relay.message.look import dot
from relay.message.shared import Shared
from relay.message.times import lasted, moment
from relay.model.group import Alert, Severities

_TOLD_ELSEWHERE = frozenset({"alertname", "severity"})  # in the header, or as words of the line
_LABELS_SHOWN = 6  # on one line
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def chips(
    labels: Mapping[str, str], first: Sequence[str] = (), but: Collection[str] = ()
) -> list[str]:
    """Labels as code spans, those named in `first` before the others, then by name.

    `but`: labels that the message tells elsewhere.
    """
    order = [key for key in first if key in labels]
    order += sorted(labels.keys() - set(order))
    return [
        code(f"{key}={flat(labels[key]) or '∅'}", limits.LABEL)
        for key in order
        if key not in _TOLD_ELSEWHERE and key not in but
    ]


def worst_first(alerts: Sequence[Alert], severities: Severities) -> list[Alert]:
    """The most severe first, then the latest to start; the same for whatever order came in."""

    def place(alert: Alert) -> tuple[int, str, float, list[tuple[str, str]], str]:
        seconds = (alert.starts_at - _EPOCH).total_seconds()
        rank = severities.rank(alert.severity)
        return -rank, alert.severity, -seconds, sorted(alert.labels.items()), alert.fingerprint

    return sorted(alerts, key=place)


def listed(
    shared: Shared,
    alerts: Sequence[Alert],
    severities: Severities,
    limit: int = limits.ALERTS,
    own: Callable[[Alert], str] = lambda _: "",
) -> str:
    """A line per alert, the worst first, then "+N more" for those that do not fit.

    `own` is a team's own wording of a line; "" leaves it to ours.
    """
    shown = worst_first(alerts, severities)[: limits.ALERT_LINES]
    mixed = len({alert.severity for alert in alerts}) > 1
    bullets = [_bullet(alert, severities) if mixed else "•" for alert in shown]
    lines = [
        f"{bullet} {own(alert) or line(alert, shared)}"
        for bullet, alert in zip(bullets, shown, strict=True)
    ]
    return limits.fit_lines(lines, limit, _more, beyond=len(alerts) - len(shown))


def named(
    shared: Shared, alerts: Sequence[Alert], severities: Severities, limit: int = limits.RESOLVED
) -> str:
    """All alerts in one line, each in as few words as tell it from the others, then "+N more"."""
    shown = worst_first(alerts, severities)[: limits.ALERT_LINES]
    names = [" ".join(_who(alert, shared)) or _name(alert) for alert in shown]
    return limits.fit_lines(names, limit, _more, ", ", beyond=len(alerts) - len(shown))


def detail(alert: Alert, shared: Shared) -> str:
    """What is wrong with this very alert: its own summary, else its description; flat."""
    for key in ("summary", "description"):
        own = alert.annotations.get(key, "")
        if key not in shared.annotations and (text := flat(own)):
            return text
    return ""


def _more(left: int) -> str:
    return f"_+{left} more_"


def _bullet(alert: Alert, severities: Severities) -> str:
    return f"{dot(alert.severity, severities)} {prose(alert.severity, 40)}".rstrip()


def line(alert: Alert, shared: Shared) -> str:
    """Which alert it is, its value, what is wrong, and when, as far as not common to all."""
    who = " ".join(filter(None, [*_who(alert, shared), measure(alert, shared)]))
    says = "" if shared.alike else prose(detail(alert, shared), limits.DETAIL)
    told = f"{who} — {says}" if who and says else who or says or _name(alert)
    return told + _when(alert, shared)


def _who(alert: Alert, shared: Shared) -> list[str]:
    own = {key: value for key, value in alert.labels.items() if key not in shared.labels}
    shown = chips(own)
    name = [f"*{_name(alert)}*"] if "alertname" in own else []
    if len(shown) > _LABELS_SHOWN:
        shown = [*shown[:_LABELS_SHOWN], f"+{len(shown) - _LABELS_SHOWN} labels"]
    return name + shown


def _name(alert: Alert) -> str:
    return prose(alert.name, 80) or "alert without a name"


def _when(alert: Alert, shared: Shared) -> str:
    """How long it lasted, once ended; its start where that differs from the group's."""
    if not alert.firing:
        duration = lasted(alert.starts_at, alert.ends_at)
        return f" · {moment(alert.starts_at)}" + (f", lasted {duration}" if duration else "")
    return "" if alert.starts_at == shared.started_at else f" · since {moment(alert.starts_at)}"
