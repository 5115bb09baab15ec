"""A load generator that costs little: one thread, connections kept, bytes made beforehand."""

import math
import resource
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"


@dataclass
class Load:
    """What came of it: seconds of each request in order of their answers, by status."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    cpu: float = 0.0  # of this process

    @property
    def rate(self) -> float:
        """Requests answered with 2xx, a second."""
        good = sum(count for status, count in self.statuses.items() if 200 <= status < 300)
        return good / self.seconds


class _Client:
    """One connection, with one request under way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(self._address, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began, self._got = 0.0, b""

    def send(self, request: bytes) -> None:
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> tuple[int, bool] | None:
        """The status, and whether the connection goes on; None while more is to come."""
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        self._got += piece
        head, found, body = self._got.partition(HEAD_END)
        if not found:
            return None
        lower = head.lower()
        length = lower.partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) < int(length or 0):
            return None
        self._got = b""
        return int(head[9:12]), b"connection: close" not in lower


def post(address: tuple[str, int], path: str, body: bytes, headers: Sequence[str] = ()) -> bytes:
    """A request as it goes over the wire."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {address[0]}:{address[1]}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + HEAD_END + body


def run(
    address: tuple[str, int],
    requests: Iterator[bytes],
    clients: int,
    seconds: float,
    most: float = math.inf,
) -> Load:
    """Each client sends its next request once it has the answer to the last; until the time is
    over, or so many are answered."""
    load = Load()
    with selectors.DefaultSelector() as selector:
        working = {_Client(address) for _ in range(clients)}
        before, begin = _cpu(), time.perf_counter()
        for client in working:
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send(next(requests))
        while working:
            for key, _ in selector.select(timeout=60):
                client = key.data
                if (told := client.answer()) is None:
                    continue
                now, (status, goes_on) = time.perf_counter(), told
                load.statuses[status] = load.statuses.get(status, 0) + 1
                load.latencies.append(now - client.began)
                if not goes_on or now >= begin + seconds or len(load.latencies) >= most:
                    selector.unregister(client.socket)
                    client.socket.close()
                    working.discard(client)
                if now >= begin + seconds or len(load.latencies) >= most:
                    continue
                if not goes_on:
                    client.connect()
                    selector.register(client.socket, selectors.EVENT_READ, client)
                    working.add(client)
                client.send(next(requests))
        load.seconds, load.cpu = time.perf_counter() - begin, _cpu() - before
    return load


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
