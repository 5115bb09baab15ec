"""Alertmanager's webhook, taken strictly and never with a crash."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from relay_kit import alert, payload

from relay import resources
from relay.intake.webhook import WebhookError, parse
from relay.model.state import MOST_ALERTS

VALIDATOR = Draft202012Validator(json.loads(resources.schema("webhook.schema.json")))


def body(**changes: Any) -> bytes:
    return json.dumps(payload(alert("a")) | changes).encode()


def one(**changes: Any) -> bytes:
    data = payload(alert("a"))
    data["alerts"][0].update(changes)
    return json.dumps(data).encode()


def test_recorded_webhooks_are_read(recorded: Path) -> None:
    paths = sorted(recorded.glob("*.json"))
    assert paths
    for path in paths:
        data = json.loads(path.read_text())
        hook = parse(path.read_bytes())
        assert len(hook.alerts) == len(data["alerts"])
        assert hook.truncated == data["truncatedAlerts"]
        VALIDATOR.validate(data)


def test_of_too_many_alerts_those_that_fire_are_kept_and_the_rest_is_counted() -> None:
    over = [alert(f"over{n}", 0, 1) for n in range(MOST_ALERTS)]
    fires = [alert(f"fires{n}", 0) for n in range(100)]
    hook = parse(json.dumps(payload(*over, *fires, truncated=7)).encode())
    assert len(hook.alerts) == MOST_ALERTS
    assert sum(each.firing for each in hook.alerts) == 100
    assert hook.truncated == 7 + 100


def test_unknown_keys_and_missing_ones_that_do_not_matter_are_fine() -> None:
    data = payload(alert("a")) | {"notification_reason": "x", "routeLabels": {"a": 1}}
    for key in ("groupLabels", "commonLabels", "externalURL", "truncatedAlerts", "status"):
        del data[key]
    for key in ("annotations", "endsAt", "generatorURL", "fingerprint"):
        del data["alerts"][0][key]
    hook = parse(json.dumps(data).encode())
    assert hook.alerts[0].annotations == {}
    assert len(hook.alerts[0].fingerprint) == 16
    assert parse(json.dumps(data).encode()) == hook, "the same labels give the same fingerprint"


def test_times_have_nanoseconds_and_zones() -> None:
    hook = parse(one(startsAt="2026-11-23T17:09:49.763300931+01:00", endsAt="0001-01-01T00:00:00Z"))
    assert hook.alerts[0].starts_at == datetime(2026, 11, 23, 16, 9, 49, 763300, tzinfo=UTC)
    assert hook.alerts[0].ends_at is None


def test_an_end_before_the_start_is_the_start() -> None:
    hook = parse(one(status="resolved", endsAt="2020-01-01T00:00:00Z"))
    assert hook.alerts[0].ends_at == hook.alerts[0].starts_at


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8 (byte 0)"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b'{"truncatedAlerts": ' + b"9" * 5000 + b"}", "not JSON"),
        (body(version="3"), 'version must be "4", not "3"'),
        (body(version=4), 'version must be "4", not 4'),
        (body(groupKey=""), "groupKey is empty"),
        (body(groupKey=7), "groupKey must be text, not 7"),
        (body(receiver=None), "receiver must be text, not nothing"),
        (body(alerts={}), "alerts must be a list"),
        (body(alerts=[]), "at least one alert"),
        (body(alerts=[1]), "alerts[0] must be an object"),
        (body(groupLabels=[]), "groupLabels must be an object"),
        (body(truncatedAlerts=-1), "truncatedAlerts must be a whole number"),
        (body(truncatedAlerts=True), "truncatedAlerts must be a whole number"),
        (body(truncatedAlerts=1.5), "truncatedAlerts must be a whole number"),
        (one(status="pending"), 'alerts[0].status must be "firing" or "resolved"'),
        (one(status=["x" * 100]), "alerts[0].status must be"),
        (one(labels=None), "alerts[0].labels must be an object"),
        (one(labels={"a": 1}), "alerts[0].labels.a must be text, not 1"),
        (one(annotations={"a": None}), "alerts[0].annotations.a must be text, not nothing"),
        (one(annotations=[]), "alerts[0].annotations must be an object"),
        (one(startsAt="yesterday"), "alerts[0].startsAt is no RFC 3339 time"),
        (one(startsAt=None), "alerts[0].startsAt is no RFC 3339 time"),
        (one(startsAt="2026-02-31T00:00:00Z"), "alerts[0].startsAt is no possible time"),
        (one(startsAt="0001-01-01T00:00:00+23:00"), "alerts[0].startsAt is no possible time"),
        (one(endsAt="never"), "alerts[0].endsAt is no RFC 3339 time"),
        (one(generatorURL=1), "alerts[0].generatorURL must be text"),
        (one(fingerprint=1), "alerts[0].fingerprint must be text"),
    ],
)
def test_what_is_wrong_is_said(raw: bytes, reason: str) -> None:
    with pytest.raises(WebhookError) as caught:
        parse(raw)
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_missing_key_is_named() -> None:
    data = payload(alert("a"))
    del data["receiver"]
    with pytest.raises(WebhookError, match="receiver is missing"):
        parse(json.dumps(data).encode())


def test_lone_surrogates_and_nul_are_replaced() -> None:
    raw = one(annotations={"summary": "a\ud800b\0c\U0001f600"})
    assert parse(raw).alerts[0].annotations == {"summary": "a\ufffdb\ufffdc\U0001f600"}
    parse(raw).alerts[0].annotations["summary"].encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=5,
)
KEYS = st.sampled_from(
    ["version", "groupKey", "receiver", "groupLabels", "externalURL", "truncatedAlerts", "alerts"]
)
ALERT_KEYS = st.sampled_from(
    ["status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"]
)


@given(KEYS | ALERT_KEYS, JSON, st.booleans())
def test_this_file_and_the_schema_give_the_same_verdict(
    key: str, value: Any, missing: bool
) -> None:
    data = payload(alert("a"))
    holder = data if key in data else data["alerts"][0]
    if missing:
        del holder[key]
    else:
        holder[key] = value
    try:
        parse(json.dumps(data).encode())
        good = True
    except WebhookError:
        good = False
    assert VALIDATOR.is_valid(data) == good


@given(st.binary(max_size=200))
def test_no_bytes_crash_it(raw: bytes) -> None:
    try:
        parse(raw)
    except WebhookError as error:
        assert str(error)
