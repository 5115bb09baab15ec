"""Slack's stand-in: takes what the relay and what Alertmanager's own notifier send, and notes when.

With a rate it behaves as Slack does: what is too fast is answered with 429 and Retry-After.
"""

import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EDITS = 50 / 60  # a second: chat.update is in Slack's tier 3
EDITS_AT_ONCE = 20


@dataclass(frozen=True)
class Call:
    """One request. `at` is time.monotonic()."""

    at: float
    method: str
    status: int
    ts: str  # the message that it made or changed; "" for none
    text: str  # all that it says, as it was sent
    thread: bool = False


class _Bucket:
    """So many a second, and a few at once."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, time.monotonic()

    def wait(self) -> float:
        """0 if one more may pass, else the seconds until it may."""
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class StandIn:
    """Listens on a port of its own while in use; `rate`: messages a second, None for any."""

    def __init__(self, rate: float | None = None) -> None:
        self.calls: list[Call] = []
        self._lock = threading.Lock()
        self._number = 0
        self._posts = _Bucket(rate, 1) if rate else None
        self._edits = _Bucket(EDITS, EDITS_AT_ONCE) if rate else None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.take = self._take

    def __enter__(self) -> "StandIn":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def told(self) -> Sequence[Call]:
        """What was accepted and says something, so far."""
        return [call for call in list(self.calls) if call.status == 200 and call.ts]

    def _take(self, method: str, body: bytes) -> tuple[int, dict[str, Any], float]:
        """Status, answer, and what Retry-After says."""
        at = time.monotonic()
        speaks = method in ("chat.postMessage", "services")
        edits = method == "chat.update"
        with self._lock:
            bucket = self._posts if speaks else self._edits if edits else None
            wait = bucket.wait() if bucket else 0.0
            text = body.decode("utf-8", "replace")
            said: dict[str, Any] = json.loads(text) if speaks or edits else {}
            ts = str(said.get("ts", "")) if edits else ""
            if speaks and not wait:
                self._number += 1
                ts = f"{1_700_000_000 + self._number}.000100"
            status = 429 if wait else 200
            self.calls.append(Call(at, method, status, ts, text, "thread_ts" in said))
        if wait:
            return 429, {"ok": False, "error": "ratelimited"}, math.ceil(wait)
        return 200, {"ok": True, "channel": "C0BENCH", "ts": ts}, 0.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    take: Callable[[str, bytes], tuple[int, dict[str, Any], float]]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        method = self.path.strip("/").partition("?")[0]
        method = "services" if method.startswith("services") else method.rpartition("/")[2]
        status, answer, wait = self.server.take(method, body)
        said = b"ok" if method == "services" and status == 200 else json.dumps(answer).encode()
        lines = [
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Too Many Requests'}",
            "Content-Type: application/json",
            f"Content-Length: {len(said)}",
            *([f"Retry-After: {wait:.0f}"] if wait else []),
        ]
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + said)

    do_GET = do_POST  # noqa: N815 - http.server's name

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""
