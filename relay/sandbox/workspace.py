"""The channels and messages of the sandbox, in memory and bounded. Knows nothing of HTTP."""

import hashlib
import itertools
import threading
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

BOT_USER, BOT, TEAM, APP = "U0SANDBOX", "B0SANDBOX", "T0SANDBOX", "A0SANDBOX"
MAX_CHANNELS = 200


class RefusedError(Exception):
    """Slack's answer {"ok": false, "error": code}, with what else stands in it."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


@dataclass(frozen=True)
class Post:
    """One message. `ts` is its name within its channel and the time it was posted."""

    ts: str
    text: str
    blocks: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    thread_ts: str = ""  # of the message it replies to
    broadcast: bool = False  # a reply that the channel shows, too
    edited_ts: str = ""

    @property
    def in_channel(self) -> bool:
        return not self.thread_ts or self.broadcast


@dataclass
class Channel:
    """Its messages stand in the order in which they were posted, so in that of `ts`."""

    id: str
    name: str
    posts: dict[str, Post] = field(default_factory=dict)
    last_micros: int = 0

    def replies(self, ts: str) -> list[Post]:
        return [post for post in self.posts.values() if post.thread_ts == ts]


def channel_id(name: str) -> str:
    """The same ID for the same name in every run, in the form of Slack's."""
    digest = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    return "C" + b32encode(digest).decode()[:10]


class Workspace:
    """All channels. Every method is safe for threads and gives copies."""

    def __init__(self, channels: Sequence[str] | None = None, keep: int = 1_000) -> None:
        """`channels`: the only ones there are, or None for any, made on first use. `keep`:
        messages a channel remembers; the oldest are forgotten, with the replies to them."""
        self._fixed = None if channels is None else [_bare(name) for name in channels]
        self._keep = keep
        self._lock = threading.RLock()
        self._channels: dict[str, Channel] = {}
        self._block_ids = itertools.count(1)
        self.version = 1
        self.clear()

    def clear(self) -> None:
        """Forget all messages; the fixed channels stay."""
        with self._lock:
            self._channels = {}
            for name in self._fixed or ():
                self._add(name)
            self.version += 1

    def channels(self) -> list[Channel]:
        """By name."""
        with self._lock:
            return sorted(map(_copy, self._channels.values()), key=lambda channel: channel.name)

    def channel(self, name_or_id: str, create: bool = False) -> Channel:
        """By ID, "name" or "#name". RefusedError("channel_not_found") when there is none."""
        with self._lock:
            return _copy(self._find(name_or_id, create))

    def post(self, where: str, post: Post, now: float) -> tuple[Channel, Post]:
        """Add a message, its `ts` set here from `now` (seconds), unique in its channel."""
        with self._lock:
            channel = self._find(where, create=True)
            if post.thread_ts:
                parent = channel.posts.get(post.thread_ts)
                if parent is None:
                    raise RefusedError("thread_not_found")
                post = replace(post, thread_ts=parent.thread_ts or parent.ts)
            channel.last_micros = max(int(now * 1_000_000), channel.last_micros + 1)
            post = self._named(replace(post, ts=_ts(channel.last_micros)))
            channel.posts[post.ts] = post
            self._forget(channel)
            self.version += 1
            return _copy(channel), post

    def update(self, where: str, post: Post, now: float) -> tuple[Channel, Post]:
        """Replace the content of the message `post.ts`, which stays where it is."""
        with self._lock:
            channel = self._by_id(where)
            old = channel.posts.get(post.ts)
            if old is None:
                raise RefusedError("message_not_found")
            edited = _ts(int(now * 1_000_000))
            broadcast = old.broadcast or (post.broadcast and bool(old.thread_ts))
            kept = replace(post, thread_ts=old.thread_ts, broadcast=broadcast, edited_ts=edited)
            channel.posts[post.ts] = self._named(kept)
            self.version += 1
            return _copy(channel), channel.posts[post.ts]

    def _find(self, where: str, create: bool) -> Channel:
        name = _bare(where)
        for channel in self._channels.values():
            if where == channel.id or name == channel.name:
                return channel
        if not create or not name or self._fixed is not None:
            raise RefusedError("channel_not_found")
        if len(self._channels) >= MAX_CHANNELS:
            raise RefusedError(
                "channel_not_found", detail=f"the sandbox keeps {MAX_CHANNELS} channels"
            )
        return self._add(name)

    def _by_id(self, where: str) -> Channel:
        if where not in self._channels:  # chat.update takes no names
            raise RefusedError("channel_not_found")
        return self._channels[where]

    def _add(self, name: str) -> Channel:
        made = Channel(channel_id(name), name)
        self._channels[made.id] = made
        return made

    def _named(self, post: Post) -> Post:
        """Slack gives a block_id to every block that has none."""
        blocks = self._with_ids(post.blocks)
        attachments = [
            {"id": number, "fallback": "[no preview available]", **attachment}
            | ({"blocks": self._with_ids(inner)} if (inner := attachment.get("blocks")) else {})
            for number, attachment in enumerate(post.attachments, start=1)
        ]
        return replace(post, blocks=blocks, attachments=attachments)

    def _with_ids(self, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"block_id": f"s{next(self._block_ids)}", **block} for block in blocks]

    def _forget(self, channel: Channel) -> None:
        while len(channel.posts) > self._keep:
            oldest = next(iter(channel.posts))
            del channel.posts[oldest]
            for reply in channel.replies(oldest):
                del channel.posts[reply.ts]


def _bare(name: str) -> str:
    return name.strip().removeprefix("#")


def _ts(micros: int) -> str:
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


def _copy(channel: Channel) -> Channel:
    return replace(channel, posts=dict(channel.posts))
