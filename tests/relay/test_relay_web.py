"""The HTTP endpoints, in one process."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at, payload

from relay.config.model import Config, Limits, Loaded, Matcher, Pulse, Settings
from relay.config.problem import Problem
from relay.metrics import Metrics
from relay.model.outcome import Refused
from relay.secret import Secret
from relay.store import Store, StoreError, Work
from relay.web.app import create_app
from relay.web.services import Services

TOKEN = Secret("hook-token")
SIGNING = Secret("signing")
PATH = "/v1/alertmanager"


class Site:
    """The application with its parts at hand."""

    def __init__(self, store: Store, clock: FakeClock, settings: Settings, config: Config) -> None:
        self.store, self.clock, self.metrics = store, clock, Metrics()
        self.woken = 0
        self.alive = True
        self.metrics.watch(store, config.channels, clock)
        self.services = Services(
            Loaded(config, settings), store, self.metrics, clock, self._wake, lambda: self.alive
        )
        self.client: FlaskClient = create_app(self.services).test_client()

    def _wake(self) -> None:
        self.woken += 1

    def with_services(self, **changes: Any) -> FlaskClient:
        return create_app(replace(self.services, **changes)).test_client()


Make = Callable[..., Site]


@pytest.fixture
def make(store: Store, clock: FakeClock) -> Make:
    def build(settings: Settings | None = None, config: Config = CONFIG) -> Site:
        return Site(store, clock, settings or Settings(), config)

    return build


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"me:{password}".encode()).decode()}


def test_a_webhook_is_stored_before_it_is_acknowledged(make: Make) -> None:
    site = make()
    answer = site.client.post(PATH, json=payload(alert("a")))
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert site.woken == 1
    (entry,) = site.store.overview(10)
    assert entry.work is Work.PENDING
    text = site.client.get("/metrics").text
    assert 'tocsin_relay_webhooks_total{code="200",status="firing"} 1.0' in text
    assert 'tocsin_relay_queue_depth{channel="#alerts"} 1.0' in text
    assert 'tocsin_relay_queue_depth{channel="#db"} 0.0' in text
    assert 'tocsin_relay_groups{status="firing"} 1.0' in text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong"),
        bearer("h\u00e9"),
        {"Authorization": "hook-token"},
        {"Authorization": "Basic hook-token"},
        basic("hook-token"),
    ],
)
def test_a_webhook_needs_the_token(make: Make, headers: dict[str, str]) -> None:
    site = make(Settings(webhook_tokens=(TOKEN,)))
    answer = site.client.post(PATH, json=payload(alert("a")), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert site.store.overview(1) == []
    good = site.client.post(PATH, json=payload(alert("a")), headers=bearer("hook-token"))
    assert good.status_code == 200


def test_a_malformed_webhook_is_kept_aside(make: Make) -> None:
    site = make()
    answer = site.client.post(PATH, data=b'{"version": "3", "\0<script>"}' + b"x" * 100_000)
    assert answer.status_code == 400
    assert "not JSON" in answer.json["reason"]
    (kept,) = site.store.rejected()
    assert len(kept.body) == 64 * 1024
    assert "\0" not in kept.body
    page = site.client.get("/").text
    assert "Rejected webhooks" in page
    assert "<script>" not in page
    assert 'webhooks_total{code="400",status="rejected"}' in site.client.get("/metrics").text


@pytest.mark.parametrize("chunked", [False, True])
def test_a_webhook_too_large_is_413(make: Make, chunked: bool) -> None:
    site = make(config=replace(CONFIG, limits=Limits(webhook_bytes=1000)))
    body = b" " * 1001
    if chunked:
        answer = site.client.post(
            PATH, input_stream=io.BytesIO(body), environ_overrides={"wsgi.input_terminated": True}
        )
    else:
        answer = site.client.post(PATH, data=body)
    assert answer.status_code == 413
    assert answer.json["status"] == "error"
    assert 'webhooks_total{code="413",status="rejected"} 1.0' in site.client.get("/metrics").text


def test_a_store_that_fails_is_503_and_come_again(make: Make) -> None:
    site = make()

    def fail(*_: object) -> None:
        raise StoreError("database: disk I/O error")

    for name in ("take_in", "reject", "check", "overview"):
        setattr(site.store, name, fail)
    answer = site.client.post(PATH, json=payload(alert("a")))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert site.woken == 0
    assert site.client.post(PATH, data=b"{").status_code == 503
    assert site.client.get("/readyz").status_code == 503
    assert site.client.get("/").status_code == 503
    assert site.client.get("/healthz").status_code == 200
    assert 'webhooks_total{code="503",status="rejected"} 2.0' in site.client.get("/metrics").text


def test_metrics_survive_a_store_that_cannot_be_read(make: Make) -> None:
    site = make()

    def fail() -> None:
        raise StoreError("gone")

    site.store.queues = fail  # a fault
    answer = site.client.get("/metrics")
    assert answer.status_code == 200
    assert "tocsin_relay_store_up 0.0" in answer.text


def test_ready_means_that_somebody_delivers(make: Make) -> None:
    site = make()
    assert site.client.get("/readyz").status_code == 200
    site.alive = False
    answer = site.client.get("/readyz")
    assert (answer.status_code, answer.json["reason"]) == (503, "the delivery loop is not running")


def test_heartbeats_are_recorded_and_not_posted(make: Make) -> None:
    site = make(config=replace(CONFIG, heartbeats=(Pulse(Matcher({"alertname": ("Watchdog",)})),)))
    dog = alert("w", alertname="Watchdog")
    assert site.client.post(PATH, json=payload(dog)).status_code == 200
    site.clock.advance(60)
    ended = alert("w", 0, 1, alertname="Watchdog")
    assert site.client.post(PATH, json=payload(ended)).status_code == 200
    assert site.store.overview(1) == []
    (beat,) = site.store.heartbeats()
    assert beat.seen_at == at(0)
    assert beat.name == "alertname=Watchdog, host=w"
    assert "last heard 60 s ago" in site.client.get("/").text
    metric = "tocsin_relay_heartbeat_last_seen_timestamp_seconds"
    assert f'{metric}{{heartbeat="{beat.name}"}} {at(0).timestamp():.5e}'[:60] in (
        site.client.get("/metrics").text
    )


def park(site: Site) -> None:
    slack = FakeSlack(always=Refused("channel_not_found"))
    rig = Rig(site.store, slack, site.clock)
    rig.tell(alert("<b>x</b>", 0, severity="critical"), key="k1")
    rig.tell(alert("h2"), key="k2")
    rig.run()


def test_what_is_stuck_is_shown_and_retried(make: Make) -> None:
    site = make()
    park(site)
    page = site.client.get("/").text
    assert "channel_not_found" in page
    assert "Retry all that is stuck" in page
    assert "<b>x</b>" not in page
    assert 'tocsin_relay_parked{channel="#alerts"} 2.0' in site.client.get("/metrics").text
    one = site.store.overview(1)[0].group_id
    same = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    answer = site.client.post("/v1/retry", data={"group": one}, headers=same)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    answer = site.client.post("/v1/retry")
    assert answer.json == {"status": "ok", "retried": 2}
    assert site.woken == 2


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({}, 200),
    ],
)
def test_other_sites_cannot_make_a_browser_retry(
    make: Make, headers: dict[str, str], code: int
) -> None:
    headers |= {"Accept": "application/json"}
    assert make().client.post("/v1/retry", headers=headers).status_code == code


def test_beyond_this_machine_the_page_needs_the_token(make: Make) -> None:
    client = make(Settings(host="0.0.0.0", webhook_tokens=(TOKEN,))).client
    for method, path in [("get", "/"), ("post", "/v1/retry")]:
        call = getattr(client, method)
        assert call(path).status_code == 401
        assert call(path).headers["WWW-Authenticate"].startswith("Basic")
        assert call(path, headers=basic("wrong")).status_code == 401
        assert call(path, headers={"Authorization": "Basic ???"}).status_code == 401
        assert call(path, headers=basic("hook-token")).status_code in {200, 303}
        assert call(path, headers=bearer("hook-token")).status_code in {200, 303}
    assert client.get("/healthz").status_code == 200


def test_beyond_this_machine_without_a_token_there_is_no_page(make: Make) -> None:
    client = make(Settings(host="0.0.0.0")).client
    answer = client.get("/")
    assert (answer.status_code, "RELAY_WEBHOOK_TOKEN" in answer.json["reason"]) == (403, True)
    assert client.post(PATH, json=payload(alert("a"))).status_code == 200


def test_errors_are_json_and_everything_is_fenced(make: Make) -> None:
    client = make().client
    missing, wrong = client.get("/nope"), client.get(PATH)
    assert (missing.status_code, missing.json["reason"]) == (404, "Not Found")
    assert wrong.status_code == 405
    assert "POST" in wrong.headers["Allow"]
    for answer in (missing, wrong, client.get("/")):
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    style = client.get("/static/page.css")
    assert style.status_code == 200
    style.close()


def test_the_page_tells_every_state(make: Make) -> None:
    site = make()
    assert "Nothing yet" in site.client.get("/").text
    rig = Rig(site.store, FakeSlack(), site.clock)
    rig.tell(alert("a"), key="sent", truncated=3)
    rig.run()
    rig.slack.always = Refused("invalid_blocks", outside=False)
    rig.tell(alert("b"), key="parked")
    rig.run()
    site.clock.advance(4000)
    rig.tell(alert("c"), key="fresh")
    site.clock.advance(200_000)
    page = site.client.get("/").text
    for told in [
        "3 not known",
        "parked: never delivered, waiting since 2 days ago, not tried again",
        "never delivered, waiting since 2 days ago",
        "delivered 2 days ago",
        "invalid_blocks",
    ]:
        assert told in page
    site.clock.advance(-200_000)
    rig.slack.always = Refused("is_archived")
    rig.run()
    assert "tried again in 15 min" in site.client.get("/").text
    loaded = Loaded(CONFIG, Settings(), (Problem("relay.yaml", 3, 4, "wrong"),))
    page = site.with_services(loaded=loaded, sandbox="/sandbox/").get("/").text
    assert "relay.yaml:3:4: wrong" in page
    assert 'href="/sandbox/"' in page


def test_attempts_are_shown_and_more_groups_than_fit_counted(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from relay.model.outcome import Ambiguous

    site = make()
    rig = Rig(site.store, FakeSlack(always=Ambiguous("internal_error")), site.clock)
    rig.tell(alert("a"), key="k1")
    rig.run()
    rig.tell(alert("b"), key="k2")
    assert "1 failed" in site.client.get("/").text
    monkeypatch.setattr("relay.web.page.GROUPS_SHOWN", 1)
    assert "Only the 1 that need a look first" in site.client.get("/").text


def test_recorded_webhooks_are_taken(make: Make, recorded: Any) -> None:
    site = make()
    for path in sorted(recorded.glob("*.json")):
        assert site.client.post(PATH, data=path.read_bytes()).status_code == 200
    assert len(site.store.overview(100)) == 7
    assert site.client.get("/").status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[" * 50_000, b'{"a": NaN}', b"\0", b'"\\ud800"', b"null"]
)
def test_no_body_is_a_500(make: Make, body: bytes) -> None:
    assert make().client.post(PATH, data=body).status_code == 400


def test_odd_text_is_taken_and_shown(make: Make) -> None:
    site = make()
    data = payload(alert("a"), key="k\0\ud800")
    data["alerts"][0]["labels"]["odd\ud800"] = "\0\u202e"
    assert site.client.post(PATH, data=json.dumps(data)).status_code == 200
    assert site.client.get("/").status_code == 200
