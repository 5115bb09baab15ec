"""The groups of a storm in few words: a line each, a line for each alert, the worst first."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from relay.message import limits
from relay.message.escape import prose
from relay.message.lines import chips
from relay.message.links import link
from relay.message.look import RESOLVED, dot
from relay.message.model import View
from relay.model.group import Severities
from relay.model.standing import Standing
from relay.model.storm import Digest, Member

NAMES = 2_500  # the counts by alert
WORST = 2_500  # the worst groups, one by one
_NAMES_SHOWN = 20
_GROUPS_SHOWN = 10
_CHIPS = 4
_SEVERAL = 2  # groups, of which something can be the same

Standings = Mapping[str, Standing]
"""Who looks after which group, by its ID; of those that nobody does nothing."""


def worst_first(members: Sequence[Member], severities: Severities) -> list[Member]:
    """Firing before resolved, the most severe first, then in the order in which they joined."""
    return sorted(
        members,
        key=lambda each: (
            not each.firing,
            -severities.rank(each.severity),
            each.severity,
            each.joined,
        ),
    )


def some_groups(count: int, which: str = "") -> str:
    return f"{count:,} {which}{'group' if count == 1 else 'groups'}"


def by_name(members: Sequence[Member], severities: Severities) -> str:
    """A line per alert, the worst first, then the most frequent."""
    named: dict[str, list[Member]] = {}
    for member in members:
        named.setdefault(member.name, []).append(member)

    def place(pair: tuple[str, list[Member]]) -> tuple[bool, int, int, str]:
        firing = [each for each in pair[1] if each.firing]
        rank = max((severities.rank(each.severity) for each in firing), default=-2)
        return not firing, -rank, -len(firing or pair[1]), pair[0]

    ordered = sorted(named.items(), key=place)
    lines = [_name_line(name, some, severities) for name, some in ordered[:_NAMES_SHOWN]]
    beyond = len(ordered) - len(lines)
    return limits.fit_lines(lines, NAMES, lambda left: f"_+{left} more alerts_", beyond=beyond)


def _name_line(name: str, members: Sequence[Member], severities: Severities) -> str:
    firing = [member for member in members if member.firing]
    worst = severities.worst(member.severity for member in firing)
    mark = dot(worst, severities) if firing else RESOLVED
    resolved = len(members) - len(firing)
    counts = [f"{len(firing):,} firing"] if firing else []
    counts += [f"{resolved:,} resolved"] if resolved else []
    return f"{mark} *{prose(name, 80) or 'alert without a name'}* — {', '.join(counts)}"


def worst_lines(
    members: Sequence[Member], severities: Severities, standings: Standings
) -> tuple[list[tuple[Member, str]], int]:
    """The worst groups, as many as fit, each with its line; and how many are left."""
    ordered = worst_first(members, severities)
    shown: list[tuple[Member, str]] = []
    same, room = common(members), WORST
    for member in ordered[:_GROUPS_SHOWN]:
        told = line(member, severities, standings, same)
        room -= limits.size(told) + 1
        if room < 0:
            break
        shown.append((member, told))
    return shown, len(ordered) - len(shown)


def worst_groups(
    members: Sequence[Member], severities: Severities, standings: Standings = MappingProxyType({})
) -> str:
    """The same as one text."""
    shown, left = worst_lines(members, severities, standings)
    more = [f"_+{left:,} more_"] if left else []
    return "\n".join([*(told for _, told in shown), *more])


def common(members: Sequence[Member]) -> Mapping[str, str]:
    """The labels that several groups all have: they tell none of them from the others."""
    if len(members) < _SEVERAL:
        return {}
    shared = set(members[0].labels.items())
    for member in members[1:]:
        shared &= set(member.labels.items())
    return dict(shared)


def line(
    member: Member,
    severities: Severities,
    standings: Standings = MappingProxyType({}),
    same: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """One group in few words, without the labels that are the `same` for those around it."""
    mark = dot(member.severity, severities) if member.firing else RESOLVED
    shown = chips(member.labels, but=same)[:_CHIPS]
    alerts = f" ({member.alerts:,})" if member.alerts > 1 else ""
    name = prose(member.name, 80) or "alert without a name"
    stands = standings.get(member.group_id, Standing())
    looked_after = " 👀" if stands.acknowledged and member.firing else ""
    silent = " 🔕" if stands.silenced and member.firing else ""
    own = " · has its own message" if member.own else ""
    return " ".join([f"{mark} *{name}*{alerts}", *shown]) + looked_after + silent + own


def place(digest: Digest, view: View) -> str:
    """Where the relay's page has all of it: a link, where its address is known."""
    where = "the relay's page"
    return f"on {link(view.page, where)}" if view.page else f"on {where}: {_path(digest)}"


def _path(digest: Digest) -> str:
    return f"`/digests/{digest.storm.id}`"
