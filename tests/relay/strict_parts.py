"""What the strict stand-in for Slack is made of: messages, channels, rates, refusals."""

import time
from dataclasses import dataclass, field
from typing import Any


class Refusal(Exception):
    """`error` of an answer with HTTP 200, or 429 with seconds to wait."""

    def __init__(self, error: str, wait: int = 0, **more: Any) -> None:
        super().__init__(error)
        self.error, self.wait, self.more = error, wait, more


@dataclass
class Post:
    """A message, and how often and to what it was edited."""

    ts: str
    content: dict[str, Any]
    thread_ts: str = ""
    broadcast: bool = False
    edits: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def now(self) -> dict[str, Any]:
        return self.edits[-1] if self.edits else self.content


@dataclass
class Channel:
    id: str
    name: str
    posts: dict[str, Post] = field(default_factory=dict)

    @property
    def top(self) -> list[Post]:
        """The messages that are no replies, the oldest first."""
        return [post for post in self.posts.values() if not post.thread_ts]

    def thread(self, ts: str) -> list[Post]:
        return [post for post in self.posts.values() if post.thread_ts == ts]


@dataclass
class Rate:
    """`burst` at once, then so many a minute."""

    per_minute: float
    burst: int
    tokens: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def take(self) -> None:
        now = time.monotonic()
        gained = (now - self.at) * self.per_minute / 60
        self.tokens, self.at = min(self.burst, self.tokens + gained), now
        if self.tokens < 1:
            raise Refusal("ratelimited", wait=1 + int((1 - self.tokens) * 60 / self.per_minute))
        self.tokens -= 1
