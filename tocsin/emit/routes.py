"""A complete relay configuration: owners' channels, heartbeats, and the relay's own settings."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tocsin.emit import names, yamlout
from tocsin.kinds import heartbeat
from tocsin.model import Compiled, Owner, Settings


class Beat(NamedTuple):
    """A heartbeat: its name, how often it is repeated, who is told of its silence."""

    name: str
    every: str
    owner: str


def emit(compiled: Compiled) -> dict[str, str]:
    """File name to content."""
    beats = [
        Beat(rule.name, heartbeat.every(rule), rule.owner)
        for rule in compiled.catalogue.rules
        if rule.kind == heartbeat.KIND.name
    ]
    content = configuration(compiled.catalogue.settings, beats)
    return {names.ROUTES_FILE: yamlout.dump(content, "catalogue.yaml")}


def configuration(settings: Settings, beats: Sequence[Beat]) -> dict[str, Any]:
    """The relay's configuration as data."""
    written = dict(settings.routing.relay)
    content: dict[str, Any] = {
        "version": 1,
        "default_channel": settings.routing.default_channel,
        "severities": list(settings.severities),
        **{key: value for key, value in written.items() if key != "heartbeats"},
    }
    if settings.owners:
        content["routes"] = [_route(owner) for owner in settings.owners.values()]
    heartbeats = [*written.get("heartbeats", ()), *(_heartbeat(beat, settings) for beat in beats)]
    if heartbeats:
        content["heartbeats"] = heartbeats
    return content


def _heartbeat(beat: Beat, settings: Settings) -> dict[str, Any]:
    """A heartbeat's silence is told in its owner's channel, to whom its worst trouble is told."""
    found: dict[str, Any] = {
        "match": {"alertname": beat.name},
        "name": beat.name,
        "every": beat.every,
    }
    if owner := settings.owners.get(beat.owner):
        found["channel"] = owner.channel
        if mention := owner.mention.get(settings.severities[-1]):
            found["mention"] = mention
    return found


def _route(owner: Owner) -> dict[str, Any]:
    route: dict[str, Any] = {"match": {"owner": owner.name}, "channel": owner.channel}
    if owner.mention:
        route["mention"] = dict(owner.mention)
    return route
