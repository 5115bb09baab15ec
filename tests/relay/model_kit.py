"""Simple models of the two ends: an Alertmanager that tells, and a Slack that shows."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from relay_kit import FakeClock, alert, at, payload

from relay.message import Message
from relay.model.delivered import Intent, MessageRef
from relay.model.group import Alert
from relay.model.outcome import (
    Accepted,
    Ambiguous,
    Found,
    Gone,
    Lookup,
    Missing,
    Outcome,
    RateLimited,
    Refused,
    Retry,
)


class Killed(BaseException):
    """SIGKILL: nothing in the process may handle it."""


@dataclass
class Shown:
    """A message, or a reply, as people see it now."""

    token: str
    group: str
    text: str
    channel: str
    thread: str = ""
    deleted: bool = False


@dataclass
class Slack:
    """Keeps what it took and shows it; `faults` befall the next calls, one each."""

    messages: list[Shown] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    archived: bool = False

    def post(self, intent: Intent, message: Message) -> Outcome:
        fault = self._fault()
        if (failed := self._refused(fault)) is not None:
            return failed
        if intent.thread_ts and self._at(intent.thread_ts).deleted:
            return Gone("thread_not_found")
        content = json.dumps([message.text, message.blocks, message.attachments])
        group = next((name for name in ("G0", "G1", "G2") if f"{name}-" in content), "")
        self.messages.append(
            Shown(intent.token, group, message.text, intent.channel, intent.thread_ts)
        )
        return self._answered(fault, Accepted("C1", str(len(self.messages))))

    def update(self, ref: MessageRef, message: Message) -> Outcome:
        fault = self._fault()
        if (failed := self._refused(fault)) is not None:
            return failed
        known = self._at(ref.ts)
        if known.deleted:
            return Gone("message_not_found")
        known.text = message.text
        return self._answered(fault, Accepted("C1", ref.ts))

    def find(self, intent: Intent, channel_id: str) -> Lookup:
        fault = self._fault()
        if fault == "limited":
            return RateLimited(3)
        if fault is not None:
            return Retry("no answer", unreachable=True)
        for ts, message in enumerate(self.messages, 1):
            if message.token == intent.token and not message.deleted:
                return Found("C1", str(ts))
        return Missing()

    def of(self, group: str) -> list[Shown]:
        """The messages of a group in the channel, the oldest first."""
        return [each for each in self.messages if each.group == group and not each.thread]

    def _at(self, ts: str) -> Shown:
        return self.messages[int(ts) - 1]

    def _fault(self) -> str | None:
        return self.faults.pop(0) if self.faults else None

    def _refused(self, fault: str | None) -> Outcome | None:
        if self.archived:
            return Refused("is_archived")
        match fault:
            case "away":
                return Retry("no answer", unreachable=True)
            case "limited":
                return RateLimited(7)
            case "unsure":
                return Ambiguous("connection reset")
            case "killed before":
                raise Killed
        return None

    def _answered(self, fault: str | None, accepted: Accepted) -> Outcome:
        """Slack did it; what the relay hears is another matter."""
        if fault == "lost":
            return Ambiguous("no answer in 10 s")
        if fault == "killed after":
            raise Killed
        return accepted


FAULTS = ["away", "limited", "unsure", "lost", "killed before", "killed after"]


@dataclass
class Alertmanager:
    """One group: what fires, and what resolved since the relay last took a notification."""

    group: str
    clock: FakeClock
    firing: dict[str, datetime] = field(default_factory=dict)
    resolved: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    episodes: int = 0  # times that it began to fire
    told: bool = False  # whether the relay has taken anything

    def begin(self, names: set[str]) -> None:
        new = {f"{self.group}-{name}" for name in names} - set(self.firing)
        if new and not self.firing:
            self.episodes += 1
        for name in new:
            self.firing[name] = self.clock.now()
            self.resolved.pop(name, None)

    def end(self, names: set[str]) -> None:
        for name in {f"{self.group}-{name}" for name in names} & set(self.firing):
            self.resolved[name] = (self.firing.pop(name), self.clock.now())

    def notification(self) -> bytes | None:
        """What it would send now."""
        alerts = [self._alert(name, starts) for name, starts in self.firing.items()]
        alerts += [self._alert(name, *times) for name, times in self.resolved.items()]
        return json.dumps(payload(*alerts, key=self.group)).encode() if alerts else None

    def taken(self) -> None:
        self.resolved.clear()
        self.told = True

    def _alert(self, name: str, starts: datetime, ends: datetime | None = None) -> Alert:
        minutes = [
            None if time is None else (time - at(0)).total_seconds() / 60 for time in (starts, ends)
        ]
        return alert(name, minutes[0] or 0.0, minutes[1])


def _minute(time: datetime) -> float:
    return (time - at(0)).total_seconds() / 60
