"""A group's life without store and clock: webhooks come, Slack takes what the relay would say."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from relay_kit import CONFIG, at

from relay.config.model import Config
from relay.intake.merge import merge
from relay.intake.webhook import Webhook
from relay.model.delivered import Delivered, Kind, MessageRef
from relay.model.standing import Standing
from relay.model.state import State
from relay.planning.next import Rest, Step
from relay.planning.step import next_step


@dataclass
class Life:
    """One group. `said` is what was sent, in order: "post", "broadcast", "reply" or "edit"."""

    config: Config = CONFIG
    seconds: float = 6000.0
    state: State | None = None
    delivered: Delivered = field(default_factory=Delivered)
    said: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    standing: Standing = field(default_factory=Standing)

    def hear(self, hook: Webhook) -> None:
        self.state = merge(self.state, hook, self.now)

    def settle(self) -> None:
        """Says all there is to say now."""
        while isinstance(step := self.next(), Step):
            assert len(self.said) < 200, "it never comes to rest"
            self.said.append(step.kind or "edit")
            self.texts.append(step.message.text)
            told = [step.message.text, step.message.blocks, step.message.attachments]
            self.contents.append(json.dumps(told))
            self.delivered = step.after
            if step.kind is Kind.POST:
                place = MessageRef("C1", f"{len(self.said)}.0", "#alerts")
                self.delivered = replace(step.after, message=place)

    @property
    def now(self) -> datetime:
        return at(self.seconds / 60)

    def next(self) -> Step | Rest:
        assert self.state
        return next_step(self.state, self.delivered, self.config, self.now, self.standing, "g")

    def wait(self, seconds: float) -> None:
        """Time goes by; what becomes due is said."""
        end = self.seconds + seconds
        while isinstance(rest := self.next(), Rest) and rest.due_at:
            due = (rest.due_at - at(0)) / timedelta(seconds=1)
            if due > end:
                break
            self.seconds = max(due, self.seconds)
            self.settle()
        self.seconds = end

    @property
    def posts(self) -> int:
        return self.said.count("post")


def live(*hooks: Webhook, apart: float = 1.0, config: Config = CONFIG) -> Life:
    """Webhooks so many seconds apart, then five minutes of silence."""
    life = Life(config)
    for hook in hooks:
        life.hear(hook)
        life.settle()
        life.wait(apart)
    life.wait(300)
    return life
