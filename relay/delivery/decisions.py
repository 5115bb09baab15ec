"""What is to be said next of whatever is claimed, and how its claim ends if nothing is sent now."""

from dataclasses import replace
from datetime import datetime

from relay.clock import Clock
from relay.config.model import Config
from relay.model.delivered import Delivered
from relay.model.state import State
from relay.model.storm import Digest
from relay.model.watch import Trouble, Watch
from relay.planning.deadman import Listening, next_for_trouble, next_for_watch, trouble_of
from relay.planning.digest import next_for_digest
from relay.planning.next import Rest, Step
from relay.planning.plan import Lane
from relay.planning.postsonly import as_post, unsaid
from relay.planning.step import next_step
from relay.store import Claim, Store, Verdict, Work


class Decisions:
    """Decides by the configuration, the time, and what the store knows besides the claim."""

    def __init__(self, store: Store, config: Config, clock: Clock) -> None:
        self.since: datetime | None = None  # when this process began to listen to heartbeats
        self._store, self._config, self._clock = store, config, clock

    def plan(self, claim: Claim) -> Step | Rest:
        """The one next thing to say, or until when there is none."""
        step = self._one(claim)
        if not self._config.posts_only:
            return step
        while isinstance(step, Step) and unsaid(step, claim.delivered):
            claim = replace(claim, delivered=step.after)
            step = self._one(claim)
        return as_post(step)

    def _one(self, claim: Claim) -> Step | Rest:
        now = self._clock.now()
        match claim.state:
            case Digest() as digest:
                standings = self._store.standings()
                return next_for_digest(digest, claim.delivered, self._config, now, standings)
            case Watch() as watch:
                here = Listening(self._config, self.since or now, now)
                return next_for_watch(watch, claim.delivered, here)
            case Trouble():
                trouble = trouble_of(self._store.queues(), self._config, now)
                return next_for_trouble(trouble, claim.delivered, self._config, now)
            case State() as state:
                return next_step(
                    state,
                    claim.delivered,
                    self._config,
                    now,
                    claim.standing,
                    claim.group_id,
                    claim.membership,
                )

    def next(self, claim: Claim, delivered: Delivered) -> Verdict:
        """What comes next, `delivered` being what people were told."""
        step = self.plan(replace(claim, delivered=delivered))
        if isinstance(step, Rest):
            return self.resting(claim, step)
        return self.later(claim, delivered, step.lane, None)

    def resting(self, claim: Claim, rest: Rest) -> Verdict:
        """Nothing to send now."""
        verdict = self.later(claim, rest.delivered, rest.lane, rest.due_at)
        return replace(verdict, work=Work.PENDING if rest.owed else Work.IDLE)

    def later(
        self, claim: Claim, delivered: Delivered, lane: Lane, due_at: datetime | None
    ) -> Verdict:
        """A claim that ends without anything sent: its lane is tried again at `due_at`."""
        return Verdict(
            Work.PENDING,
            delivered,
            due_at=due_at,
            attempts=claim.attempts,
            channel=lane.channel,
            lane=str(lane),
        )


def name_of(state: State | Digest | Watch | Trouble) -> str:
    """For people who read the log."""
    match state:
        case State():
            return state.group.name
        case Digest():
            return f"storm in {state.storm.channel}"
        case Watch():
            return f"heartbeat {state.name}"
        case Trouble():
            return "the relay's own trouble"
