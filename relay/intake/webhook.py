"""Alertmanager's webhook (version 4), from bytes to plain data. Pure, and strict about what counts.

Checked by hand and not by JSON Schema: a webhook of 5,000 alerts must not take seconds. A test
holds this file and schemas/webhook.schema.json to the same verdicts.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from relay.intake import grafana
from relay.model.group import Alert, Status
from relay.model.state import MOST_ALERTS

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class WebhookError(Exception):
    """The body is no webhook; the text says why, for a person."""


@dataclass(frozen=True)
class Webhook:
    """One notification, as sent. `truncated` alerts were left out by the receiver's max_alerts."""

    receiver: str
    group_key: str
    group_labels: Mapping[str, str]
    alerts: tuple[Alert, ...]
    external_url: str = ""
    truncated: int = 0


def parse(body: bytes) -> Webhook:
    """Reads a webhook or raises WebhookError."""
    data = _json(body)
    _require(isinstance(data, dict), "the body must be a JSON object")
    version = data.get("version")
    # Grafana's webhook is Alertmanager's with more keys, and counts its own versions.
    known = version == "4" or (version == "1" and "orgId" in data)
    _require(known, f'version must be "4", not {_shown(version)}')
    group_key = _text(data, "groupKey", "groupKey")
    _require(group_key != "", "groupKey is empty")
    alerts = data.get("alerts")
    if not isinstance(alerts, list) or not alerts:
        _fail("alerts must be a list with at least one alert")
    read = tuple(_alert(alert, f"alerts[{index}]") for index, alert in enumerate(alerts))
    kept = _worst(read)
    return Webhook(
        receiver=_text(data, "receiver", "receiver"),
        group_key=group_key,
        group_labels=_labels(data.get("groupLabels"), "groupLabels"),
        alerts=kept,
        external_url=_optional_text(data, "externalURL", "externalURL"),
        truncated=_count(data.get("truncatedAlerts"), "truncatedAlerts") + len(read) - len(kept),
    )


def _worst(alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
    """As many as are kept of a group: those that fire first."""
    if len(alerts) <= MOST_ALERTS:
        return alerts
    return tuple(sorted(alerts, key=lambda alert: not alert.firing)[:MOST_ALERTS])


def _json(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WebhookError(f"the body is not UTF-8 (byte {error.start})") from None
    # Escapes can smuggle in what no UTF-8 text and no database column can hold.
    awkward = "\\ud" in text or "\\uD" in text or "\\u0000" in text
    try:
        data = json.loads(text, parse_constant=_no_constant)
        return _cleaned(data) if awkward else data
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise WebhookError(f"the body is not JSON: {error.msg} ({place})") from None
    except RecursionError:
        raise WebhookError("the body is nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits
        raise WebhookError(f"the body is not JSON: {error}") from None


def _no_constant(name: str) -> NoReturn:
    _fail(f"the body is not JSON: {name} is no JSON number")


def _cleaned(data: Any) -> Any:
    """Replaces lone surrogates and NUL, as Go's own JSON reader does the former."""
    if isinstance(data, str):
        whole = data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(data, dict):
        return {_cleaned(key): _cleaned(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_cleaned(item) for item in data]
    return data


def _alert(data: Any, where: str) -> Alert:
    _require(isinstance(data, dict), f"{where} must be an object")
    status = data.get("status")
    if status not in ("firing", "resolved"):
        _fail(f'{where}.status must be "firing" or "resolved", not {_shown(status)}')
    labels = data.get("labels")
    _require(isinstance(labels, dict), f"{where}.labels must be an object")
    firing = status == "firing"
    starts_at = _time(data.get("startsAt"), f"{where}.startsAt")
    ends_at = _ends(data.get("endsAt"), starts_at, f"{where}.endsAt")
    checked = _labels(labels, f"{where}.labels")
    return Alert(
        fingerprint=_optional_text(data, "fingerprint", f"{where}.fingerprint")
        or _fingerprint(checked),
        status=Status.FIRING if firing else Status.RESOLVED,
        labels=checked,
        annotations=grafana.annotations(
            data, _labels(data.get("annotations"), f"{where}.annotations")
        ),
        starts_at=starts_at,
        ends_at=None if firing else ends_at,
        generator_url=_optional_text(data, "generatorURL", f"{where}.generatorURL"),
    )


def _ends(value: Any, starts_at: datetime, where: str) -> datetime | None:
    """None while unknown: Go's zero time is the year 1."""
    if value is None:
        return None
    ends_at = _time(value, where)
    return None if ends_at.year == 1 else max(ends_at, starts_at)


def _time(value: Any, where: str) -> datetime:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        _fail(f"{where} is no RFC 3339 time: {_shown(value)}")
    date, time, fraction, zone = found.groups()
    micros = (fraction or "0").ljust(6, "0")[:6]
    offset = "+00:00" if zone in "Zz" else zone
    try:
        return datetime.fromisoformat(f"{date}T{time}.{micros}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):  # 31 February; the year 1 with an offset
        _fail(f"{where} is no possible time: {_shown(value)}")


def _labels(value: Any, where: str) -> dict[str, str]:
    if value is None:
        return {}
    _require(isinstance(value, dict), f"{where} must be an object")
    for name, text in value.items():
        if not isinstance(text, str):
            _fail(f"{where}.{name[:100]} must be text, not {_shown(text)}")
    labels: dict[str, str] = value
    return labels


def _text(data: dict[str, Any], key: str, where: str) -> str:
    _require(key in data, f"{where} is missing")
    value = data[key]
    if not isinstance(value, str):
        _fail(f"{where} must be text, not {_shown(value)}")
    return value


def _optional_text(data: dict[str, Any], key: str, where: str) -> str:
    return "" if data.get(key) is None else _text(data, key, where)


def _count(value: Any, where: str) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        _fail(f"{where} must be a whole number from 0 up, not {_shown(value)}")
    return value


def _fingerprint(labels: Mapping[str, str]) -> str:
    """Names an alert by its labels, where Alertmanager's own hash is missing."""
    told = json.dumps(sorted(labels.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _shown(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _require(fine: bool, message: str) -> None:
    if not fine:
        _fail(message)


def _fail(message: str) -> NoReturn:
    raise WebhookError(message)
