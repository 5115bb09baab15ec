"""A Slack that fails at random, a sender that tries again as Alertmanager does, and a hand that
kills processes."""

import json
import os
import random
import re
import signal
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import requests
from relay_kit import SlackServer, alert, payload
from relay_process import HOOK, Relay

GROUP = re.compile(r"\bG\d+\b")


@dataclass
class Message:
    """As Slack shows it now."""

    group: str
    ts: str
    body: dict[str, Any]
    thread: str = ""

    def says(self, resolved: bool, alerts: int, name: str = "A") -> bool:
        """Whether its title tells of so many alerts, all resolved or all firing."""
        title = str(self.body.get("text"))
        said = "RESOLVED" if resolved else "FIRING"
        return said in title and f"{name} ({alerts})" in title


class UnsteadySlack(SlackServer):
    """Every call may fail, by `faults` in a thousand: refused before anything happens (500, 429,
    a connection reset), or done and then not answered. The latter are counted: each may double."""

    def __init__(self, seed: int, faults: int = 150) -> None:
        super().__init__()
        self.faults, self._random = faults, random.Random(seed)
        self._lock, self._count = threading.Lock(), 0
        self.messages: dict[str, Message] = {}
        self.met: Counter[str] = Counter()

    def answer(self, request: BaseHTTPRequestHandler, raw: bytes) -> None:
        try:
            self._answer(request, raw)
        except ConnectionError:
            request.close_connection = True  # whoever asked was killed

    def _answer(self, request: BaseHTTPRequestHandler, raw: bytes) -> None:
        with self._lock:
            fate = self._random.randrange(1000)
            fault = self._random.choice(["500", "429", "reset", "lost"])
        if fate < self.faults:
            self.met[fault] += 1
            if fault == "lost":
                self.handler = self._as_slack
                self._done(request, raw)
            if fault in ("lost", "reset"):
                _reset(request)
                return
            self.handler = lambda _method, _body: (
                int(fault),
                {"Retry-After": "1"} if fault == "429" else {},
                {"ok": False, "error": "ratelimited" if fault == "429" else "internal_error"},
            )
            with self._lock:
                super().answer(request, raw)
            return
        with self._lock:
            self.handler = self._as_slack
            super().answer(request, raw)

    def _done(self, request: BaseHTTPRequestHandler, raw: bytes) -> None:
        method = request.path.partition("?")[0].removeprefix("/api/")
        with self._lock:
            if method == "chat.postMessage":
                self.met["posts lost"] += 1
            self._as_slack(method, json.loads(raw or b"{}") if raw[:1] == b"{" else {})

    def _as_slack(self, method: str, body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        match method:
            case "chat.postMessage":
                self._count += 1
                ts = f"{time.time():.6f}{self._count:06}"
                found = GROUP.search(json.dumps(body))
                group = found.group() if found else ""
                self.messages[ts] = Message(group, ts, body, body.get("thread_ts") or "")
                return 200, {}, {"ok": True, "channel": "C0ALERTS", "ts": ts}
            case "chat.update":
                known = self.messages.get(body["ts"])
                if known is None:
                    return 200, {}, {"ok": False, "error": "message_not_found"}
                known.body = body
                return 200, {}, {"ok": True, "channel": "C0ALERTS", "ts": body["ts"]}
            case "conversations.history" | "conversations.replies":
                thread = body.get("ts", "")
                some = [
                    {"ts": each.ts, **each.body}
                    for each in reversed(self.messages.values())
                    if thread in (each.thread, each.ts)
                ]
                return 200, {}, {"ok": True, "messages": some, "has_more": False}
            case "conversations.list":
                channel = {"id": "C0ALERTS", "name": "alerts", "is_member": True}
                return 200, {}, {"ok": True, "channels": [channel]}
        return 200, {}, {"ok": True}

    def shown(self) -> dict[str, list[Message]]:
        """The messages of each group, not those in threads."""
        with self._lock:
            found: dict[str, list[Message]] = {}
            for each in self.messages.values():
                if not each.thread:
                    found.setdefault(each.group, []).append(each)
            return found

    @property
    def doubled(self) -> int:
        return sum(len(each) - 1 for each in self.shown().values())


def _reset(request: BaseHTTPRequestHandler) -> None:
    """Ends the connection as a crash does, not politely."""
    linger = struct.pack("ii", 1, 0)
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    request.close_connection = True
    request.connection.close()


@dataclass
class Sender:
    """Sends each group's webhooks in order, each until it is taken, as Alertmanager does."""

    urls: list[str]
    groups: list[str]
    changes: int  # webhooks of a group
    stay: frozenset[str] = frozenset()  # groups that go on firing
    accepted: int = 0
    refused: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, pause: float) -> None:
        for step in range(self.changes):
            for group in self.groups:
                over = step == self.changes - 1 and group not in self.stay
                self._send(group, step, over)
                time.sleep(pause)

    def _send(self, group: str, step: int, over: bool) -> None:
        """Alerts join as time goes by; at last all resolve."""
        alerts = [
            alert(f"{group}-{index}", index / 60, step / 60 if over else None)
            for index in range(max(step, 1))
        ]
        body = payload(*alerts, key=group)
        headers = {"Authorization": f"Bearer {HOOK}"}
        url = random.choice(self.urls)
        while True:
            try:
                answer = requests.post(
                    f"{url}/v1/alertmanager", json=body, headers=headers, timeout=20
                )
                if answer.status_code == 200:
                    with self._lock:
                        self.accepted += 1
                    return
                assert answer.status_code == 503, answer.text
            except requests.RequestException:
                pass
            with self._lock:
                self.refused += 1
            url = random.choice(self.urls)
            time.sleep(0.2)


def kill_one(relays: list[Relay], chance: random.Random) -> str:
    """Kills any process of any of them, and starts what does not start again by itself."""
    relay = chance.choice(relays)
    assert relay.process
    main = relay.process.pid
    victim = chance.choice([main, *relay.children()])
    os.kill(victim, signal.SIGKILL)
    if victim == main:
        relay.process.wait()
        relay.start()
        return f"{relay.role} main"
    return f"{relay.role} child"
