"""Alerts as Prometheus posts them, and webhooks as Alertmanager sends them: one group each."""

import http.client
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.measure import Failed

NAME = re.compile(r"g\d{6}")
"""What a group is found by in whatever is said of it."""


def group_name(number: int) -> str:
    return f"g{number:06d}"


def labels(number: int) -> dict[str, str]:
    return {
        "alertname": "HostCpuHigh",
        "group": group_name(number),
        "host": f"host-{number}.example",
        "instance": f"host-{number}.example:9100",
        "platform": "p1",
        "severity": "warning",
        "team": "platform",
    }


def alert(number: int, starts_at: datetime, ends_at: datetime | None) -> dict[str, Any]:
    return {
        "labels": labels(number),
        "annotations": {
            "summary": f"CPU of host-{number} is at 93%",
            "runbook_url": "https://runbooks.example/host.md#cpu",
        },
        "startsAt": _written(starts_at),
        **({"endsAt": _written(ends_at)} if ends_at else {}),
        "generatorURL": "http://prometheus.example:9090/graph?g0.expr=up&g0.tab=1",
    }


def post(address: tuple[str, int], alerts: list[dict[str, Any]]) -> None:
    """To Alertmanager, as Prometheus does."""
    connection = http.client.HTTPConnection(*address, timeout=30)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/api/v2/alerts", json.dumps(alerts).encode(), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise Failed(f"Alertmanager answers {answer.status}")


def webhook(number: int, fires: bool = True) -> bytes:
    """As Alertmanager tells a receiver of one group."""
    now = datetime.now(UTC)
    status = "firing" if fires else "resolved"
    told = alert(number, now - timedelta(seconds=30), None if fires else now)
    told = {"status": status, "endsAt": "0001-01-01T00:00:00Z", **told}
    told["fingerprint"] = f"{number:016x}"
    name = group_name(number)
    return json.dumps(
        {
            "version": "4",
            "groupKey": f'{{}}:{{group="{name}"}}',
            "truncatedAlerts": 0,
            "status": status,
            "receiver": "bench",
            "groupLabels": {"group": name},
            "commonLabels": told["labels"],
            "commonAnnotations": told["annotations"],
            "externalURL": "http://alertmanager.example:9093",
            "alerts": [told],
        }
    ).encode()


def webhooks(first: int = 0) -> Iterator[bytes]:
    """New groups, one after another, all firing."""
    number = first
    while True:
        yield webhook(number)
        number += 1


def _written(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
