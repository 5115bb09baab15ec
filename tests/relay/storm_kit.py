"""Storms in tests: how they begin, and what a person sees of them."""

import re
from datetime import timedelta
from typing import Any

from relay_kit import CONFIG, FakeSlack, Rig, alert, at

from relay.config.model import Config
from relay.config.policy import Storms
from relay.message import Message
from relay.model.delivered import Kind
from relay.model.storm import Member

SMALL = Config(CONFIG.default, CONFIG.routes, storm=Storms(threshold=5, individually=2))


class Screen:
    """What a person sees: the last content of each message, and the replies in its thread."""

    def __init__(self, slack: FakeSlack) -> None:
        self.messages: dict[str, Message] = {}
        self.replies: list[tuple[Kind, Message]] = []
        for number, (intent, message) in enumerate(slack.posts, 1):
            if intent.kind is Kind.POST:
                self.messages[f"{number}.0"] = message
            else:
                self.replies.append((intent.kind, message))
        for ref, message in slack.edits:
            self.messages[ref.ts] = message

    @property
    def digests(self) -> list[str]:
        texts = [message.text for message in self.messages.values()]
        return [text for text in texts if re.search(r"STORM|storm of", text)]

    @property
    def own(self) -> list[str]:
        texts = [message.text for message in self.messages.values()]
        return [text for text in texts if text not in self.digests]

    @property
    def calls(self) -> list[str]:
        """Replies that the channel sees."""
        return [message.text for kind, message in self.replies if kind is Kind.BROADCAST]

    @property
    def lists(self) -> str:
        return " ".join(str(message) for kind, message in self.replies if kind is Kind.REPLY)


def storm(rig: Rig, count: int, severity: str = "warning", first: int = 0) -> None:
    minute = (rig.clock.now() - at(0)) / timedelta(minutes=1)
    for index in range(first, first + count):
        rig.tell(alert(f"h{index}", minute, severity=severity), key=f"k{index}")


def member(number: int, firing: bool = True, **more: Any) -> Member:
    values: dict[str, Any] = {
        "name": f"Alert{number % 40}",
        "labels": {"alertname": "x", "host": f"h{number}"},
        "severity": ("info", "warning", "critical")[number % 3],
        "alerts": 1,
        "started_at": at(0),
        "ended_at": None if firing else at(90),
        "joined": number + 1,
    }
    return Member(group_id=f"g{number}", firing=firing, **values | more)
