"""Who may act: everybody, or the people and user groups that the configuration names."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from relay.clock import Clock
from relay.config.model import Actors
from relay.model.job import Person

FRESH = timedelta(minutes=5)


class UnknownError(Exception):
    """Nobody can tell now who is in a user group; the text says why."""


Members = Callable[[str], Sequence[str]]
"""A user group's members by its ID; raises UnknownError."""


class Permit:
    """Asks Slack for the members of user groups, and remembers them for five minutes."""

    def __init__(self, actors: Actors, members: Members, clock: Clock) -> None:
        self._actors, self._members, self._clock = actors, members, clock
        self._known: dict[str, tuple[datetime, frozenset[str]]] = {}

    def allows(self, person: Person) -> bool:
        """Whether this person may act; UnknownError if that depends on what Slack does not say."""
        if self._actors.anybody or person.id in self._actors.users:
            return True
        unknown: UnknownError | None = None
        for group in self._actors.usergroups:
            try:
                if person.id in self._group(group):
                    return True
            except UnknownError as error:
                unknown = error
        if unknown:
            raise unknown
        return False

    def _group(self, group: str) -> frozenset[str]:
        """While Slack is away, who was a member when it last said so still is one."""
        now = self._clock.now()
        known = self._known.get(group)
        if known and now - known[0] < FRESH:
            return known[1]
        try:
            members = frozenset(self._members(group))
        except UnknownError:
            if known:
                return known[1]
            raise
        self._known[group] = (now, members)
        return members
