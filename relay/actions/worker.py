"""Works on what people asked for, one job at a time: permit, perform, record, tell.

What cannot be done now is tried again for a minute; then the person is told that it failed.
"""

from datetime import timedelta

from relay.actions.answer import Answers
from relay.actions.perform import Done, Performer, TryAgainError
from relay.clock import Clock
from relay.logs import logger
from relay.metrics import Metrics
from relay.model.job import Via
from relay.store import Journal, Result, Taken

LEASE_SECONDS = 120.0  # longer than the slowest job: every server's timeouts, and Slack's
WAITS = (1, 2, 5, 10, 20, 30)  # seconds before each further try
KEPT = timedelta(days=90)

log = logger("relay.actions")


class Worker:
    """`step()` does one job; False if there was none."""

    def __init__(
        self,
        journal: Journal,
        performer: Performer,
        answers: Answers,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._journal, self._performer, self._answers = journal, performer, answers
        self._clock, self._metrics = clock, metrics

    def step(self) -> bool:
        """Raises StoreError when the store fails: the job is done again once its lease ends."""
        taken = self._journal.take(self._clock.now(), LEASE_SECONDS)
        if taken is None:
            return False
        try:
            done = self._performer.perform(taken)
        except TryAgainError as error:
            if taken.attempts < len(WAITS):
                self._later(taken, str(error))
                return True
            done = Done(Result.FAILED, f"Given up: {error}")
        self._over(taken, done)
        return True

    def _later(self, taken: Taken, why: str) -> None:
        due_at = self._clock.now() + timedelta(seconds=WAITS[taken.attempts])
        self._journal.postpone(taken, due_at, why)
        log.warning("an action has to wait", number=taken.number, reason=why)
        if not taken.attempts:
            self._answers.tell(taken.job.respond, f"Not yet: {why}. Trying again for a minute.")

    def _over(self, taken: Taken, done: Done) -> None:
        """On record first: to be told twice is worse than not to be told."""
        job = taken.job
        if not self._journal.conclude(taken, done.result, done.told, self._clock.now()):
            return  # somebody else has the job now
        self._metrics.action(job.verb, done.result)
        log.info(
            "action",
            number=taken.number,
            verb=job.verb,
            group=job.group_id,
            user=job.person.id,
            name=job.person.name,
            via=job.via,
            until=job.until or "",
            result=done.result,
            told=done.told,
        )
        # After a click that worked the message itself says so.
        if done.result is not Result.DONE or job.via is Via.COMMAND:
            self._answers.tell(job.respond, done.told)
