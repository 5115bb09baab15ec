"""What is kept of a storm: more groups than a channel can show one by one, told by one digest.

A storm belongs to one channel. It is over at `ends_at`, which every group that joins puts off by
the time the channel would have needed for it; its digest is edited for as long as its members
change. A group is followed by the digest that it joined until it has resolved and, the storm being
over, fires again: that is another episode, and the old digest goes on saying that it resolved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from relay.model.delivered import Delivered
from relay.model.group import Group, Severities, Status
from relay.model.state import State
from relay.model.tiers import merged

DIGEST_ID = "storm-"
"""What the names of storms begin with: a group's ID is hexadecimal."""

DIGEST_RANK = 1000
"""A digest goes before every group, however severe: it tells of all of them."""

LABELS_KEPT = 20
LABEL_LENGTH = 200


@dataclass(frozen=True)
class Storm:
    """One storm in one channel. `count` numbers what happened to its members, in order."""

    id: str
    channel: str
    opened_at: datetime
    ends_at: datetime  # from then on no group joins it any more
    joined_at: datetime  # when the last one did
    count: int = 0
    own: int = 0  # members that were left to get a message of their own
    acknowledged_at: datetime | None = None  # somebody looks after all that joined until then
    acknowledged_by: str = ""  # their name in Slack
    acknowledged: int = 0  # the `count` at that time
    wave: bool = False  # of groups that are over: all of them have a message, being edited in turn

    def over(self, now: datetime) -> bool:
        return now >= self.ends_at


@dataclass(frozen=True)
class Member:
    """One group as its digest counts and lists it."""

    group_id: str
    name: str
    labels: Mapping[str, str]  # what routes see of it, cut to a length
    severity: str
    firing: bool
    alerts: int  # that fire; of those resolved, when none does
    started_at: datetime | None
    ended_at: datetime | None
    joined: int = 0  # its number among the storm's `count`
    news: int = 0  # the number of its last news that people should hear of
    own: bool = False  # it has a message of its own as well


@dataclass(frozen=True)
class Membership:
    """A digest that follows a group. `current`: the one that speaks for it, of several the last."""

    storm: Storm
    member: Member
    current: bool = True

    def covers(self, state: State, delivered: Delivered, now: datetime) -> bool:
        """Whether the digest tells all there is to tell of the group: it needs no post of its own.

        While the storm lasts, everything. Afterwards what should wake a person is posted.
        """
        if self.member.own:
            return False
        if not self.storm.over(now):
            return True
        return not (delivered.untold(state.group.firing) or delivered.untold(state.ended))


@dataclass(frozen=True)
class Digest:
    """A storm with its members, in the order in which they joined."""

    storm: Storm
    members: tuple[Member, ...] = field(default=())


@dataclass(frozen=True)
class Waiting:
    """A group that waits to be posted or replied to in a channel. `over`: it waits for no more than
    the edit that says that it is over."""

    group_id: str
    state: State
    delivered: Delivered
    over: bool = False


@dataclass(frozen=True)
class Covered:
    """A group that the digest tells from now on. `edit`: its own message has to be edited, too."""

    group_id: str
    delivered: Delivered
    edit: bool
    channel: str
    lane: str


@dataclass(frozen=True)
class Gathered:
    """A storm and who joined it: `members` are all of them, `covered` those without own post."""

    storm: Storm
    members: tuple[Member, ...]
    covered: tuple[Covered, ...]


def member_of(group_id: str, group: Group, severities: Severities) -> Member:
    """The group as a digest shows it."""
    group = merged(group, severities)
    labels = dict(sorted({**group.group_labels, **group.common_labels}.items())[:LABELS_KEPT])
    return Member(
        group_id=group_id,
        name=group.name[:LABEL_LENGTH],
        labels={key[:LABEL_LENGTH]: value[:LABEL_LENGTH] for key, value in labels.items()},
        severity=group.severity(severities),
        firing=group.status is Status.FIRING,
        alerts=len(group.firing) or len(group.alerts),
        started_at=group.started_at,
        ended_at=group.ended_at,
    )
