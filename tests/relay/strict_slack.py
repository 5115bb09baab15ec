"""Slack's Web API as its documentation has it, and no bit more: for judging the relay.

Own code, not the relay's sandbox. It knows channels by ID, reads arguments only in the forms that
each method takes, enforces rates and limits, and keeps a list of all that nobody should have sent.
strict_http.py serves it.
"""

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from strict_blocks import dialog, marked, message_faults

TOKEN = "xoxb-strict-1"
BOT = "U0BOT0001"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

WRITES = {"chat.postMessage", "chat.update", "views.open"}  # they take JSON as well as forms
SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.list": "channels:read",
    "conversations.info": "channels:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "usergroups.users.list": "usergroups:read",
}
PER_MINUTE = {
    "chat.update": 50,
    "chat.getPermalink": 1000,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.list": 20,
    "conversations.info": 50,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
    "usergroups.users.list": 20,
    "views.open": 100,
    "auth.test": 100,
}
BURST = 10  # calls of such a method that may come at once
POST_BURST = 4  # messages that a channel takes at once; then one a second
_MENTION = re.compile(r"<(?:[@#]|!(?!date\^))[^>]*>|@(?:here|channel|everyone)\b")


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


Mischief = Callable[[str, "StrictSlack"], str]
"""Of a method: "" or one of BEFORE and AFTER: what goes wrong before a call is done, or after."""

BEFORE = ("429", "500 before", "reset before", "page before")
AFTER = ("500 after", "reset after", "page after", "fatal after", "silence after")


class StrictSlack:
    """A workspace behind HTTP. Names of channels are made known by `channels`."""

    def __init__(self, *channels: str, mischief: Mischief = lambda method, slack: "") -> None:
        self.channels = {
            f"C0{number:07}": Channel(f"C0{number:07}", name)
            for number, name in enumerate(channels, 1)
        }
        self.scopes = set(SCOPES.values()) | {"commands"}
        self.mischief = mischief
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.wrong: list[str] = []  # what should never have been sent
        self.limited: list[str] = []  # the methods that were too fast
        self.views: list[dict[str, Any]] = []
        self.responses: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.mentions: set[str] = set()  # those that the relay was told to make
        self.silence = 11.0  # seconds without an answer
        self._triggers: dict[str, float] = {}
        self._files: dict[str, dict[str, Any]] = {}
        self._rates: dict[str, Rate] = {}
        self._clock = 0
        self._lock = threading.RLock()
        self.root = ""  # its address, once it is served

    @property
    def url(self) -> str:
        """What SLACK_API_URL is to be."""
        return f"{self.root}/api/"

    # What a person does ----------------------------------------------------------------------

    def trigger(self) -> str:
        """For a click: good for one dialog, for three seconds."""
        with self._lock:
            name = f"{len(self._triggers) + 1}.trigger"
            self._triggers[name] = time.monotonic() + 3
            return name

    def response_url(self) -> str:
        """Good for five answers."""
        with self._lock:
            place = f"/response/{len(self.responses) + 1}"
            self.responses[place] = []
            return self.root + place

    # Calls -----------------------------------------------------------------------------------

    def call(self, method: str, token: str, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self.calls.append((method, given))
            if token != f"Bearer {TOKEN}":
                raise Refusal("not_authed" if not token else "invalid_auth")
            handler = _METHODS.get(method)
            if handler is None:
                raise Refusal("unknown_method")
            if kind == JSON and method not in WRITES:
                self.wrong.append(f"{method} takes no JSON")
                raise Refusal("invalid_arguments")
            needed = SCOPES.get(method)
            if needed and needed not in self.scopes:
                raise Refusal(
                    "missing_scope", needed=needed, provided=",".join(sorted(self.scopes))
                )
            if method in PER_MINUTE:
                self._limit(method, Rate(PER_MINUTE[method], BURST), method)
            return handler(self, given)

    def _limit(self, key: str, fresh: Rate, method: str) -> None:
        try:
            self._rates.setdefault(key, fresh).take()
        except Refusal:
            self.limited.append(method)
            raise

    def _tick(self) -> str:
        self._clock += 1
        return f"{int(time.time())}.{self._clock:06}"

    def _channel(self, given: dict[str, Any], by_name: bool = False) -> Channel:
        wanted = given.get("channel")
        if not wanted:
            raise Refusal("invalid_arguments")
        if channel := self.channels.get(wanted):
            return channel
        named = [each for each in self.channels.values() if f"#{each.name}" == wanted]
        if by_name and named:
            return named[0]
        raise Refusal("channel_not_found")

    def _content(self, given: dict[str, Any], method: str) -> dict[str, Any]:
        text = given.get("text") or ""
        parts = {name: self._array(given, name) for name in ("blocks", "attachments")}
        if not (text or parts["blocks"] or parts["attachments"]):
            raise Refusal("no_text")
        if len(text) > 40_000:
            self.wrong.append(f"{method}: {len(text)} characters of text")
            raise Refusal("msg_too_long")
        if faults := message_faults(parts["blocks"], parts["attachments"]):
            self.wrong += [f"{method}: {error}: {fault}" for error, fault in faults]
            told = [f"[ERROR] {fault}" for _, fault in faults]
            raise Refusal(faults[0][0], response_metadata={"messages": told})
        if parts["blocks"] and not text:
            self.wrong.append(f"{method}: blocks without a text for notifications")
        self._judge_mentions(method, [text, *marked([parts["blocks"], parts["attachments"]])])
        return {"text": text, **parts}

    def _judge_mentions(self, method: str, said: list[str]) -> None:
        for text in said:
            for found in _MENTION.findall(text):
                if found not in self.mentions:
                    self.wrong.append(f"{method} mentions {found}")
                elif method == "chat.update":
                    self.wrong.append(f"an edit mentions {found}")

    def _array(self, given: dict[str, Any], name: str) -> list[Any]:
        value = given.get(name) or []
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise Refusal(f"invalid_{name}_format") from None
        if not isinstance(value, list):
            raise Refusal(f"invalid_{name}_format")
        return value

    def _auth_test(self, given: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": self.root,
            "team": "strict",
            "user": "tocsin",
            "team_id": "T0",
            "user_id": BOT,
        }

    def _chat_post_message(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given, by_name=True)
        content = self._content(given, "chat.postMessage")
        thread = str(given.get("thread_ts") or "")
        if thread and thread not in channel.posts:
            raise Refusal("thread_not_found")
        if thread and channel.posts[thread].thread_ts:
            self.wrong.append("a reply to a reply")
        if given.get("reply_broadcast") and not thread:
            self.wrong.append("a broadcast without a thread")
        self._limit(f"post {channel.id}", Rate(60, POST_BURST), "chat.postMessage")
        ts = self._tick()
        channel.posts[ts] = Post(ts, content, thread, bool(given.get("reply_broadcast")))
        return {"channel": channel.id, "ts": ts, "message": self._as_told(channel.posts[ts])}

    def _chat_update(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        post = channel.posts.get(str(given.get("ts")))
        if post is None:
            raise Refusal("message_not_found")
        if not {"blocks", "attachments"} <= given.keys():
            self.wrong.append("an edit that leaves blocks or attachments as they are")
        post.edits.append(self._content(given, "chat.update"))
        return {"channel": channel.id, "ts": post.ts, "text": post.now["text"]}

    def _chat_get_permalink(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        if given.get("message_ts") not in channel.posts:
            raise Refusal("message_not_found")
        return {"permalink": f"{self.root}/archives/{channel.id}/p{given['message_ts']}"}

    def _conversations_history(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        shown = [post for post in channel.posts.values() if not post.thread_ts or post.broadcast]
        return self._page(given, [*reversed(shown)])

    def _conversations_replies(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        parent = channel.posts.get(str(given.get("ts")))
        if parent is None:
            raise Refusal("thread_not_found")
        page = self._page(given, channel.thread(parent.ts))
        page["messages"].insert(0, self._as_told(parent))
        return page

    def _page(self, given: dict[str, Any], posts: list[Post]) -> dict[str, Any]:
        limit = int(given.get("limit") or 100)
        if not 0 < limit <= 999:
            raise Refusal("invalid_limit")
        cursor = given.get("cursor") or ""
        if cursor and not re.fullmatch(r"from=\d+", cursor):
            raise Refusal("invalid_cursor")
        begin = int(cursor[5:]) if cursor else 0
        oldest = float(given.get("oldest") or 0)
        known = [post for post in posts if float(post.ts) > oldest]
        more = f"from={begin + limit}" if begin + limit < len(known) else ""
        return {
            "messages": [self._as_told(post) for post in known[begin : begin + limit]],
            "has_more": bool(more),
            "response_metadata": {"next_cursor": more},
        }

    def _as_told(self, post: Post) -> dict[str, Any]:
        told = {"type": "message", "user": BOT, "ts": post.ts, **post.now}
        return told | ({"thread_ts": post.thread_ts} if post.thread_ts else {})

    def _conversations_list(self, given: dict[str, Any]) -> dict[str, Any]:
        limit = int(given.get("limit") or 100)
        if not 0 < limit <= 1000:
            raise Refusal("invalid_limit")
        listed = [{"id": each.id, "name": each.name} for each in self.channels.values()]
        return {"channels": [each | {"is_member": True} for each in listed]}

    def _conversations_info(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        return {"channel": {"id": channel.id, "name": channel.name, "is_member": True}}

    def _usergroups_users_list(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"users": ["U0ALICE01"]}

    def _views_open(self, given: dict[str, Any]) -> dict[str, Any]:
        trigger = str(given.get("trigger_id"))
        ends = self._triggers.get(trigger)
        if ends is None:
            raise Refusal("invalid_trigger_id")
        if ends == 0:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() > ends:
            raise Refusal("expired_trigger_id")
        view = given.get("view")
        view = json.loads(view) if isinstance(view, str) else view
        faults = list(dialog(view, "/view"))
        if not isinstance(view, dict) or view.get("type") != "modal" or faults:
            self.wrong += [f"views.open: {fault}" for fault in faults]
            raise Refusal("invalid_arguments", response_metadata={"messages": faults})
        self._triggers[trigger] = 0
        self.views.append(view)
        return {"view": {"id": f"V{len(self.views)}", **view}}

    # Files and answers -----------------------------------------------------------------------

    def _get_upload_url(self, given: dict[str, Any]) -> dict[str, Any]:
        length = int(given.get("length") or 0)
        if not given.get("filename") or length < 1:
            raise Refusal("invalid_arguments")
        name = f"F{len(self._files) + 1:08}"
        self._files[name] = {"length": length, "data": None, "shared": False}
        return {"upload_url": f"{self.root}/upload/{name}", "file_id": name}

    def take_upload(self, name: str, data: bytes) -> tuple[int, str]:
        with self._lock:
            file = self._files.get(name)
            if file is None or len(data) != file["length"]:
                self.wrong.append(f"an upload of {len(data)} bytes that was not announced")
                return 400, "no"
            file["data"] = data
            return 200, f"OK - {len(data)}"

    def _complete_upload(self, given: dict[str, Any]) -> dict[str, Any]:
        listed = self._array(given, "files")
        channel = self.channels.get(str(given.get("channel_id")))
        thread = str(given.get("thread_ts") or "")
        if channel is None or (thread and thread not in channel.posts):
            raise Refusal("channel_not_found")
        for each in listed:
            file = self._files.get(each.get("id"))
            if file is None or file["data"] is None or file["shared"]:
                raise Refusal("file_not_found")
            file["shared"] = True
            if thread:
                channel.posts[thread].files.append(each["id"])
        return {"files": [{"id": each["id"], "title": each.get("title", "")} for each in listed]}

    def file(self, name: str) -> bytes:
        return bytes(self._files[name]["data"])

    def take_response(self, place: str, body: dict[str, Any]) -> tuple[int, str]:
        with self._lock:
            if place not in self.responses:
                return 404, "no such address"
            if len(self.responses[place]) >= 5:
                self.wrong.append("a sixth answer to one click")
                return 404, "used_url"
            if (
                body.get("replace_original") is not False
                and body.get("response_type") != "ephemeral"
            ):
                self.wrong.append(f"an answer that others see: {body}")
            self.responses[place].append(body)
            return 200, "ok"


_METHODS: dict[str, Callable[[StrictSlack, dict[str, Any]], dict[str, Any]]] = {
    "auth.test": StrictSlack._auth_test,
    "chat.getPermalink": StrictSlack._chat_get_permalink,
    "chat.postMessage": StrictSlack._chat_post_message,
    "chat.update": StrictSlack._chat_update,
    "conversations.history": StrictSlack._conversations_history,
    "conversations.info": StrictSlack._conversations_info,
    "conversations.list": StrictSlack._conversations_list,
    "conversations.replies": StrictSlack._conversations_replies,
    "files.completeUploadExternal": StrictSlack._complete_upload,
    "files.getUploadURLExternal": StrictSlack._get_upload_url,
    "usergroups.users.list": StrictSlack._usergroups_users_list,
    "views.open": StrictSlack._views_open,
}
