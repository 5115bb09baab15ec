"""The strict stand-in for Slack behind HTTP, with all that can go wrong on the way."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from strict_parts import Refusal
from strict_slack import StrictSlack
from strict_workspace import BEFORE, FORM, JSON


@contextmanager
def served(slack: StrictSlack) -> Iterator[StrictSlack]:
    """At an address of its own."""
    http = _Server(("127.0.0.1", 0), _handler(slack))
    slack.root = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield slack
    http.shutdown()
    http.server_close()
    thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed go away."""


def _handler(slack: StrictSlack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _serve(self, raw: bytes) -> None:
            address = urlsplit(self.path)
            if address.path.startswith("/upload/"):
                return self._text(
                    *slack.take_upload(address.path.split("/")[-1], _unpacked(self, raw))
                )
            if address.path.startswith("/response/"):
                return self._text(*slack.take_response(address.path, json.loads(raw)))
            if address.path.startswith("/services/"):
                return self._text(*slack.take_hook(address.path, json.loads(raw)))
            method = address.path.removeprefix("/api/")
            fault = slack.mischief(method, slack)
            if fault in BEFORE:
                return self._fail(fault)
            status, headers, body = self._answer(method, address.query, raw)
            if fault and status == 200 and body["ok"]:
                return self._fail(fault)
            return self._send(status, headers, json.dumps(body).encode(), JSON)

        def _answer(
            self, method: str, query: str, raw: bytes
        ) -> tuple[int, dict[str, str], dict[str, Any]]:
            kind = (self.headers.get("Content-Type") or FORM).partition(";")[0].strip()
            if kind == JSON:
                given = json.loads(raw)
            else:
                given = dict(parse_qsl(query)) | dict(parse_qsl(raw.decode()))
            token = self.headers.get("Authorization") or ""
            scopes = {"x-oauth-scopes": ",".join(sorted(slack.scopes))}
            try:
                return 200, scopes, {"ok": True, **slack.call(method, token, kind, given)}
            except Refusal as refusal:
                body = {"ok": False, "error": refusal.error, **refusal.more}
                if refusal.wait:
                    return 429, {"Retry-After": str(refusal.wait)}, body
                return 200, scopes, body

        def _fail(self, fault: str) -> None:
            match fault.split(maxsplit=1)[0]:
                case "429":
                    body = {"ok": False, "error": "ratelimited"}
                    self._send(429, {"Retry-After": "1"}, json.dumps(body).encode(), JSON)
                case "500":
                    self._send(500, {}, b"upstream connect error", "text/plain")
                case "fatal":
                    self._send(200, {}, b'{"ok": false, "error": "fatal_error"}', JSON)
                case "page":
                    self._send(200, {}, b"<html>Please sign in</html>", "text/html")
                case "silence":
                    time.sleep(slack.silence)
                    self.close_connection = True
                case "reset":
                    at_once = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
                    self.close_connection = True

        def _text(self, status: int, text: str) -> None:
            self._send(status, {}, text.encode(), "text/plain")

        def _send(self, status: int, headers: dict[str, str], body: bytes, kind: str) -> None:
            self.send_response(status)
            length = str(len(body))
            for name, value in {"Content-Type": kind, "Content-Length": length, **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _unpacked(request: BaseHTTPRequestHandler, raw: bytes) -> bytes:
    """An upload's bytes, sent as they are or as the one part of a form."""
    kind = request.headers.get("Content-Type") or ""
    if not kind.startswith("multipart/form-data"):
        return raw
    boundary = b"--" + kind.partition("boundary=")[2].strip('"').encode()
    part = raw.split(boundary)[1]
    return part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
