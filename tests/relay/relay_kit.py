"""Parts that tests put together: alerts and webhooks, a clock, and two stand-ins for Slack."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from relay.config.model import Config, Matcher, Route
from relay.delivery.limits import Limits
from relay.delivery.reconcile import Reconciler
from relay.intake.ingest import take_in
from relay.intake.webhook import Webhook
from relay.message import Message
from relay.metrics import Metrics
from relay.model.delivered import Intent, Kind, MessageRef
from relay.model.group import Alert, Status
from relay.model.outcome import Accepted, Found, Lookup, Missing, Outcome
from relay.store import Store

T0 = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
CONFIG = Config(
    default=Route(Matcher(), "#alerts", {"critical": "<!here>"}),
    routes=(Route(Matcher({"team": ("db",)}), "#db"),),
)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def alert(
    name: str,
    starts: float = 0,
    ends: float | None = None,
    *,
    severity: str = "warning",
    summary: str = "",
    **labels: str,
) -> Alert:
    """An alert `name` from minute `starts`; resolved if it has an end."""
    return Alert(
        fingerprint=name,
        status=Status.FIRING if ends is None else Status.RESOLVED,
        labels={"alertname": "A", "host": name, "severity": severity, **labels},
        annotations={"summary": summary or f"trouble on {name}"},
        starts_at=at(starts),
        ends_at=None if ends is None else at(ends),
    )


def webhook(*alerts: Alert, key: str = "k", truncated: int = 0) -> Webhook:
    return Webhook("relay", key, {"alertname": "A"}, alerts, "http://am:9093", truncated)


def payload(*alerts: Alert, key: str = "k", truncated: int = 0) -> dict[str, Any]:
    """The same as Alertmanager's JSON."""
    zero = "0001-01-01T00:00:00Z"
    return {
        "version": "4",
        "groupKey": key,
        "receiver": "relay",
        "status": "firing" if any(each.firing for each in alerts) else "resolved",
        "groupLabels": {"alertname": "A"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://am:9093",
        "truncatedAlerts": truncated,
        "alerts": [
            {
                "status": str(each.status),
                "labels": dict(each.labels),
                "annotations": dict(each.annotations),
                "startsAt": each.starts_at.isoformat().replace("+00:00", "Z"),
                "endsAt": each.ends_at.isoformat() if each.ends_at else zero,
                "generatorURL": "",
                "fingerprint": each.fingerprint,
            }
            for each in alerts
        ],
    }


class FakeClock:
    """Stands still until told otherwise."""

    def __init__(self) -> None:
        self.time = at(0)
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass
class FakeSlack:
    """Slack for the reconciler: remembers what it accepted; `script` says what to do instead."""

    posts: list[tuple[Intent, Message]] = field(default_factory=list)
    edits: list[tuple[MessageRef, Message]] = field(default_factory=list)
    looks: list[tuple[Intent, str]] = field(default_factory=list)
    script: list[Outcome | Exception] = field(default_factory=list)  # for the next calls
    always: Outcome | None = None  # for every call
    found: Lookup = field(default_factory=Missing)

    def post(self, intent: Intent, message: Message) -> Outcome:
        if (outcome := self._next()) is not None:
            return outcome
        self.posts.append((intent, message))
        return self.accepted(intent)

    def accepted(self, intent: Intent) -> Accepted:
        channel = intent.channel if intent.thread_ts else f"C{intent.channel.strip('#').upper()}"
        return Accepted(channel, f"{len(self.posts)}.0")

    def update(self, ref: MessageRef, message: Message) -> Outcome:
        if (outcome := self._next()) is not None:
            return outcome
        self.edits.append((ref, message))
        return Accepted(ref.channel_id, ref.ts)

    def find(self, intent: Intent, channel_id: str) -> Lookup:
        self.looks.append((intent, channel_id))
        return self.found

    def _next(self) -> Outcome | None:
        outcome = self.script.pop(0) if self.script else self.always
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @property
    def kinds(self) -> list[Kind]:
        return [intent.kind for intent, _ in self.posts]

    @property
    def texts(self) -> list[str]:
        return [
            json.dumps([message.text, message.blocks, message.attachments])
            for _, message in self.posts
        ]


class Rig:
    """Store, reconciler, Slack and clock, as one process has them."""

    def __init__(self, store: Store, slack: Any, clock: FakeClock, config: Config = CONFIG) -> None:
        self.store, self.slack, self.clock, self.config = store, slack, clock, config
        self.metrics = Metrics()
        self.restart()

    def restart(self) -> None:
        """A new process on the same store."""
        self.store.release_all()
        limits = Limits(self.config.limits, lambda: 0.0)
        self.reconciler = Reconciler(
            self.store, self.slack, self.config, self.clock, self.metrics, limits
        )

    @property
    def limits(self) -> Limits:
        return self.reconciler._limits

    def tell(self, *alerts: Alert, key: str = "k", truncated: int = 0) -> None:
        hook = webhook(*alerts, key=key, truncated=truncated)
        take_in(hook, self.store, self.config, self.clock.now())

    def run(self, seconds: float = 0.0, tick: float = 0.25) -> int:
        """Steps until nothing is left to do, and goes on so for a while; returns how many."""
        steps = 0
        end = self.clock.seconds + seconds
        while True:
            while self.reconciler.step():
                steps += 1
                assert steps < 2000, "the loop never comes to rest"
            if self.clock.seconds >= end:
                return steps
            self.clock.advance(tick)


Handler = Callable[[str, dict[str, Any]], tuple[int, dict[str, str], Any]]


class SlackServer:
    """Slack over HTTP: `handler(method, arguments)` gives status, headers and body.

    Without another handler it has one channel, and remembers what was posted there.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any], str]] = []
        self.handler: Handler = self.one_channel
        self._posted: list[dict[str, Any]] = []
        server = self

        class Request(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def do_GET(self) -> None:
                self._answer(b"")

            def _answer(self, raw: bytes) -> None:
                server.answer(self, raw)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/api"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def one_channel(self, method: str, body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        answer: dict[str, Any] = {"ok": True, "channel": "C1", "ts": f"{len(self.calls)}.1"}
        match method:
            case "chat.postMessage":
                self._posted.append(body | {"ts": answer["ts"]})
            case "chat.update":
                answer["ts"] = body["ts"]
            case "conversations.list":
                answer = {"ok": True, "channels": [{"id": "C1", "name": "alerts"}]}
            case "conversations.history" | "conversations.replies":
                answer = {"ok": True, "messages": self._posted}
        return 200, {}, answer

    def answer(self, request: BaseHTTPRequestHandler, raw: bytes) -> None:
        from urllib.parse import parse_qsl, urlsplit

        method = urlsplit(request.path).path.removeprefix("/api/")
        if "json" in (request.headers.get("Content-Type") or ""):
            arguments = json.loads(raw or b"{}")
        else:
            arguments = dict(parse_qsl(raw.decode() + "&" + urlsplit(request.path).query))
        self.calls.append((method, arguments, request.headers.get("Authorization") or ""))
        status, headers, body = self.handler(method, arguments)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def __enter__(self) -> "SlackServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def lookup_found(intent: Intent) -> Found:
    return Found("CALERTS", "99.0")
