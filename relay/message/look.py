"""The one table of emoji, words and colours: what a state and a severity look like."""

from relay.model.group import Group, Severities, Status

RESOLVED = "✅"
EASED = "⏬"
UNKNOWN = "❔"
_DOTS = {"critical": "🔴", "warning": "🟠", "info": "🔵"}
_COLOURS = {"critical": "#d32f2f", "warning": "#f2a20d", "info": "#2f7ed8"}
GREEN = "#2e9e5b"
GREY = "#8a8d91"


def dot(severity: str, severities: Severities) -> str:
    """A coloured dot: a team's own severities look like their place among the three known."""
    return _DOTS.get(_known(severity, severities), "⚪")


def colour(group: Group, severities: Severities) -> str:
    """The colour of the bar beside the message: green only when all is surely resolved."""
    if group.status is Status.RESOLVED:
        return GREEN
    if not group.firing:
        return GREY
    return shade(group.severity(severities), severities)


def shade(severity: str, severities: Severities) -> str:
    """The colour of what fires with this severity."""
    return _COLOURS.get(_known(severity, severities), GREY)


def state(group: Group, severities: Severities) -> tuple[str, str]:
    """The emoji and the word for the state of a group.

    With alerts left out of the payload and none known to fire, nobody knows: Alertmanager computes
    a payload's status after it has truncated the alerts.
    """
    if group.status is Status.RESOLVED:
        return RESOLVED, "RESOLVED"
    if not group.firing:
        return UNKNOWN, "UNKNOWN"
    return dot(group.severity(severities), severities), "FIRING"


def _known(severity: str, severities: Severities) -> str:
    """The severity's own name when it has a look, else the look of its rank among the declared."""
    rank = severities.rank(severity)
    if severity in _DOTS or rank < 0:
        return severity
    if rank == len(severities.names) - 1:
        return "critical"
    return "info" if rank == 0 else "warning"
