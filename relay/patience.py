"""A gunicorn worker that slow clients cannot occupy.

gunicorn gives a thread to each connection and lets it read for as long as a client cares to send.
Here a connection gets a thread once it has something to say; then its request has so many seconds
to come whole; and while others wait for a thread, whoever is still sending after a second makes
room. A request that is cut short looks as if its client had gone: what came of a body is too short,
and answered with 503, so that an honest sender comes again.
"""

import json
import selectors
import socket
import threading
import time
from functools import partial
from typing import Any

# gunicorn has no type information of its own.
from gunicorn.workers.gthread import ThreadWorker

from relay.web.secured import HEADERS

REQUEST_SECONDS = 30.0  # for a request to come whole, however busy we are
ANSWER_SECONDS = 30.0  # for a client to take a part of the answer
CLOSING_SECONDS = 2.0  # for a client to take the end of the answer
NOTIFY_SECONDS = 0.25
CROWDED_SECONDS = 1.0  # for a request to come whole while others wait for a thread
ROOM_SECONDS = 0.05  # between two looks for those that take longer


class Hurried(socket.socket):
    """A client's connection. After `begin` a request has its time, then nothing more comes.

    Waiting is ours: what is asked of the kernel is nearly always there at once, and before a call
    that may wait a thread has to let go of Python, and to queue for it afterwards.
    """

    began = deadline = float("inf")
    reading = False
    head = b""

    def __init__(self, fileno: int) -> None:
        super().__init__(fileno=fileno)
        self.settimeout(0)

    def setblocking(self, flag: bool, /) -> None:
        """gunicorn would change it twice for each request."""

    def begin(self, seconds: float) -> None:
        self.began = time.monotonic()
        self.deadline = self.began + seconds

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        left = self.deadline - time.monotonic()
        if left <= 0:
            return b""
        self.flush()
        try:
            return super().recv(bufsize, flags)
        except BlockingIOError:
            return self._await(bufsize, flags, left)

    def _await(self, bufsize: int, flags: int, seconds: float) -> bytes:
        self.settimeout(seconds)
        self.reading = True
        try:
            return super().recv(bufsize, flags)
        except TimeoutError:
            return b""
        finally:
            self.reading = False
            self.settimeout(0)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """An answer's head waits for what follows it: one call to the kernel is enough for both."""
        if self.head or data[:5] != b"HTTP/":
            self._send(self.head + data)
        else:
            self.head = bytes(data)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """A file goes from the kernel's hand, past `sendall`: after the head, that is."""
        self.flush()
        self.settimeout(ANSWER_SECONDS)
        try:
            return super().sendfile(file, offset, count)
        except TimeoutError:
            raise BrokenPipeError("the client does not take its answer") from None
        finally:
            self.settimeout(0)

    def flush(self) -> None:
        """Nothing follows the head."""
        if self.head:
            self._send(self.head)

    def _send(self, data: bytes) -> None:
        self.head = b""
        try:
            sent = super().send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._press(data[sent:])

    def _press(self, data: bytes) -> None:
        self.settimeout(ANSWER_SECONDS)
        try:
            super().sendall(data)
        except TimeoutError:
            raise BrokenPipeError("the client does not take its answer") from None
        finally:
            self.settimeout(0)

    def makes_room(self, now: float) -> bool:
        """Whether its client is slow to send, and was cut off."""
        if not self.reading or now - self.began < CROWDED_SECONDS:
            return False
        try:
            self.shutdown(socket.SHUT_RD)  # ends the read that a thread is in
        except OSError:  # gone meanwhile
            return False
        return True


class _Plain:
    """A client that is sent the status of gunicorn's error page, and a reason in our own words."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def sendall(self, data: bytes) -> None:
        status, _, _ = data.partition(b"\r\n")
        reason = status.decode("latin-1").split(" ", 2)[-1]
        body = json.dumps({"status": "error", "reason": reason}).encode() + b"\n"
        told = [
            *HEADERS,
            ("Connection", "close"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
        ]
        head = "".join(f"{name}: {value}\r\n" for name, value in told)
        self._client.sendall(status + b"\r\n" + head.encode() + b"\r\n" + body)


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # untyped base
    """See the module."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._served: set[Hurried] = set()  # those that have a thread
        self._notified = float("-inf")
        self._queued = 0  # requests that have a thread or wait for one
        self._threads = int(self.cfg.threads)
        self._made_room = float("-inf")
        self._lock = threading.Lock()

    def enqueue_req(self, conn: Any) -> None:
        """In the main thread: a new connection, or one that has something to say."""
        if not isinstance(conn.sock, Hurried):
            conn.sock = Hurried(fileno=conn.sock.detach())
            self._await(conn)
            return
        with self._lock:
            self._queued += 1
        self._make_room()
        self.tpool.submit(self.handle, conn).add_done_callback(partial(self._handled, conn))

    def _handled(self, conn: Any, future: Any) -> None:
        """In a thread: a connection that stays goes back to the poller from here, at once. What
        else may become of one is the main thread's business, which is woken for it."""
        ended = future.cancelled() or future.exception() is not None
        stays = self.alive and not ended and future.result() is True
        if stays and not conn.parser.unreader.buf.getvalue():
            self.finish_request(conn, future)
        else:
            self.method_queue.defer(self.finish_request, conn, future)

    def _await(self, conn: Any) -> None:
        """As gunicorn does once it has waited for some seconds, in a thread."""
        conn.set_timeout()
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)

    def handle(self, conn: Any) -> Any:
        """In a thread: reads one request and answers it."""
        client: Hurried = conn.sock
        client.begin(REQUEST_SECONDS)
        with self._lock:
            self._served.add(client)
        try:
            goes_on = super().handle(conn)
            client.flush()
            if goes_on is False:
                # It waits for the client to close first; gunicorn would, in its main thread.
                client.begin(CLOSING_SECONDS)
                conn.close(graceful=True)
            return goes_on
        finally:
            with self._lock:
                self._served.discard(client)
                self._queued -= 1

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """In a thread: a request that gunicorn cannot read. It would answer with a page that says
        what was sent, and with none of our headers."""
        super().handle_error(req, _Plain(client), addr, exc)

    def notify(self) -> None:
        """In the main thread, at every turn: tells the arbiter that this worker lives, which is
        a write to a file. The arbiter looks once a second."""
        now = time.monotonic()
        if now - self._notified >= NOTIFY_SECONDS:
            self._notified = now
            super().notify()

    def murder_pending(self) -> None:
        """In the main thread, once a second at least."""
        super().murder_pending()
        self._make_room()

    def _make_room(self) -> None:
        """Of those that have a thread the slowest give way, as many as wait for one."""
        short = self._queued - self._threads
        now = time.monotonic()
        if short <= 0 or now - self._made_room < ROOM_SECONDS:
            return
        self._made_room = now
        with self._lock:
            served = sorted(self._served, key=lambda each: each.began)
        for each in served:
            if short <= 0:
                break
            short -= each.makes_room(now)
