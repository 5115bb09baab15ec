"""Alerts that Grafana manages, in the shape that its documentation shows."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from relay_kit import at

from relay import resources
from relay.intake.grafana import annotations
from relay.intake.merge import merge
from relay.intake.webhook import WebhookError, parse
from relay.message import View, render
from relay.model.group import Group, Severities

BASE = "https://grafana.example.com"
VIEW = View(at(0), Severities(), image_hosts=("grafana.example.com",))


def firing(zone: str, **more: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "High memory usage", "team": "blue", "zone": zone},
        "annotations": {
            "description": "The system has high memory usage",
            "runbook_url": "https://runbooks.example.com/1234",
            "summary": f"This alert was triggered for zone {zone}",
        },
        "startsAt": "2021-10-12T09:51:03.157076+02:00",
        "endsAt": "0001-01-01T00:00:00Z",
        "values": {"B": 44.23943737541908, "C": 1},
        "generatorURL": f"{BASE}/alerting/1afz29v7z/edit",
        "fingerprint": f"c6eadffa33fc{zone}",
        "silenceURL": f"{BASE}/alerting/silence/new?alertmanager=grafana&matcher=zone%3D{zone}",
        "dashboardURL": f"{BASE}/d/abc",
        "panelURL": f"{BASE}/d/abc?viewPanel=1",
        "imageURL": "",
        **more,
    }


def body(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "receiver": "My Super Webhook",
        "status": "firing",
        "orgId": 1,
        "alerts": list(alerts),
        "groupLabels": {"alertname": "High memory usage"},
        "commonLabels": {"team": "blue"},
        "commonAnnotations": {},
        "externalURL": f"{BASE}/",
        "version": "1",
        "groupKey": '{}:{alertname="High memory usage"}',
        "truncatedAlerts": 0,
        "title": "[FIRING:2]  (blue)",
        "state": "alerting",
        "message": "**Firing**",
        **more,
    }


def group(*alerts: dict[str, Any]) -> Group:
    data = body(*alerts)
    Draft202012Validator(json.loads(resources.schema("webhook.schema.json"))).validate(data)
    return merge(None, parse(json.dumps(data).encode()), at(0)).group


def said(*alerts: dict[str, Any]) -> str:
    message = render(group(*alerts), VIEW)
    return json.dumps([message.blocks, message.attachments], ensure_ascii=False)


def test_values_and_links_are_shown() -> None:
    told = said(firing("us-1"))
    assert "*Value:* B 44.2394, C 1" in told
    for label, url in [
        ("Silence", "/alerting/silence/new?alertmanager=grafana&amp;matcher=zone%3Dus-1"),
        ("Dashboard", "/d/abc"),
        ("Panel", "/d/abc?viewPanel=1"),
        ("Grafana", "/alerting/1afz29v7z/edit"),
    ]:
        assert f"<{BASE}{url}|{label}>" in told
    assert "Picture" not in told
    assert "|Prometheus>" not in told


def test_two_alerts_have_their_own_values() -> None:
    told = said(firing("us-1"), firing("eu-1", values={"A": 7}))
    assert "`zone=eu-1` *7* — This alert was triggered for zone eu-1" in told
    assert "`zone=us-1` *B 44.2394, C 1* — This alert" in told


def test_a_picture_is_shown_from_a_host_that_is_allowed() -> None:
    told = said(firing("us-1", imageURL=f"{BASE}/render/1.png"))
    assert f'"image_url": "{BASE}/render/1.png"' in told
    told = said(firing("us-1", imageURL="https://elsewhere.example/1.png"))
    assert "image_url" not in told
    assert "<https://elsewhere.example/1.png|Picture>" in told


@pytest.mark.parametrize(
    ("more", "value"),
    [
        ({"valueString": "[ metric='' labels={} value=14151.331895396988 ]"}, "14151.3"),
        (
            {"valueString": "[ var='B' labels={a=b} value=44.23 ], [ var='C' labels={} value=1 ]"},
            "B 44.23, C 1",
        ),
        ({"valueString": "[ var='B' labels={} value=what ]"}, None),
        ({"valueString": 5}, None),
        ({"values": None}, None),
        ({"values": {}}, None),
        ({"values": {"A": "x", "B": True, "C": 1e308}}, None),
        ({"values": dict.fromkeys("ABCDEF", 1)}, "A 1, B 1, C 1, D 1, +2"),
        ({"values": {"A": 0.000012345}}, "1.2345e-05"),
    ],
)
def test_values_in_words(more: dict[str, Any], value: str | None) -> None:
    assert annotations(more, {}).get("value") == value


def test_what_a_person_wrote_stays() -> None:
    given = {"value": "lots", "dashboard_url": "https://mine"}
    made = annotations({"values": {"A": 1}, "dashboardURL": "https://theirs"}, given)
    assert made == given
    assert annotations({"dashboardURL": 7, "panelURL": ""}, {}) == {}
    assert annotations({"status": "firing"}, given) is given


def test_version_1_without_grafanas_mark_is_refused() -> None:
    data = body(firing("us-1"))
    del data["orgId"]
    with pytest.raises(WebhookError, match='version must be "4", not "1"'):
        parse(json.dumps(data).encode())
