"""What a silence of a group covers. Pure."""

from relay.alertmanager import Match
from relay.model.group import Group


def silenced_by(group: Group) -> dict[str, str]:
    """The labels that a silence of the group matches.

    Those it is grouped by: whatever joins the group has them, too. Where it is grouped by none,
    those that all its alerts share, if all are known. {}: nothing that could be silenced without
    silencing everything.
    """
    shared = {} if group.hidden else group.common_labels
    labels = {name: value for name, value in group.group_labels.items() if value} or shared
    return {name: value for name, value in sorted(labels.items()) if value}


def matchers(group: Group) -> tuple[Match, ...]:
    """The same as conditions: exactly these values."""
    return tuple(Match(name, value) for name, value in silenced_by(group).items())
