"""Does one job: acknowledges in the store, silences in Alertmanager and then in the store.

Doing a job twice, after a kill in between, comes to the same: an acknowledgement is set again, and
the silence that the first try made is found again instead of being made twice.
"""

from dataclasses import dataclass
from datetime import timedelta

from relay.actions.permit import Permit, UnknownError
from relay.actions.scope import matchers
from relay.alertmanager import Alertmanagers, Match, ServerError, Silence
from relay.clock import Clock
from relay.logs import logger
from relay.message.escape import prose
from relay.message.times import moment
from relay.model.group import Group
from relay.model.job import Job, Verb
from relay.model.standing import (
    Silenced,
    Standing,
    acknowledge,
    silence,
    unacknowledge,
    unsilence,
)
from relay.model.storm import DIGEST_ID
from relay.store import Overview, Result, Store, Taken

SKEW = timedelta(minutes=1)  # a silence that starts in the past starts at once, on any clock


log = logger("relay.actions.perform")


class TryAgainError(Exception):
    """Not now; the text says why, for people."""


@dataclass(frozen=True)
class Done:
    """What came of a job."""

    result: Result
    told: str


class Performer:
    """Everything that a job needs."""

    def __init__(
        self, store: Store, alertmanagers: Alertmanagers, permit: Permit, clock: Clock
    ) -> None:
        self._store, self._alertmanagers = store, alertmanagers
        self._permit, self._clock = permit, clock

    def perform(self, taken: Taken) -> Done:
        """What came of it; TryAgainError, or StoreError."""
        job = taken.job
        try:
            if not self._permit.allows(job.person):
                return _refused("You may not act on alerts: the relay's configuration names who.")
        except UnknownError as error:
            raise TryAgainError(f"cannot check whether you may: {error}") from None
        if job.group_id.startswith(DIGEST_ID):
            return self._storm(taken)
        entry = self._store.find(job.group_id)
        if entry is None:
            return _refused("This alert group is not known any more.")
        match job.verb:
            case Verb.ACKNOWLEDGE:
                return self._acknowledge(taken, entry.group)
            case Verb.UNACKNOWLEDGE:
                self._store.stand(job.group_id, unacknowledge, self._clock.now())
                return _done(f"{_name(entry.group)} is no longer acknowledged.")
            case Verb.SILENCE:
                return self._silence(taken, entry)
            case Verb.UNSILENCE:
                return self._unsilence(job, entry)

    def _storm(self, taken: Taken) -> Done:
        """A digest can be acknowledged, and nothing else."""
        job, now = taken.job, self._clock.now()
        by = job.person.called if job.verb is Verb.ACKNOWLEDGE else ""
        if job.verb not in (Verb.ACKNOWLEDGE, Verb.UNACKNOWLEDGE):
            return _refused("A storm cannot be silenced as a whole: silence its groups.")
        if not self._store.acknowledge_storm(job.group_id, by, taken.asked_at, now):
            return _refused("This storm is not known any more.")
        return _done("Acknowledged the storm." if by else "The storm is no longer acknowledged.")

    def _acknowledge(self, taken: Taken, group: Group) -> Done:
        def change(standing: Standing) -> Standing:
            return acknowledge(standing, taken.job.person.called, taken.asked_at)

        self._store.stand(taken.job.group_id, change, self._clock.now())
        return _done(f"Acknowledged {_name(group)}.")

    def _silence(self, taken: Taken, entry: Overview) -> Done:
        job, group, now = taken.job, entry.group, self._clock.now()
        wanted = matchers(group)
        if not self._alertmanagers.servers:
            return _refused("Nothing can be silenced: no `alertmanagers` are configured.")
        if not wanted:
            return _refused("This group's alerts have no label in common to silence them by.")
        if job.until is None or job.until <= now:
            return _refused("That time has passed already.")
        comment = job.comment or f"Silenced from Slack: {group.name}"[:500]
        before = entry.standing.now(group, now).silenced
        spec = Silence(wanted, now - SKEW, job.until, job.person.author, comment)
        try:
            made, at = self._found(taken, spec) or self._made(spec, before)
        except ServerError as error:
            if error.status == 400:
                return _refused(f"Alertmanager refuses the silence: {error}")
            raise TryAgainError(f"the silence could not be made: {error}") from None
        silenced = Silenced(job.until, job.person.called, taken.asked_at, made, at, job.comment)

        def change(standing: Standing) -> Standing:
            return silence(standing, silenced)

        self._store.stand(job.group_id, change, now)
        return _done(f"Silenced {_name(group)} until {moment(job.until)}.")

    def _found(self, taken: Taken, spec: Silence) -> tuple[str, str] | None:
        """The silence that an earlier try made, if there was one."""
        if not taken.again:
            return None
        for at, known in self._alertmanagers.silences().items():
            for each in known if isinstance(known, list) else ():
                if each.state != "expired" and _same(each, spec):
                    return each.id, at
        return None

    def _made(self, spec: Silence, before: Silenced | None) -> tuple[str, str]:
        made = self._alertmanagers.silence(spec)
        if before and before.id != made[0]:
            try:
                self._alertmanagers.end(before.id, before.alertmanager)
            except ServerError as error:  # the new one holds all the same
                log.warning("a silence that was replaced could not be ended", reason=error)
        return made

    def _unsilence(self, job: Job, entry: Overview) -> Done:
        silenced = entry.standing.silenced
        if silenced is None:
            return _done(f"{_name(entry.group)} is not silenced.")
        try:
            self._alertmanagers.end(silenced.id, silenced.alertmanager)
        except ServerError as error:
            raise TryAgainError(f"the silence could not be ended: {error}") from None

        def change(standing: Standing) -> Standing:
            return unsilence(standing) if standing.silenced == silenced else standing

        self._store.stand(job.group_id, change, self._clock.now())
        return _done(f"{_name(entry.group)} is no longer silenced.")


def _same(found: Silence, wanted: Silence) -> bool:
    def known(matches: tuple[Match, ...]) -> set[Match]:
        return set(matches)

    return (
        known(found.matchers) == known(wanted.matchers)
        and found.author == wanted.author
        and abs(found.ends_at - wanted.ends_at) < timedelta(seconds=1)
    )


def _name(group: Group) -> str:
    return f"*{prose(group.name, 150) or 'the group'}*"


def _done(told: str) -> Done:
    return Done(Result.DONE, told)


def _refused(told: str) -> Done:
    return Done(Result.REFUSED, told)
