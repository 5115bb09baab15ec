"""What an answer of Slack's means for the group that was spoken of, and for everything else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from relay.clock import Clock
from relay.delivery.decisions import Decisions, name_of
from relay.delivery.limits import Limits, backoff
from relay.logs import logger
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
from relay.planning.next import Step
from relay.planning.plan import Lane
from relay.store import Claim, Store, StoreError, Verdict, Work

PARKED_RETRY = timedelta(minutes=15)
LOOKS = 5  # how often nonsense is taken for an answer when we look for a post
PAGES = 20  # of 200 messages that a post is looked for on
PAGE_PAUSE = timedelta(seconds=1.2)  # between two: Slack answers 50 such calls a minute

log = logger("relay.delivery.conclusions")


class Conclusions:
    """Records what came of each call."""

    def __init__(
        self,
        store: Store,
        decisions: Decisions,
        limits: Limits,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self.posted: Callable[[Group, MessageRef], None] = lambda _group, _ref: None
        self._store, self._decisions, self._limits = store, decisions, limits
        self._clock, self._metrics = clock, metrics
        self._channel_ids: dict[str, str] = {}
        self._unsaved: list[tuple[Claim, Verdict]] = []

    def save(self, claim: Claim, verdict: Verdict) -> None:
        """Ends a claim. What Slack has accepted is not forgotten when the store fails just then."""
        if verdict.sent_at:
            self._unsaved.append((claim, verdict))
            self.save_again()
        else:
            self._finish(claim, verdict)

    def save_again(self) -> None:
        """Records what Slack has accepted and the store could not take, or raises StoreError."""
        while self._unsaved:
            claim, verdict = self._unsaved.pop(0)
            try:
                self._finish(claim, verdict)
            except StoreError:
                self._unsaved.insert(0, (claim, verdict))
                raise

    def _finish(self, claim: Claim, verdict: Verdict) -> None:
        if not self._store.finish(claim, verdict, self._clock.now()):
            log.warning("a lease ran out", group=claim.group_id)

    def told(self, claim: Claim, step: Step, intent: Intent | None, outcome: Outcome) -> None:
        """Slack was to be told something: `intent` is of a post, None of an edit."""
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
                    self.save(claim, self._sent(claim, step.after))
            case RateLimited(seconds):
                self.save(claim, self._decisions.later(claim, before, lane, self._in(seconds)))
            case Retry(reason) | Ambiguous(reason):
                kept = intent if isinstance(outcome, Ambiguous) else None
                self._failed(claim, reason, outcome.unreachable, kept, lane)
            case Refused(reason, outside):
                again_at = self._parked_until() if outside else None
                verdict = Verdict(Work.PARKED, before, None, again_at, claim.attempts + 1, reason)
                self.save(claim, replace(verdict, channel=lane.channel, lane=str(lane)))
            case Gone(reason):
                lost = replace(before, message=None)
                self.save(claim, replace(self._decisions.next(claim, lost), reason=reason))

    def looked(self, claim: Claim, intent: Intent, lookup: Lookup) -> Claim | None:
        """A post that was cut short was looked for. Its claim, if it goes on as if the post had
        never been."""
        log.info("looked for a post", group=claim.group_id, found=type(lookup).__name__)
        channel = channel_of(claim, intent)
        lane = Lane(channel, speaks=True)
        match lookup:
            case Found(channel_id, ts):
                self._limits.answered()
                self._accepted(claim, intent, channel_id, ts, channel)
            case More(cursor) if intent.pages + 1 < PAGES:
                self._limits.answered()
                looked = replace(intent, cursor=cursor, pages=intent.pages + 1)
                due_at = self._clock.now() + PAGE_PAUSE
                verdict = self._decisions.later(claim, claim.delivered, lane, due_at)
                self.save(claim, replace(verdict, intent=looked))
            case RateLimited(seconds):
                verdict = self._decisions.later(claim, claim.delivered, lane, self._in(seconds))
                self.save(claim, replace(verdict, intent=intent))
            case Retry(reason, unreachable, answered) if not answered or intent.looked < LOOKS:
                self._heed("", lookup)
                looked = replace(intent, looked=intent.looked + int(answered))
                self._failed(claim, reason, unreachable, looked, lane)
            case Missing() | Unknowable() | More() | Retry():
                return replace(claim, intent=None)
        return None

    def _accepted(
        self, claim: Claim, intent: Intent, channel_id: str, ts: str, channel: str
    ) -> None:
        """Slack has the post, as it just said or as we found."""
        after = intent.after
        if intent.kind is Kind.POST:
            after = replace(after, message=MessageRef(channel_id, ts, channel))
        self.save(claim, self._sent(claim, after))
        if after.message and intent.kind is Kind.POST and isinstance(claim.state, State):
            self.posted(claim.state.group, after.message)
        if intent.kind is Kind.POST and self._channel_ids.get(channel) != channel_id:
            self._store.remember_channel(channel, channel_id)
            self._channel_ids[channel] = channel_id

    def _sent(self, claim: Claim, after: Delivered) -> Verdict:
        """The verdict on what Slack accepted: done, or at once the next step."""
        return replace(self._decisions.next(claim, after), attempts=0, sent_at=self._clock.now())

    def _failed(
        self, claim: Claim, reason: str, unreachable: bool, intent: Intent | None, lane: Lane
    ) -> None:
        """It did not work this time. While Slack as a whole is away the group keeps its turn, so
        that the most urgent goes first once Slack is back; every fifth time others get theirs, in
        case it is this group that Slack chokes on."""
        attempts = claim.attempts + 1
        due_at = self._in(backoff(attempts, self._limits.jitter()))
        if unreachable and attempts % 5:
            due_at = self._clock.now()
        verdict = self._decisions.later(claim, claim.delivered, lane, due_at)
        self.save(claim, replace(verdict, intent=intent, attempts=attempts, reason=reason))

    def _in(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)

    def _parked_until(self) -> datetime:
        return self._clock.now() + PARKED_RETRY * (1 + self._limits.jitter() / 5)

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


def channel_of(claim: Claim, intent: Intent) -> str:
    """The configured name of the channel that a post went to."""
    message = claim.delivered.message
    return message.channel if intent.thread_ts and message else intent.channel
