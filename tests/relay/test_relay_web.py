"""The HTTP endpoints, in one process."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from relay_kit import CONFIG, FakeSlack, Rig, alert, at, payload
from site_kit import PATH, Make, Site

from relay.config.model import Limits, Loaded, Matcher, Pulse, Settings
from relay.config.problem import Problem
from relay.model.outcome import Refused
from relay.store import StoreError, Work


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

    for name in ("take_in", "reject", "check", "survey"):
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
