"""What the relay asks of its store. Any number of processes may use one store at once.

A group's delivery is one piece of work, in one of three states (`Work`). Whoever works on it holds
a claim with a lease; a claim whose lease has run out is anybody's, and its holder's writes fail.
Every method is one transaction, and durable when it returns; every failure is a StoreError. But for
`claim`, `renew` and `finish`: they survive the process, and maybe not the machine. Then the lease
runs out, and Slack is asked what became of the intent.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from relay.model.delivered import Intent
from relay.model.history import Event
from relay.model.standing import Standing
from relay.model.storm import Digest
from relay.model.watch import Watch
from relay.store.journal import Journal
from relay.store.records import (
    EVERYTHING,
    Change,
    Claim,
    Crowd,
    Gather,
    Heartbeat,
    Lane,
    Look,
    Overview,
    Queue,
    Rejected,
    Stand,
    Verdict,
)

T = TypeVar("T")


class StoreError(Exception):
    """The store cannot do it now: full, locked, gone. The text holds no secret."""


class Store(Protocol):
    """See the module. `now` is an aware datetime."""

    def take_in(self, group_id: str, change: Change, now: datetime) -> None:
        """Replaces a group's state by what `change` makes of it, and makes the work pending if
        people would see a difference."""
        ...

    def claim(self, now: datetime, held: Collection[str], seconds: float) -> Claim | None:
        """The most urgent work that is due, on no lane in `held`, and leased to nobody.

        Pending before parked. Of several channels the one whose turn is longest ago, or that has
        what is more severe; of one channel the most severe, firing before resolved, the longest
        waiting.
        """
        ...

    def intend(self, claim: Claim, intent: Intent) -> bool:
        """Notes what is about to be sent; False if the claim is no longer ours."""
        ...

    def renew(self, claims: Sequence[Claim], now: datetime, seconds: float) -> None:
        """Claims that are still ours are for so long from now."""
        ...

    def finish(self, claim: Claim, verdict: Verdict, now: datetime) -> bool:
        """Ends a claim; False if it is no longer ours."""
        ...

    def crowds(self, now: datetime) -> Sequence[Crowd]:
        """How many groups wait for each channel."""
        ...

    def gather(self, channel: str, decide: Gather, now: datetime, most: int = ...) -> bool:
        """Puts groups that wait for a channel into a digest, which becomes due, if `decide` says
        so: it gets the channel's last storm, and those groups without the ones that somebody works
        on or whose last post's fate is not known; `most` of them, those that wait for a post and
        the most severe first."""
        ...

    def acknowledge_storm(self, storm_id: str, by: str, at: datetime, now: datetime) -> bool:
        """Notes that somebody looks after all that joined a storm until now; "" by: nobody does.
        Its digest becomes due. False: no such storm."""
        ...

    def digests(self, limit: int) -> Sequence[Digest]:
        """The storms that are known, the latest first."""
        ...

    def release_all(self) -> None:
        """Ends every lease. For a process that knows it is the only one to deliver."""
        ...

    def lanes(self) -> Mapping[str, Lane]:
        """What is left of the rates, for all that deliver."""
        ...

    def take_lane(self, name: str, change: Callable[[Lane], Lane]) -> Lane:
        """Replaces what is left of a lane by what `change` makes of it; returns what was before."""
        ...

    def hasten(self, now: datetime) -> None:
        """Makes all pending work due: Slack is back."""
        ...

    def set_back(self, now: datetime) -> None:
        """Nothing waits for a time that only a clock which went ahead can have meant."""
        ...

    def retry(self, group_id: str | None, now: datetime) -> int:
        """Makes parked work due: one group's, or all. Returns how many."""
        ...

    def retry_on_change(self, digest: str, now: datetime) -> bool:
        """Makes parked work due if `digest` is not the one of last time."""
        ...

    def stand(self, group_id: str, change: Stand, now: datetime) -> Standing | None:
        """Replaces a group's standing by what `change` makes of it, and returns that.

        If it is another than before, the group's message becomes due, and the digests that follow
        it. None: no such group.
        """
        ...

    def standings(self) -> Mapping[str, Standing]:
        """Every group that is acknowledged or silenced, as far as anybody said; by group ID."""
        ...

    def find(self, group_id: str) -> Overview | None:
        """One group; None if it is not known."""
        ...

    def journal(self) -> Journal:
        """What people asked for from Slack, in the same database."""
        ...

    def salt(self) -> bytes:
        """Random bytes that stay the same as long as the store lives."""
        ...

    def remember_channel(self, channel: str, channel_id: str) -> None:
        """Notes the ID that Slack gave for a channel's name."""
        ...

    def channel_id(self, channel: str) -> str:
        """The ID for a channel's name, "" if Slack never told."""
        ...

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        """Notes when a heartbeat was heard."""
        ...

    def heard(self, watch: Watch, heartbeat: Heartbeat, missing_at: datetime) -> None:
        """Notes that a heartbeat was heard: it is looked at again at `missing_at`, or at once if
        people were told that it is missing."""
        ...

    def begin_watching(
        self, expected: Sequence[tuple[Watch, datetime]], operations: bool, now: datetime
    ) -> None:
        """All heartbeats are looked at now. Those `expected` were maybe never heard: they are
        missing at the time that goes with them. `operations`: the relay looks after itself, too."""
        ...

    def heartbeats(self) -> Sequence[Heartbeat]:
        """All heartbeats that were ever heard, by name."""
        ...

    def reject(self, rejected: Rejected) -> None:
        """Keeps a malformed body aside; the oldest make room."""
        ...

    def rejected(self) -> Sequence[Rejected]:
        """What was kept aside, the latest first."""
        ...

    def overview(self, limit: int, look: Look = EVERYTHING) -> Sequence[Overview]:
        """What needs a look first: parked, pending, firing, then the latest; as `look` says."""
        ...

    def survey(self, limit: int, look: Look, told: Callable[[Overview], T]) -> Sequence[T]:
        """The same in other words: of the groups, which may be large, one at a time is held."""
        ...

    def history(self, group_id: str) -> Sequence[Event]:
        """What happened to a group lately, the latest first."""
        ...

    def queues(self) -> Sequence[Queue]:
        """What waits, by channel."""
        ...

    def counts(self) -> Mapping[str, int]:
        """How many groups there are by status, firing or resolved."""
        ...

    def prune(self, before: datetime, limit: int = ...) -> int:
        """Forgets resolved groups that are delivered and unchanged since, `limit` at most; returns
        how many. Storms and heartbeats likewise."""
        ...

    def time(self) -> datetime | None:
        """The clock that all processes share; None where there is no server to ask."""
        ...

    def check(self) -> None:
        """Raises StoreError unless something can be written now."""
        ...

    def close(self) -> None:
        """Lets go of files and connections."""
        ...


def group_id(receiver: str, group_key: str) -> str:
    """A short name for (receiver, groupKey): 16 hexadecimal digits."""
    told = f"{len(receiver)}:{receiver}{group_key}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]
