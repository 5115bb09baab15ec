"""Pages of others, in the browser of somebody who reaches the relay; requests that are none."""

import socket
from collections.abc import Callable
from dataclasses import replace

import pytest
from pages_kit import Site
from relay_kit import CONFIG, FakeClock, alert, payload
from relay_process import Relay

from relay import logs
from relay.config.model import Settings
from relay.secret import Secret
from relay.store import Store

TOKEN = Settings(webhook_tokens=(Secret("hook-hush-1"),))
OURS = ["localhost:9095", "127.0.0.1:9095", "[::1]:9095", "a.localhost", "relay.example.com"]
FOREIGN = [
    "evil.example",
    "evil.example:9095",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "[",
]


@pytest.fixture
def site(store: Store, clock: FakeClock) -> Site:
    return Site(store, clock, replace(CONFIG, page="https://relay.example.com"))


@pytest.mark.parametrize("host", OURS)
def test_the_page_is_open_to_who_means_this_machine(site: Site, host: str) -> None:
    assert site.client().get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_that_points_here_opens_nothing(site: Site, host: str) -> None:
    headers = {"Host": host, "Sec-Fetch-Site": "same-origin"}
    assert site.client().get("/", headers=headers).status_code == 403
    assert site.client().post("/v1/retry", headers=headers).status_code == 403
    assert site.client(TOKEN).get("/", headers=headers).status_code == 401
    known = headers | {"Authorization": "Bearer hook-hush-1"}
    assert site.client(TOKEN).get("/", headers=known).status_code == 200


@pytest.mark.parametrize("name", ["Sec-Fetch-Site", "Origin"])
def test_a_page_cannot_send_alerts_where_no_token_is_needed(site: Site, name: str) -> None:
    body, path = payload(alert("a")), "/v1/alertmanager"
    sent = site.client().post(path, json=body, headers={name: "http://localhost"})
    assert sent.status_code == 403
    assert site.store.overview(1) == []
    known = {name: "x", "Authorization": "Bearer hook-hush-1"}
    assert site.client(TOKEN).post(path, json=body, headers=known).status_code == 200
    assert site.client().post(path, json=body).status_code == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX <b>hi</b>: y\r\n\r\n", b"400 Bad Request"),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"h" * 100_000 + b"\r\n\r\n",
            b"431 Request Header Fields Too Large",
        ),
        (b"GET /" + b"h" * 100_000 + b" HTTP/1.1\r\n\r\n", b"414 URI Too Long"),
        (b"h\r\n\r\n", b"400 Bad Request"),
    ],
)
def test_what_is_no_request_is_answered_as_all_else(
    start: Callable[..., Relay], request_: bytes, status: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", start().port), timeout=20) as client:
        client.sendall(request_)
        answer = b"".join(iter(lambda: client.recv(10_000), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status + b"\r\n")
    for name in (b"Content-Security-Policy: ", b"X-Content-Type-Options: nosniff", b"no-store"):
        assert name in head
    assert body == b'{"status": "error", "reason": "' + status[4:] + b'"}\n'


def test_of_a_secret_that_begins_with_another_nothing_is_logged() -> None:
    tokens = (Secret("hush-hush"), Secret("hush-hush-and-more"))
    settings = Settings(webhook_tokens=tokens)
    formatter = logs.JsonFormatter(settings.secrets)
    record = logs.logging.makeLogRecord({"msg": "hush-hush-and-more, hush-hush"})
    assert '"message": "***, ***"' in formatter.format(record)
