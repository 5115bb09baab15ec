"""Socket Mode, against a WebSocket server of a few lines: connect, act, acknowledge, reconnect."""

import base64
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from actions_kit import click
from relay_kit import SlackServer
from relay_process import until

from relay.actions.payloads import Asked, Click, Command, Other
from relay.config.model import Settings
from relay.metrics import Metrics
from relay.secret import Secret
from relay.slack import socketmode
from relay.slack.socketmode import SocketMode
from relay.store import StoreError

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455


class WebSocketServer:
    """Takes one connection after another; what the client sends is in `heard`."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/link"
        self.heard: list[dict[str, Any]] = []
        self.connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def send(self, envelope: dict[str, Any]) -> None:
        data = json.dumps(envelope).encode()
        self.connections[-1].sendall(b"\x81\x7e" + struct.pack(">H", len(data)) + data)

    def close(self) -> None:
        self.listener.close()
        for connection in self.connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest())  # noqa: S324 - RFC 6455
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self.connections.append(connection)
        try:
            while True:
                self._frame(connection)
        except (OSError, IndexError, struct.error):
            return

    def _frame(self, connection: socket.socket) -> None:
        def read(count: int) -> bytes:
            data = b""
            while len(data) < count:
                part = connection.recv(count - len(data))
                if not part:
                    raise OSError
                data += part
            return data

        first, second = read(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", read(2))[0]
        mask = read(4)
        data = bytes(byte ^ mask[n % 4] for n, byte in enumerate(read(size)))
        if first & 0xF == 9:  # ping
            connection.sendall(bytes([0x8A, len(data)]) + data)
        if first & 0xF == 1:
            self.heard.append(json.loads(data))


class FakeHandler:
    def __init__(self) -> None:
        self.asked: list[tuple[Asked, str]] = []
        self.errors: list[Exception] = []

    def handle(self, asked: Asked, key: str) -> dict[str, Any] | None:
        if self.errors:
            raise self.errors.pop()
        self.asked.append((asked, key))
        return {"text": "hello"} if isinstance(asked, Command) else None


@pytest.fixture
def server() -> Iterator[WebSocketServer]:
    made = WebSocketServer()
    yield made
    made.close()


@pytest.fixture
def handler() -> FakeHandler:
    return FakeHandler()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def connected(
    server: WebSocketServer, handler: FakeHandler, metrics: Metrics, slack_server: SlackServer
) -> Iterator[SocketMode]:
    slack_server.handler = lambda method, body: (200, {}, {"ok": True, "url": server.url})
    settings = Settings(slack_app_token=Secret("xapp-1"), slack_api_url=slack_server.url + "/")
    mode = SocketMode(settings, handler, metrics)  # a stand-in
    mode.start()
    until(lambda: server.connections)
    assert slack_server.calls[0][0] == "apps.connections.open"
    assert slack_server.calls[0][2] == "Bearer xapp-1"
    yield mode
    mode.stop()


def envelope(kind: str, payload: Any, name: str = "e1") -> dict[str, Any]:
    return {"envelope_id": name, "type": kind, "payload": payload, "accepts_response_payload": True}


def test_what_comes_is_handled_and_then_acknowledged(
    connected: SocketMode, server: WebSocketServer, handler: FakeHandler, metrics: Metrics
) -> None:
    server.send({"type": "hello", "num_connections": 1})
    server.send(envelope("interactive", click("tocsin.acknowledge", "0" * 16)))
    until(lambda: server.heard)
    command = {"user_id": "U0ALICE1", "user_name": "alice", "text": "help", "response_url": "u"}
    server.send(envelope("slash_commands", command, "e2"))
    until(lambda: len(server.heard) == 2)
    server.send(envelope("events_api", {}, "e3"))
    until(lambda: len(server.heard) == 3)
    first, second, third = (asked for asked, _ in handler.asked)
    assert isinstance(first, Click)
    assert isinstance(second, Command)
    assert isinstance(third, Other)
    assert [each["envelope_id"] for each in server.heard] == ["e1", "e2", "e3"]
    assert server.heard[1]["payload"] == {"text": "hello"}
    assert b'slack_requests_total{code="0"} 3.0' in metrics.text()
    assert len({key for _, key in handler.asked}) == 3


def test_what_could_not_be_stored_is_not_acknowledged(
    connected: SocketMode, server: WebSocketServer, handler: FakeHandler, metrics: Metrics
) -> None:
    handler.errors = [StoreError("full"), RuntimeError("a fault")]
    for _ in range(2):
        server.send(envelope("interactive", click("tocsin.acknowledge", "0" * 16)))
    until(lambda: b'errors_total{kind="fault"} 1.0' in metrics.text())
    until(lambda: b'errors_total{kind="store"} 1.0' in metrics.text())
    assert server.heard == []


def test_what_makes_no_sense_is_acknowledged_and_left(
    connected: SocketMode, server: WebSocketServer, handler: FakeHandler
) -> None:
    server.send(envelope("interactive", {"type": "block_actions"}))
    server.send(envelope("slash_commands", "text", "e2"))
    until(lambda: len(server.heard) == 2)
    assert handler.asked == []


def test_slack_may_ask_for_another_connection(
    connected: SocketMode, server: WebSocketServer, handler: FakeHandler
) -> None:
    server.send({"type": "disconnect", "reason": "refresh_requested"})
    until(lambda: len(server.connections) == 2)
    server.send(envelope("interactive", click("tocsin.acknowledge", "0" * 16)))
    until(lambda: server.heard)


def test_a_first_connection_that_fails_is_tried_again(
    server: WebSocketServer,
    handler: FakeHandler,
    slack_server: SlackServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socketmode, "AGAIN_SECONDS", 0.05)
    answers = [{"ok": False, "error": "invalid_auth"}]
    good = {"ok": True, "url": server.url}
    slack_server.handler = lambda method, body: (200, {}, answers.pop() if answers else good)
    settings = Settings(slack_app_token=Secret("xapp-1"), slack_api_url=slack_server.url + "/")
    mode = SocketMode(settings, handler, Metrics())  # a stand-in
    mode.stop()  # before it began: nothing to end
    mode = SocketMode(settings, handler, Metrics())  # a stand-in
    mode.start()
    until(lambda: server.connections)
    mode.stop()
