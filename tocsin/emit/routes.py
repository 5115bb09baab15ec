"""A complete relay configuration: owners' channels, heartbeats, and the relay's own settings."""

from typing import Any

from tocsin.emit import names, yamlout
from tocsin.kinds import heartbeat
from tocsin.model import Compiled, Owner, Rule, Settings


def emit(compiled: Compiled) -> dict[str, str]:
    """File name to content."""
    settings = compiled.catalogue.settings
    written = dict(settings.routing.relay)
    content: dict[str, Any] = {
        "version": 1,
        "default_channel": settings.routing.default_channel,
        "severities": list(settings.severities),
        **{key: value for key, value in written.items() if key != "heartbeats"},
    }
    if settings.owners:
        content["routes"] = [_route(owner) for owner in settings.owners.values()]
    beats = [rule for rule in compiled.catalogue.rules if rule.kind == heartbeat.KIND.name]
    heartbeats = [*written.get("heartbeats", ()), *(_heartbeat(rule, settings) for rule in beats)]
    if heartbeats:
        content["heartbeats"] = heartbeats
    return {names.ROUTES_FILE: yamlout.dump(content, "catalogue.yaml")}


def _heartbeat(rule: Rule, settings: Settings) -> dict[str, Any]:
    """A heartbeat's silence is told in its owner's channel, to whom its worst trouble is told."""
    found: dict[str, Any] = {
        "match": {"alertname": rule.name},
        "name": rule.name,
        "every": heartbeat.every(rule),
    }
    if owner := settings.owners.get(rule.owner):
        found["channel"] = owner.channel
        if mention := owner.mention.get(settings.severities[-1]):
            found["mention"] = mention
    return found


def _route(owner: Owner) -> dict[str, Any]:
    route: dict[str, Any] = {"match": {"owner": owner.name}, "channel": owner.channel}
    if owner.mention:
        route["mention"] = dict(owner.mention)
    return route
