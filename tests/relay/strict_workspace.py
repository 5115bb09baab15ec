"""The workspace of the strict stand-in for Slack: who may call what, how often, with what."""

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from strict_blocks import marked, message_faults
from strict_files import Files
from strict_parts import Channel, Post, Rate, Refusal

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
HOOK_PATH = "/services/T0/B0/secret"
HOOK_KEYS = {"text", "blocks", "attachments", "unfurl_links", "unfurl_media"}
_MENTION = re.compile(r"<(?:[@#]|!(?!date\^))[^>]*>|@(?:here|channel|everyone)\b")

Method = Callable[[Any, dict[str, Any]], dict[str, Any]]
Mischief = Callable[[str, "Workspace"], str]
"""Of a method: "" or one of BEFORE and AFTER: what goes wrong before a call is done, or after."""

BEFORE = ("429", "500 before", "reset before", "page before")
AFTER = ("500 after", "reset after", "page after", "fatal after", "silence after")


class Workspace:
    """What methods are called on. Names of channels are made known by `channels`."""

    methods: Mapping[str, Method]

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
        self.files = Files()
        self._rates: dict[str, Rate] = {}
        self._clock = 0
        self._lock = threading.RLock()
        self.root = ""  # its address, once it is served

    @property
    def url(self) -> str:
        """What SLACK_API_URL is to be."""
        return f"{self.root}/api/"

    @property
    def hook(self) -> str:
        """What SLACK_WEBHOOK_URL is to be."""
        return f"{self.root}{HOOK_PATH}"

    def called(self, method: str) -> int:
        """How often."""
        return sum(each == method for each, _ in list(self.calls))

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
            handler = self.methods.get(method)
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

    # What comes outside of calls -----------------------------------------------------------

    def take_upload(self, name: str, data: bytes) -> tuple[int, str]:
        with self._lock:
            if self.files.take(name, data):
                return 200, f"OK - {len(data)}"
            self.wrong.append(f"an upload of {len(data)} bytes that was not announced")
            return 400, "no"

    def take_hook(self, path: str, body: Any) -> tuple[int, str]:
        """An incoming webhook: text for an answer, the first channel for a place."""
        with self._lock:
            self.calls.append(("webhook", body))
            channel = next(iter(self.channels.values()))
            if path != HOOK_PATH:
                return 404, "no_service"
            if not isinstance(body, dict) or body.keys() - HOOK_KEYS:
                self.wrong.append(f"a webhook takes no {sorted(body)}")
                return 400, "invalid_payload"
            try:
                content = self._content(body, "webhook")
                self._limit(f"post {channel.id}", Rate(60, POST_BURST), "webhook")
            except Refusal as refusal:
                return (429, "rate_limited") if refusal.wait else (400, refusal.error)
            ts = self._tick()
            channel.posts[ts] = Post(ts, content)
            return 200, "ok"

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
