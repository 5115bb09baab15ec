"""Hostile requests: never a 500, never a crash, nothing forged in the log, memory bounded."""

import io
import json
import logging
import resource
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient
from hostile import Hostile
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, payload
from relay_process import HOOK, Relay, until

from relay import logs
from relay.acting import Acting
from relay.clock import SystemClock
from relay.config.model import Loaded, Settings
from relay.intake.addresses import unlinked
from relay.intake.webhook import parse
from relay.metrics import Metrics
from relay.secret import Secret
from relay.slack.api import Slack
from relay.store.sqlite import open_sqlite
from relay.web.app import create_app
from relay.web.services import Services

SIGNING = "sign-hush-3"
SETTINGS = Settings(
    host="0.0.0.0",
    webhook_tokens=(Secret("old-hush-1"), Secret(HOOK)),
    slack_token=Secret("xoxb-hush-1"),
    slack_signing_secret=Secret(SIGNING),
    slack_api_url="http://127.0.0.1:9/api/",
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    store = open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")
    loaded, metrics, clock = Loaded(CONFIG, SETTINGS), Metrics(), SystemClock()
    acting = Acting(loaded, store, Slack(SETTINGS), clock, metrics, works=False)
    services = Services(
        loaded, store, metrics, clock, lambda: None, lambda: True, "", acting.handler
    )
    app = create_app(services)
    app.testing = False  # a fault is a 500, as in earnest
    yield app.test_client()
    acting.stop()
    store.close()


def attack(client: FlaskClient, count: int) -> Counter[int]:
    """What came of so many requests."""
    hostile, came = Hostile(1, HOOK, SIGNING), Counter[int]()
    for _ in range(count):
        each = hostile.request()
        headers = {name: value.encode().decode("latin-1") for name, value in each.headers.items()}
        answer = client.open(
            each.path, method=each.method, headers=headers, data=each.body, buffered=True
        )
        came[answer.status_code] += 1
        assert answer.status_code in {200, 303, 400, 401, 403, 404, 405, 413, 415}, each
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        assert b"hush" not in answer.data
    return came


def test_two_thousand_hostile_requests(client: FlaskClient) -> None:
    stream = io.StringIO()
    logs.set_up(SETTINGS.secrets, stream)
    came = attack(client, 2000)
    assert min(came[200], came[400], came[401], came[404]) > 20, came
    for line in stream.getvalue().splitlines():
        told = json.loads(line)
        assert told["message"] != "forged"
    logs.set_up(())


@pytest.mark.slow
def test_a_hundred_thousand_hostile_requests(client: FlaskClient) -> None:
    logging.disable()  # pytest would keep every line: as much as all else
    try:
        attack(client, 5_000)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        attack(client, 95_000)
    finally:
        logging.disable(logging.NOTSET)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("Bearer old-hush-1", 200),
        (f"bearer {HOOK}", 200),
        ("Bearer old-hush", 401),
        ("Bearer old-hush-1 hook-hush-2", 401),
        ("Bearer ", 401),
        ("Basic b2xkLWh1c2gtMQ==", 401),
        ("", 401),
    ],
)
def test_any_of_several_tokens_lets_in(client: FlaskClient, given: str, status: int) -> None:
    answer = client.post(
        "/v1/alertmanager", json=payload(alert("a")), headers={"Authorization": given}
    )
    assert answer.status_code == status


def test_addresses_elsewhere_are_no_links_where_hosts_are_listed() -> None:
    given = payload(alert("a"))
    given["alerts"][0]["annotations"] |= {
        "runbook_url": "https://good.example/x",
        "dashboard_url": " HTTPS://evil.example/good.example",
        "panel_url": "https://good.example@evil.example/",
        "broken": "http://[::1",
        "summary": "see https://evil.example",
    }
    given["alerts"][0]["generatorURL"] = "http://good.example:9090/graph"
    webhook = parse(json.dumps(given).encode())
    (told,) = unlinked(webhook, ["good.example"]).alerts
    assert told.annotations["runbook_url"] == "https://good.example/x"
    assert told.annotations["dashboard_url"] == "evil.example/good.example"
    assert told.annotations["panel_url"] == "good.example@evil.example/"
    assert told.annotations["broken"] == "[::1"
    assert told.annotations["summary"] == "see https://evil.example"
    assert told.generator_url == "http://good.example:9090/graph"
    assert unlinked(webhook, ["good.example"]).external_url == "am:9093"
    assert unlinked(webhook, []) == webhook


def test_slack_gets_no_link_to_elsewhere(tmp_path: Path) -> None:
    config = replace(CONFIG, link_hosts=("good.example",))
    store = open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")
    rig = Rig(store, FakeSlack(), FakeClock(), config)
    bad = alert("a")
    annotations = {"runbook_url": "https://evil.example/x", "dashboard_url": "https://good.example"}
    rig.tell(replace(bad, annotations={**bad.annotations, **annotations}))
    rig.run(5)
    (text,) = rig.slack.texts
    assert "<https://good.example|" in text
    assert "https://evil" not in text
    assert "evil.example/x" in text
    store.close()


def test_nothing_is_fetched_from_an_address_in_an_alert(tmp_path: Path) -> None:
    """A relay with all it has runs on alerts that point to a server of ours, which nobody asks."""
    asked: list[str] = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

        do_POST = do_HEAD = do_GET  # noqa: N815 - the names that http.server looks for

    canary = HTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=canary.serve_forever, args=(0.02,), daemon=True).start()
    there = f"http://127.0.0.1:{canary.server_address[1]}"
    relay = Relay(tmp_path, RELAY_WEBHOOK_TOKEN=HOOK)
    (tmp_path / "relay.yaml").write_text(
        'version: 1\ndefault_channel: "#a"\nlinks: {allowed_hosts: [127.0.0.1]}\n'
        "prometheus: http://127.0.0.1:9\nalertmanagers: [http://127.0.0.1:9]\n"
    )
    try:
        relay.start()
        names = ("runbook_url", "dashboard_url", "panel_url", "image_url", "silence_url", "source")
        bad = alert("a")
        pointing = {name: f"{there}/{name}.png" for name in names}
        given = payload(replace(bad, annotations={**bad.annotations, **pointing}))
        given["externalURL"] = there
        given["alerts"][0]["generatorURL"] = f"{there}/graph?g0.expr=up&g0.tab=1"
        assert post(relay, given) == 200
        until(lambda: 'outcome="accepted"' in read(relay, "/metrics"))
        assert read(relay, "/")
        assert asked == []
    finally:
        relay.stop()
        canary.shutdown()
        canary.server_close()


def post(relay: Relay, data: object) -> int:
    headers = {"Authorization": f"Bearer {HOOK}"}
    return requests.post(
        f"{relay.url}/v1/alertmanager", json=data, headers=headers, timeout=9
    ).status_code


def read(relay: Relay, path: str) -> str:
    return requests.get(f"{relay.url}{path}", timeout=9).text
