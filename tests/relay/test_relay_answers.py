"""How an answer goes out: head and body together, and a head that nothing follows all the same."""

import http.client
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from relay_process import Relay

from relay.patience import Hurried

STATIC = Path(__file__).parents[2] / "relay" / "web" / "static"


def test_head_and_body_go_in_one_piece_and_nothing_is_kept() -> None:
    near, far = socket.socketpair()
    client = Hurried(fileno=near.detach())
    client.begin(5)
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    far.setblocking(False)
    try:
        early = far.recv(100)
    except BlockingIOError:
        early = b""
    client.sendall(b"body")
    assert (early, far.recv(100)) == (b"", b"HTTP/1.1 200 OK\r\n\r\nbody")
    client.sendall(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    far.send(b"next")
    assert client.recv(100) == b"next"  # whoever reads on has said all there was
    assert far.recv(100).startswith(b"HTTP/1.1 304")
    client.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    client.flush()
    client.flush()
    assert far.recv(100).startswith(b"HTTP/1.1 204")
    client.close()
    far.close()


def test_a_file_comes_after_the_head(start: Callable[..., Relay]) -> None:
    relay = start(SLACK_BOT_TOKEN="xoxb-1", SLACK_API_URL="http://127.0.0.1:9/api/")
    for name in ("page.css", "page.js", "tocsin.svg"):
        answer = requests.get(f"{relay.url}/static/{name}", timeout=20)
        assert answer.status_code == 200
        assert answer.content == (STATIC / name).read_bytes()
    again = requests.get(f"{relay.url}/static/page.css", headers={"Range": "bytes=0-9"}, timeout=20)
    assert len(again.content) in (10, len((STATIC / "page.css").read_bytes()))


def test_who_takes_no_file_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.patience.ANSWER_SECONDS", 0.05)
    near, far = socket.socketpair()
    client = Hurried(fileno=near.detach())
    (tmp_path / "large").write_bytes(b"x" * 5_000_000)
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    with (tmp_path / "large").open("rb") as file, pytest.raises(BrokenPipeError):
        client.sendfile(file)
    assert far.recv(15) == b"HTTP/1.1 200 OK"
    client.close()
    far.close()


def test_connections_are_used_again_by_many_at_once(start: Callable[..., Relay]) -> None:
    relay = start(SLACK_BOT_TOKEN="xoxb-1", SLACK_API_URL="http://127.0.0.1:9/api/")
    statuses: list[int] = []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=20)
        for method, path in [("GET", "/healthz"), ("HEAD", "/healthz"), ("GET", "/nowhere")] * 10:
            connection.request(method, path)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(statuses)) == [200, 404]
    assert len(statuses) == 40 * 30
    assert relay.stop() == 0
