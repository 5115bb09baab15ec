"""Two processes that receive and two that deliver, on one PostgreSQL."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from relay_kit import SlackServer, alert
from relay_process import HOOK, TOKEN, Relay, until

CONFIG = """version: 1
default_channel: "#alerts"
limits: {messages_per_second: 50, burst: 50}
storm: {threshold: 100}
"""

Start = Callable[[str], Relay]


@pytest.fixture
def start_role(tmp_path: Path, postgres_url: str, slack_server: SlackServer) -> Iterator[Start]:
    (tmp_path / "relay.yaml").write_text(CONFIG)
    started: list[Relay] = []

    def build(role: str) -> Relay:
        environ = {"RELAY_DATABASE_URL": postgres_url, "SLACK_API_URL": slack_server.url}
        environ |= {"SLACK_BOT_TOKEN": TOKEN, "RELAY_WEBHOOK_TOKEN": HOOK}
        relay = Relay(tmp_path, role, **environ)
        started.append(relay)
        relay.start()
        return relay

    yield build
    for relay in started:
        if relay.process and relay.process.poll() is None:
            relay.stop()


def test_two_of_each_tell_every_group_once(start_role: Start, slack_server: SlackServer) -> None:
    webs = [start_role("web"), start_role("web")]
    workers = [start_role("worker"), start_role("worker")]
    for index in range(12):
        assert webs[index % 2].tell(alert(f"h{index}"), key=f"k{index}") == 200
    until(lambda: len(posts(slack_server)) == 12)
    for index in range(12):
        assert webs[(index + 1) % 2].tell(alert(f"h{index}", 0, 5), key=f"k{index}") == 200
    until(lambda: len([1 for method, *_ in slack_server.calls if method == "chat.update"]) >= 12)
    assert len(posts(slack_server)) == 12
    assert {json.dumps(body["blocks"]).count("tocsin-") for body in posts(slack_server)} == {1}
    metrics = [requests.get(f"{each.url}/metrics", timeout=5).text for each in workers]
    assert all('outcome="accepted"' in text for text in metrics), "both delivered"
    for each in (*webs, *workers):
        assert each.stop() == 0
    assert '"level": "error"' not in webs[0].log


def posts(server: SlackServer) -> list[dict[str, object]]:
    return [body for method, body, _ in list(server.calls) if method == "chat.postMessage"]


def test_a_worker_shows_how_it_is_and_nothing_else(start_role: Start) -> None:
    worker = start_role("worker")
    status = {
        path: requests.get(f"{worker.url}{path}", timeout=5).status_code
        for path in ("/healthz", "/readyz", "/metrics", "/", "/v1/alertmanager")
    }
    assert status == {
        "/healthz": 200,
        "/readyz": 200,
        "/metrics": 200,
        "/": 404,
        "/v1/alertmanager": 404,
    }


def test_what_came_while_nobody_delivered_is_delivered(
    start_role: Start, slack_server: SlackServer
) -> None:
    web = start_role("web")
    assert web.tell(alert("a")) == 200
    assert "a" in requests.get(web.url, timeout=5).text
    start_role("worker")
    until(lambda: posts(slack_server))
