"""Brings Slack to show what Alertmanager says. The story, one step at a time:

0. More groups wait for a channel than it can show in a few seconds? A digest tells them (`gather`).
1. Claim the most urgent group that has something to tell, on a lane that may be used now.
2. If a post of its was cut short, look in Slack whether it arrived; if so, it counts as sent.
3. Decide, from the state as it is now, the one next thing to do (`plan`). Nothing? Then rest, maybe
   until a time when there will be something.
4. Respect the lane's rate: if it has to wait, put the group back.
5. Before a new post, commit the intent to send it. An edit needs none: twice does no harm.
6. Send.
7. Accepted: record what people were told, and whether more is left to do.
8. Not now: record why, and come back later. While Slack is away, leave it alone.
9. Refused: park the group with the reason, for people to see.
10. Gone: forget the message, so that the next step posts a new one.

Digests, heartbeats and the relay's own trouble are claimed and told as groups are.
"""

import random
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from relay.clock import Clock
from relay.config.model import Config
from relay.delivery.crowds import gather_crowds
from relay.delivery.decisions import Decisions, name_of
from relay.delivery.limits import Limits, backoff
from relay.logs import logger
from relay.message import Message
from relay.metrics import Metrics
from relay.model.delivered import Delivered, Intent, Kind, MessageRef
from relay.model.group import Group
from relay.model.outcome import (
    Accepted,
    Ambiguous,
    Found,
    Gone,
    Lookup,
    Missing,
    More,
    Outcome,
    RateLimited,
    Refused,
    Retry,
    Unknowable,
)
from relay.model.state import State
from relay.model.watch import Watch
from relay.planning import plan
from relay.planning.next import Rest, Step
from relay.store import Claim, Store, Verdict, Work

LEASE_SECONDS = 120.0  # longer than the slowest step: five calls of ten seconds and their commits
ASLEEP = timedelta(minutes=2)  # between two steps: the machine slept, or its clock was set
BACK = timedelta(seconds=5)  # between two steps: the clock was set back
PARKED_RETRY = timedelta(minutes=15)
LOOKS = 5  # how often nonsense is taken for an answer when we look for a post
PAGES = 20  # of 200 messages that a post is looked for on
PAGE_PAUSE = timedelta(seconds=1.2)  # between two: Slack answers 50 such calls a minute

log = logger("relay.delivery.reconcile")


class Slack(Protocol):
    """What is asked of Slack; relay.slack.api.Slack in earnest."""

    def post(self, intent: Intent, message: Message) -> Outcome: ...

    def update(self, ref: MessageRef, message: Message) -> Outcome: ...

    def find(self, intent: Intent, channel_id: str) -> Lookup: ...


class Reconciler:
    """The delivery loop's one step, with all it needs."""

    def __init__(
        self,
        store: Store,
        slack: Slack,
        config: Config,
        clock: Clock,
        metrics: Metrics,
        jitter: Callable[[], float] = random.random,
        limits: Limits | None = None,
    ) -> None:
        # Told of each new message once it is recorded; must neither wait nor raise.
        self.posted: Callable[[Group, MessageRef], None] = lambda _group, _ref: None
        self._store, self._slack, self._config = store, slack, config
        self._clock, self._metrics, self._jitter = clock, metrics, jitter
        self._limits = limits or Limits(config.limits, jitter)
        self._channel_ids: dict[str, str] = {}
        self._unsaved: tuple[Claim, Verdict] | None = None
        self._decisions = Decisions(store, config, clock)
        self._stepped_at: datetime | None = None

    def step(self) -> bool:
        """Does one thing for one group. False if there was nothing to do now.

        Raises StoreError when the store fails. What Slack has accepted meanwhile is kept, and
        recorded before anything else is sent.
        """
        if self._unsaved:
            self._save(*self._unsaved)
        monotonic = self._clock.monotonic()
        if self._limits.paused(monotonic):
            return False
        held = self._limits.held(monotonic)
        self._listen()
        gather_crowds(self._store, self._config, self._clock.now())
        claim = self._store.claim(self._clock.now(), held, LEASE_SECONDS)
        if claim is None:
            return False
        if claim.intent:
            self._settle(claim, claim.intent)
        else:
            self._advance(claim)
        return True

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
        """Decides and does the next thing for a group whose last post's fate is known."""
        step = self._decisions.plan(claim)
        if isinstance(step, Rest):
            self._save(claim, self._decisions.resting(claim, step))
            return
        lane, now = str(step.lane), self._clock.monotonic()
        if wait := self._limits.reserve(lane, now):
            self._metrics.waited(step.lane.speaks, wait)
            due_at = self._clock.now() + timedelta(seconds=wait)
            verdict = self._decisions.later(claim, claim.delivered, step.lane, due_at)
            parked = claim.work is Work.PARKED
            self._save(claim, replace(verdict, work=Work.PARKED if parked else Work.PENDING))
            return
        intent = self._intent(step)
        if intent and not self._store.intend(claim, intent):
            return  # our lease ran out: somebody else has the group now
        self._conclude(claim, step, intent, self._send(step, intent))

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

    def _conclude(self, claim: Claim, step: Step, intent: Intent | None, outcome: Outcome) -> None:
        """Records what came of a call."""
        self._metrics.delivered(outcome)
        self._note(claim, step, outcome)
        if problem := step.message.problem:
            self._metrics.template_failed(problem)
            log.warning("a template failed", group=claim.group_id, reason=problem)
        lane, before = step.lane, claim.delivered
        self._heed(str(lane), outcome)
        match outcome:
            case Accepted(channel_id, ts):
                if intent:
                    self._accepted(claim, intent, channel_id, ts, lane.channel)
                else:
                    self._save(claim, self._sent(claim, step.after))
            case RateLimited(seconds):
                due_at = self._clock.now() + timedelta(seconds=seconds)
                self._save(claim, self._decisions.later(claim, before, lane, due_at))
            case Retry(reason) | Ambiguous(reason):
                kept = intent if isinstance(outcome, Ambiguous) else None
                self._failed(claim, reason, outcome.unreachable, kept, lane)
            case Refused(reason, outside):
                again_at = self._parked_until() if outside else None
                verdict = Verdict(Work.PARKED, before, None, again_at, claim.attempts + 1, reason)
                self._save(claim, replace(verdict, channel=lane.channel, lane=str(lane)))
            case Gone(reason):
                lost = replace(before, message=None)
                self._save(claim, replace(self._decisions.next(claim, lost), reason=reason))

    def _settle(self, claim: Claim, intent: Intent) -> None:
        """Finds out what became of a post that was cut short."""
        channel_id = intent.channel
        if intent.kind is Kind.POST:
            channel_id = self._store.channel_id(intent.channel) or intent.channel
        method = "conversations.replies" if intent.thread_ts else "conversations.history"
        with self._metrics.slack_call(method):
            lookup = self._slack.find(intent, channel_id)
        log.info("looked for a post", group=claim.group_id, found=type(lookup).__name__)
        lane = plan.Lane(_channel(claim, intent), speaks=True)
        match lookup:
            case Found(channel_id, ts):
                self._limits.answered()
                self._accepted(claim, intent, channel_id, ts, _channel(claim, intent))
            case Missing() | Unknowable():
                self._advance(replace(claim, intent=None))
            case More(cursor) if intent.pages + 1 < PAGES:
                self._limits.answered()
                looked = replace(intent, cursor=cursor, pages=intent.pages + 1)
                due_at = self._clock.now() + PAGE_PAUSE
                verdict = self._decisions.later(claim, claim.delivered, lane, due_at)
                self._save(claim, replace(verdict, intent=looked))
            case More():
                self._advance(replace(claim, intent=None))
            case RateLimited(seconds):
                due_at = self._clock.now() + timedelta(seconds=seconds)
                verdict = self._decisions.later(claim, claim.delivered, lane, due_at)
                self._save(claim, replace(verdict, intent=intent))
            case Retry(reason, unreachable, answered) if not answered or intent.looked < LOOKS:
                self._heed("", lookup)
                looked = replace(intent, looked=intent.looked + int(answered))
                self._failed(claim, reason, unreachable, looked, lane)
            case Retry():
                self._advance(replace(claim, intent=None))

    def _accepted(
        self, claim: Claim, intent: Intent, channel_id: str, ts: str, channel: str
    ) -> None:
        """Slack has the post, as it just said or as we found."""
        after = intent.after
        if intent.kind is Kind.POST:
            after = replace(after, message=MessageRef(channel_id, ts, channel))
        self._save(claim, self._sent(claim, after))
        if after.message and intent.kind is Kind.POST and isinstance(claim.state, State):
            self.posted(claim.state.group, after.message)
        if intent.kind is Kind.POST and self._channel_ids.get(channel) != channel_id:
            self._store.remember_channel(channel, channel_id)
            self._channel_ids[channel] = channel_id

    def _sent(self, claim: Claim, after: Delivered) -> Verdict:
        """The verdict on what Slack accepted: done, or at once the next step."""
        return replace(self._decisions.next(claim, after), attempts=0, sent_at=self._clock.now())

    def _failed(
        self, claim: Claim, reason: str, unreachable: bool, intent: Intent | None, lane: plan.Lane
    ) -> None:
        """It did not work this time. While Slack as a whole is away the group keeps its turn, so
        that the most urgent goes first once Slack is back; every fifth time others get theirs, in
        case it is this group that Slack chokes on."""
        attempts = claim.attempts + 1
        seconds = backoff(attempts, self._jitter())
        due_at = self._clock.now() + timedelta(seconds=seconds)
        if unreachable and attempts % 5:
            due_at = self._clock.now()
        verdict = self._decisions.later(claim, claim.delivered, lane, due_at)
        self._save(claim, replace(verdict, intent=intent, attempts=attempts, reason=reason))

    def _parked_until(self) -> datetime:
        return self._clock.now() + PARKED_RETRY * (1 + self._jitter() / 5)

    def _heed(self, lane: str, outcome: Outcome | Lookup) -> None:
        """Adapts to what Slack said of its own health."""
        now = self._clock.monotonic()
        if isinstance(outcome, Retry | Ambiguous) and outcome.unreachable:
            self._limits.failed(now)
            return
        if isinstance(outcome, RateLimited):
            self._limits.hold(lane, outcome.seconds, now)
            self._metrics.waited(not lane.startswith("edit "), outcome.seconds)
        if self._limits.answered():
            self._store.hasten(self._clock.now())

    def _save(self, claim: Claim, verdict: Verdict) -> None:
        """Ends a claim. What Slack has accepted is not forgotten when the store fails just then."""
        self._unsaved = (claim, verdict) if verdict.sent_at else None
        if not self._store.finish(claim, verdict, self._clock.now()):
            log.warning("a lease ran out", group=claim.group_id)
        self._unsaved = None

    def _note(self, claim: Claim, step: Step, outcome: Outcome) -> None:
        log.info(
            "delivery",
            group=claim.group_id,
            name=name_of(claim.state),
            channel=step.lane.channel,
            kind=step.kind or "edit",
            outcome=type(outcome).__name__,
            reason=getattr(outcome, "reason", ""),
        )


def _channel(claim: Claim, intent: Intent) -> str:
    """The configured name of the channel that a post went to."""
    message = claim.delivered.message
    return message.channel if intent.thread_ts and message else intent.channel
