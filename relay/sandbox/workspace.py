"""The channels and messages of the sandbox, in memory and bounded. Knows nothing of HTTP."""

import hashlib
import itertools
import secrets
import threading
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from relay.sandbox.files import File, Files
from relay.sandbox.refused import RefusedError

BOT_USER, BOT, TEAM, APP = "U0SANDBOX", "B0SANDBOX", "T0SANDBOX", "A0SANDBOX"
PERSON, PERSON_NAME = "U0VISITOR", "you"  # whoever looks at the page
MAX_CHANNELS = 200
NOTES_KEPT = 5  # a channel
TOKENS_KEPT = 200
RESPONSES = 5  # that one response_url takes


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
    files: tuple[File, ...] = ()

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
    notes: list[str] = field(default_factory=list)  # what only the person sees

    def replies(self, ts: str) -> list[Post]:
        return [post for post in self.posts.values() if post.thread_ts == ts]


@dataclass(frozen=True)
class Dialog:
    """An open dialog, with what was typed and what is wrong with it, by block_id."""

    view: dict[str, Any]
    typed: dict[str, str]
    errors: dict[str, str]


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
        self.files = Files()
        self.version = 1
        self.clear()

    def clear(self) -> None:
        """Forget all messages; the fixed channels stay."""
        with self._lock:
            self._channels = {}
            self.dialog: Dialog | None = None
            self._triggers: list[str] = []
            self.files.clear()
            self._tokens: dict[str, tuple[str, int]] = {}
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

    def note(self, where: str, text: str) -> None:
        """Tell the person something in a channel, and nobody else."""
        with self._lock:
            notes = self._find(where, create=False).notes
            notes[:] = [*notes, text][-NOTES_KEPT:]
            self.version += 1

    def trigger(self, where: str) -> str:
        """A new trigger_id: good for one dialog."""
        with self._lock:
            self._triggers = [*self._triggers, f"{where}.{secrets.token_hex(8)}"][-TOKENS_KEPT:]
            return self._triggers[-1]

    def open_by_trigger(self, trigger: str, view: dict[str, Any]) -> None:
        """RefusedError if the trigger is none, or was used."""
        with self._lock:
            if trigger not in self._triggers:
                raise RefusedError("invalid_trigger_id" if trigger else "invalid_arguments")
            self._triggers.remove(trigger)
            self.open_dialog(view, {}, {})

    def open_dialog(
        self, view: dict[str, Any], typed: dict[str, str], errors: dict[str, str]
    ) -> None:
        with self._lock:
            self.dialog = Dialog(view, typed, errors)
            self.version += 1

    def close_dialog(self) -> None:
        with self._lock:
            self.dialog = None
            self.version += 1

    def response_token(self, where: str) -> str:
        """The secret part of a response_url for a channel."""
        with self._lock:
            token = secrets.token_urlsafe(12)
            self._tokens[token] = (where, RESPONSES)
            while len(self._tokens) > TOKENS_KEPT:
                del self._tokens[next(iter(self._tokens))]
            return token

    def responds(self, token: str) -> str | None:
        """The channel that a response_url belongs to; None when it is none, or used up."""
        with self._lock:
            where, left = self._tokens.get(token, ("", 0))
            if not left:
                return None
            self._tokens[token] = (where, left - 1)
            return where

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
    return replace(channel, posts=dict(channel.posts), notes=list(channel.notes))
