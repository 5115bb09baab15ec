"""Clients that drip: the real command serves others meanwhile, and does not wait for ever."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import requests
from relay_kit import alert, payload
from relay_process import Relay

from relay.patience import CROWDED_SECONDS, Hurried
from relay.server import THREADS

HEAD = b"POST /v1/alertmanager HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BODY = HEAD + b"Content-Length: 1000000\r\n\r\n{"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"


@pytest.fixture
def drip(relay: Relay) -> Iterator[Callable[[bytes, int], None]]:
    """Opens connections that say a little, then a byte every now and then, for ever."""
    with ExitStack() as stack:
        clients: list[socket.socket] = []
        over = threading.Event()

        def go_on() -> None:
            while not over.wait(0.2):
                for client in list(clients):
                    try:
                        client.send(b"x")
                    except OSError:
                        clients.remove(client)

        thread = threading.Thread(target=go_on)
        thread.start()
        stack.callback(thread.join)
        stack.callback(over.set)

        def begin(start: bytes, count: int) -> None:
            for _ in range(count):
                client = socket.create_connection(("127.0.0.1", relay.port))
                stack.callback(client.close)
                client.sendall(start)
                if start:
                    clients.append(client)

        yield begin


@pytest.fixture
def relay(start: Callable[..., Relay]) -> Relay:
    return start()


def test_others_are_served_while_clients_drip(
    relay: Relay, drip: Callable[[bytes, int], None]
) -> None:
    drip(b"", 2 * THREADS)
    for start in (HEAD, BODY, CHUNKED):
        drip(start, THREADS)
    body = payload(alert("a"))
    for _ in range(3):
        answer = requests.post(f"{relay.url}/v1/alertmanager", json=body, timeout=20)
        assert answer.status_code == 200
    assert "Traceback" not in relay.log


@pytest.mark.parametrize(
    "begun",
    [HEAD + b"Content-Length: 100\r\n\r\n{", CHUNKED, CHUNKED + b"}", CHUNKED + b"    \r\nff"],
    ids=["length", "chunk", "longer chunk", "between chunks"],
)
def test_a_body_that_does_not_come_whole_is_asked_for_again(relay: Relay, begun: bytes) -> None:
    """503, which Alertmanager repeats: half a webhook is not malformed."""
    with socket.create_connection(("127.0.0.1", relay.port), timeout=20) as client:
        client.sendall(begun)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100).startswith(b"HTTP/1.1 503 ")


def test_a_body_in_chunks_that_is_too_large_is_413(start: Callable[..., Relay]) -> None:
    relay = start()
    piece = b" " * 1_000_000
    answer = requests.post(
        f"{relay.url}/v1/alertmanager", data=(piece for _ in range(18)), timeout=20
    )
    assert answer.status_code == 413
    good = json.dumps(payload(alert("a"))).encode()
    parts = (good[place : place + 10] for place in range(0, len(good), 10))
    assert requests.post(f"{relay.url}/v1/alertmanager", data=parts, timeout=20).status_code == 200


@pytest.fixture
def pair() -> Iterator[tuple[Hurried, socket.socket]]:
    ours, theirs = socket.socketpair()
    with Hurried(fileno=ours.detach()) as hurried, theirs:
        yield hurried, theirs


def test_a_request_has_so_long_to_come_whole(pair: tuple[Hurried, socket.socket]) -> None:
    hurried, client = pair
    hurried.begin(0.2)
    client.sendall(b"xy")
    assert hurried.recv(1) == b"x"
    time.sleep(0.3)
    assert hurried.recv(1) == b"", "though there is more"
    hurried.begin(0.2)
    assert hurried.recv(1) == b"y", "another request"
    assert hurried.recv(1) == b"", "which does not go on"


def test_a_client_that_does_not_take_its_answer_is_left(
    pair: tuple[Hurried, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.patience.ANSWER_SECONDS", 0.1)
    with pytest.raises(BrokenPipeError):
        pair[0].sendall(b"x" * 10_000_000)


def test_only_who_is_slow_to_send_makes_room(pair: tuple[Hurried, socket.socket]) -> None:
    hurried, _ = pair
    hurried.begin(30)
    later = time.monotonic() + CROWDED_SECONDS
    assert not hurried.makes_room(later), "it works on its answer"
    hurried.reading = True
    assert not hurried.makes_room(time.monotonic())
    assert hurried.makes_room(later)
    assert hurried.recv(1) == b""
    hurried.reading = True
    hurried.close()
    assert not hurried.makes_room(later)
