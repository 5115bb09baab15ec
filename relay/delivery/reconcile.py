"""Brings Slack to show what Alertmanager says. The story, one step at a time:

0. More groups wait for a channel than it can show in a few seconds? A digest tells them (`gather`).
1. Claim the most urgent group that has something to tell, on a lane that may be used now.
2. If a post of its was cut short, look in Slack whether it arrived; if so, it counts as sent.
3. Decide, from the state as it is now, the one next thing to do (`plan`). Nothing? Then rest, maybe
   until a time when there will be something.
4. Respect the lane's rate: if it has to wait, put the group back.
5. Before a new post, commit the intent to send it. An edit needs none: twice does no harm.
6. Send. Meanwhile another lane's group is claimed: up to eight calls are under way at once, one on
   a lane. What comes of each is concluded in this thread, too (`calls`, `conclusions`).
7. Accepted: record what people were told, and whether more is left to do.
8. Not now: record why, and come back later. While Slack is away, leave it alone.
9. Refused: park the group with the reason, for people to see.
10. Gone: forget the message, so that the next step posts a new one.

Digests, heartbeats and the relay's own trouble are claimed and told as groups are.
"""

import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from relay.clock import Clock
from relay.config.model import Config
from relay.delivery.calls import Calls, Here
from relay.delivery.conclusions import Conclusions, channel_of
from relay.delivery.crowds import gather_crowds
from relay.delivery.decisions import Decisions
from relay.delivery.limits import Limits
from relay.message import Message
from relay.metrics import Metrics
from relay.model.delivered import Intent, Kind, MessageRef
from relay.model.group import Group
from relay.model.outcome import Lookup, Outcome
from relay.model.watch import Watch
from relay.planning.next import Rest, Step
from relay.planning.plan import Lane
from relay.store import Claim, Store, Work

T = TypeVar("T")

LEASE_SECONDS = 30.0  # how long what a killed process had begun waits to be taken over
RENEW_SECONDS = 10.0  # so a database that does not answer at once costs no lease
SOON_SECONDS = 0.01  # an answer within it is cheaper to wait for than a look for other work
ASLEEP = timedelta(minutes=2)  # between two steps: the machine slept, or its clock was set
BACK = timedelta(seconds=5)  # between two steps: the clock was set back


class Slack(Protocol):
    """What is asked of Slack, from any thread; relay.slack.api.Slack in earnest."""

    def post(self, intent: Intent, message: Message) -> Outcome: ...

    def update(self, ref: MessageRef, message: Message) -> Outcome: ...

    def find(self, intent: Intent, channel_id: str) -> Lookup: ...


class Reconciler:
    """The delivery loop's one step, with all it needs. Used by one thread; calls to Slack are made
    by `executor`."""

    def __init__(
        self,
        store: Store,
        slack: Slack,
        config: Config,
        clock: Clock,
        metrics: Metrics,
        limits: Limits | None = None,
        executor: Executor | None = None,
    ) -> None:
        self._store, self._slack, self._config = store, slack, config
        self._clock, self._metrics = clock, metrics
        self._limits = limits or Limits(config.limits)
        self.calls = Calls(executor or Here())
        self._decisions = Decisions(store, config, clock)
        self._conclusions = Conclusions(store, self._decisions, self._limits, clock, metrics)
        self._stepped_at: datetime | None = None
        self._claims: dict[str, Claim] = {}  # of the calls that are under way
        self._renew_at = 0.0  # all of them, on the monotonic clock

    def tell_of_posts(self, posted: Callable[[Group, MessageRef], None]) -> None:
        """Has `posted` told of each new message once it is recorded; it must neither wait nor
        raise."""
        self._conclusions.posted = posted

    def step(self) -> bool:
        """Concludes what Slack has answered, and begins one thing for one group. False if there was
        nothing to do now.

        Raises StoreError when the store fails. What Slack has accepted meanwhile is kept, and
        recorded before anything else is sent.
        """
        concluded = self.conclude()
        monotonic = self._clock.monotonic()
        self._renew(monotonic)
        if self.calls.full or self._limits.paused(monotonic):
            return concluded
        held = {*self._limits.held(monotonic), *self.calls.lanes()}
        self._listen()
        gather_crowds(self._store, self._config, self._clock.now())
        claim = self._store.claim(self._clock.now(), sorted(held), LEASE_SECONDS)
        if claim is None:
            return concluded
        if claim.intent:
            self._settle(claim, claim.intent)
        else:
            self._advance(claim)
        self.calls.wait_for_one(SOON_SECONDS)
        self.calls.conclude_answered()
        return True

    def conclude(self) -> bool:
        """Records what Slack has answered; False if it has not answered anything."""
        self._conclusions.save_again()
        return self.calls.conclude_answered()

    def _renew(self, monotonic: float) -> None:
        """Slack may take longer to answer than a lease lasts."""
        if self._claims and monotonic >= self._renew_at:
            self._renew_at = monotonic + RENEW_SECONDS
            self._store.renew(list(self._claims.values()), self._clock.now(), LEASE_SECONDS)

    def _call(
        self, claim: Claim, lane: str, call: Callable[[], T], conclude: Callable[[T], None]
    ) -> None:
        """Has Slack called for a claim, which is ours until `conclude` is told the answer."""
        if not self._claims:
            self._renew_at = self._clock.monotonic() + RENEW_SECONDS
        self._claims[claim.group_id] = claim

        def concluded(answer: Callable[[], T]) -> None:
            del self._claims[claim.group_id]
            conclude(answer())

        self.calls.begin(lane, call, concluded)

    def _listen(self) -> None:
        """Begins to watch the heartbeats, at the start and after each time this process slept:
        what was not heard meanwhile says nothing."""
        now, slept_from = self._clock.now(), self._stepped_at
        self._stepped_at = now
        if slept_from is None or now < slept_from - BACK:
            self._store.set_back(now)  # what was to wait until a time that is far off now
        elif now - slept_from < ASLEEP:
            return
        self._decisions.since = now
        pulses = self._config.heartbeats
        expected = [
            (Watch(pulse.name or str(pulse.matcher), str(pulse.matcher)), now + pulse.timeout)
            for pulse in pulses
        ]
        self._store.begin_watching(expected, self._config.operations is not None, now)

    def _advance(self, claim: Claim) -> None:
        """Decides and begins the next thing for a group whose last post's fate is known."""
        step = self._decisions.plan(claim)
        if isinstance(step, Rest):
            self._conclusions.save(claim, self._decisions.resting(claim, step))
            return
        lane, now = str(step.lane), self._clock.monotonic()
        if wait := self._limits.reserve(lane, now):
            self._metrics.waited(step.lane.speaks, wait)
            due_at = self._clock.now() + timedelta(seconds=wait)
            verdict = self._decisions.later(claim, claim.delivered, step.lane, due_at)
            parked = claim.work is Work.PARKED
            work = Work.PARKED if parked else Work.PENDING
            self._conclusions.save(claim, replace(verdict, work=work))
            return
        intent = self._intent(step)
        if intent and not self._store.intend(claim, intent):
            return  # our lease ran out: somebody else has the group now
        self._call(
            claim,
            lane,
            lambda: self._send(step, intent),
            lambda outcome: self._conclusions.told(claim, step, intent, outcome),
        )

    def _intent(self, step: Step) -> Intent | None:
        if step.kind is None:
            return None
        return Intent(
            token=f"tocsin-{secrets.token_hex(12)}",
            kind=step.kind,
            channel=step.thread.channel_id if step.thread else step.lane.channel,
            thread_ts=step.thread.ts if step.thread else "",
            at=self._clock.now(),
            after=step.after,
        )

    def _send(self, step: Step, intent: Intent | None) -> Outcome:
        method = "chat.postMessage" if intent else "chat.update"
        with self._metrics.slack_call(method):
            if intent:
                return self._slack.post(intent, step.message)
            assert step.thread  # noqa: S101 - an edit has a message to edit; for the type checker
            return self._slack.update(step.thread, step.message)

    def _settle(self, claim: Claim, intent: Intent) -> None:
        """Finds out what became of a post that was cut short."""
        channel_id = intent.channel
        if intent.kind is Kind.POST:
            channel_id = self._store.channel_id(intent.channel) or intent.channel
        lane = str(Lane(channel_of(claim, intent), speaks=True))
        self._call(
            claim,
            lane,
            lambda: self._find(intent, channel_id),
            lambda lookup: self._found(claim, intent, lookup),
        )

    def _find(self, intent: Intent, channel_id: str) -> Lookup:
        method = "conversations.replies" if intent.thread_ts else "conversations.history"
        with self._metrics.slack_call(method):
            return self._slack.find(intent, channel_id)

    def _found(self, claim: Claim, intent: Intent, lookup: Lookup) -> None:
        if free := self._conclusions.looked(claim, intent, lookup):
            self._advance(free)
