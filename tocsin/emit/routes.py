"""A complete relay configuration: each owner's alerts go to the owner's channel."""

from typing import Any

from tocsin.emit import names, yamlout
from tocsin.kinds import heartbeat
from tocsin.model import Compiled, Owner


def emit(compiled: Compiled) -> dict[str, str]:
    """File name to content."""
    settings = compiled.catalogue.settings
    content: dict[str, Any] = {
        "version": 1,
        "default_channel": settings.routing.default_channel,
        "severities": list(settings.severities),
    }
    if settings.owners:
        content["routes"] = [_route(owner) for owner in settings.owners.values()]
    heartbeats = [rule for rule in compiled.catalogue.rules if rule.kind == heartbeat.KIND.name]
    if heartbeats:
        content["heartbeats"] = [{"match": {"alertname": rule.name}} for rule in heartbeats]
    return {names.ROUTES_FILE: yamlout.dump(content, "catalogue.yaml")}


def _route(owner: Owner) -> dict[str, Any]:
    route: dict[str, Any] = {"match": {"owner": owner.name}, "channel": owner.channel}
    if owner.mention:
        route["mention"] = dict(owner.mention)
    return route
