"""A complete Alertmanager configuration: everything goes to the relay, grouped and inhibited.

Source: https://prometheus.io/docs/alerting/latest/configuration/ (as of Alertmanager 0.25)
"""

from collections.abc import Sequence
from typing import Any

from tocsin.emit import names, yamlout
from tocsin.inhibitions import Inhibition, inhibitions
from tocsin.kinds import heartbeat
from tocsin.model import Compiled, Routing
from tocsin.promql.text import quoted


def emit(compiled: Compiled) -> dict[str, str]:
    """File name to content."""
    routing = compiled.catalogue.settings.routing
    beats = [
        (rule.name, heartbeat.every(rule))
        for rule in compiled.catalogue.rules
        if rule.kind == heartbeat.KIND.name
    ]
    content: dict[str, Any] = {"route": route(routing, beats), "receivers": [_receiver(routing)]}
    if rules := [inhibit_rule(found) for found in inhibitions(compiled)]:
        content["inhibit_rules"] = rules
    return {names.ALERTMANAGER_FILE: yamlout.dump(content, "the whole catalogue")}


def route(routing: Routing, beats: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The tree of routes. beats: the names of heartbeats, and how often each is repeated."""
    found: dict[str, Any] = {
        "receiver": names.RECEIVER,
        "group_by": list(routing.group_by),
        "group_wait": routing.group_wait,
        "group_interval": routing.group_interval,
        "repeat_interval": routing.repeat_interval,
    }
    if beats:
        found["routes"] = [_heartbeat(name, every) for name, every in beats]
    return found


def _heartbeat(name: str, every: str) -> dict[str, Any]:
    """A heartbeat is repeated often, and never waits for company."""
    return {
        "matchers": [f"alertname={quoted(name)}"],
        "receiver": names.RECEIVER,
        "group_wait": "0s",
        "group_interval": every,
        "repeat_interval": every,
    }


def _receiver(routing: Routing) -> dict[str, Any]:
    webhook: dict[str, Any] = {"url": routing.relay_url, "send_resolved": True}
    # The relay must hear of every alert: a truncated payload leaves it guessing.
    webhook["max_alerts"] = 0
    if routing.credentials_file:
        token = {"type": "Bearer", "credentials_file": routing.credentials_file}
        webhook["http_config"] = {"authorization": token}
    return {"name": names.RECEIVER, "webhook_configs": [webhook]}


def inhibit_rule(found: Inhibition) -> dict[str, Any]:
    """An inhibition as Alertmanager reads it."""
    source = [f"alertname={quoted(found.source)}"]
    target = [f"alertname={quoted(found.target)}"]
    if found.source_severity:
        source.append(f"severity={quoted(found.source_severity)}")
    if found.target_severities:
        target.append(f"severity=~{quoted('|'.join(found.target_severities))}")
    return {
        "source_matchers": source,
        "target_matchers": target,
        **({"equal": list(found.equal)} if found.equal else {}),
    }
