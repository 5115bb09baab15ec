"""The YAML file to a Config, or to every problem it has, each with its place."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jsonschema import Draft202012Validator

from relay import resources
from relay.config import entries, policyfile, templatefiles
from relay.config.model import (
    KEEP,
    Actors,
    Charts,
    Config,
    Limits,
    Matcher,
    Route,
    Silences,
)
from relay.config.positions import Document, load
from relay.config.positions import Path as Place_
from relay.config.problem import ConfigError, Problem
from relay.config.sources import Source
from relay.config.wording import explain, shown
from relay.model.group import Severities


def read(path: str) -> Config:
    """Reads the file, or raises ConfigError with all its problems."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(path, 0, 0, f"not UTF-8 (byte {error.start})")]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            [Problem(path, 0, 0, f"cannot read the configuration: {reason}")]
        ) from None
    return parse(text, path)


def parse(text: str, source: str) -> Config:
    """The same, of a text; `source` is what problems call it."""
    document = load(text, source)
    if document.data is None and not document.problems:
        document.problem((1, 1), "empty", 'needs at least "version: 1" and "default_channel:"')
    if document.data is not None:
        for error in _validator().iter_errors(document.data):
            explain(document, error)
    if not document.problems:
        _check_mentions(document)
        _check_timezones(document)
        _check_severities(document)
        _check_heartbeats(document)
        templatefiles.check(document)
    if document.problems:
        raise ConfigError(document.problems)
    return _config(document.data, templatefiles.sources(document.data, source))


@cache
def _validator() -> Draft202012Validator:
    # `format` is only an annotation unless a checker is given; ours are regular expressions.
    return Draft202012Validator(
        json.loads(resources.schema("relay.schema.json")),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def _check_mentions(document: Document) -> None:
    """A mention for a severity that is not declared would never be used: surely a slip."""
    data = document.data
    names = list(data.get("severities", Severities().names))
    holders: list[tuple[tuple[str | int, ...], Any]] = [(("default_mention",), data)]
    holders += [
        (("routes", index, "mention"), route) for index, route in enumerate(data.get("routes", []))
    ]
    for path, holder in holders:
        for severity in holder.get(path[-1], {}):
            if severity not in names:
                close = get_close_matches(severity, names, 1)
                hint = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(names)}"
                place = document.key((*path, severity))
                document.problem(place, f"`{severity}` is no declared severity", hint)


def _check_heartbeats(document: Document) -> None:
    """A heartbeat that matches everything would keep every alert from being told."""
    for index, entry in enumerate(document.data.get("heartbeats", [])):
        if not ("match" in entry or "match_re" in entry):
            place = document.value(("heartbeats", index))
            document.problem(place, "this heartbeat matches everything", "add `match`")


def _check_timezones(document: Document) -> None:
    """Names of time zones are known to the system, not to the schema."""
    for path, name in _named(document.data, "timezone"):
        try:
            ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):  # ../x and folders are the latter two
            message = f"`timezone`: no time zone is called {shown(name)}"
            document.problem(document.value(path), message, "such as Europe/Paris")


def _check_severities(document: Document) -> None:
    """So would be what is said of a severity that is not declared."""
    names = list(document.data.get("severities", Severities().names))
    places = [
        (("quiet", "below"), document.data.get("quiet", {}).get("below")),
        *(found for found in _named(document.data.get("escalate", []), "severity", ("escalate",))),
    ]
    for index, route in enumerate(document.data.get("routes", [])):
        at = ("routes", index)
        places.append(((*at, "quiet", "below"), route.get("quiet", {}).get("below")))
        places += _named(route.get("escalate", []), "severity", (*at, "escalate"))
    for path, severity in places:
        if severity is not None and severity not in names:
            message = f"`{severity}` is no declared severity"
            document.problem(document.value(path), message, f"known: {', '.join(names)}")


def _named(data: Any, key: str, path: Place_ = ()) -> list[tuple[Place_, Any]]:
    """Every value of `key`, however deep, with its place; label matchers are no settings."""
    if isinstance(data, list):
        return [found for i, each in enumerate(data) for found in _named(each, key, (*path, i))]
    if not isinstance(data, dict):
        return []
    found = [((*path, key), data[key])] if key in data else []
    for name, value in data.items():
        if name not in {"match", "match_re", "templates"}:
            found += _named(value, key, (*path, name))
    return found


def _config(data: dict[str, Any], templates: Mapping[str, Source]) -> Config:
    limits = data.get("limits", {})
    defaults = Limits()
    return Config(
        default=Route(
            Matcher(),
            data["default_channel"],
            template=data.get("default_template", ""),
            **_manners(data, data.get("default_mention", {}), data),
        ),
        routes=tuple(
            Route(
                entries.matcher(route),
                route["channel"],
                template=route.get("template", data.get("default_template", "")),
                **_manners(route, route.get("mention", {}), data),
            )
            for route in data.get("routes", [])
        ),
        severities=Severities(tuple(data.get("severities", Severities().names))),
        heartbeats=tuple(entries.pulse(entry) for entry in data.get("heartbeats", [])),
        flapping=policyfile.flapping(data.get("flapping", {})),
        operations=policyfile.operations(data["operations"]) if "operations" in data else None,
        limits=Limits(
            messages_per_second=float(
                limits.get("messages_per_second", defaults.messages_per_second)
            ),
            burst=limits.get("burst", defaults.burst),
            webhook_bytes=round(limits.get("webhook_megabytes", 16) * 1_000_000),
            edits_per_minute=float(limits.get("edits_per_minute", defaults.edits_per_minute)),
        ),
        alertmanagers=tuple(entries.server(entry) for entry in data.get("alertmanagers", [])),
        prometheus=entries.server(data["prometheus"]) if "prometheus" in data else None,
        actors=Actors(**{name: tuple(ids) for name, ids in data.get("actors", {}).items()}),
        silences=Silences(**data.get("silences", {})),
        templates=templates,
        image_hosts=tuple(data.get("links", {}).get("allowed_hosts", [])),
        link_hosts=tuple(data.get("links", {}).get("only_hosts", [])),
        page=data.get("links", {}).get("page", "").rstrip("/"),
        charts=Charts(**data.get("charts", {})),
        storm=policyfile.storms(data.get("storm", {})),
        keep=policyfile.duration(data["retention"]) if "retention" in data else KEEP,
    )


def _manners(
    route: dict[str, Any], mention: dict[str, Any], data: dict[str, Any]
) -> dict[str, Any]:
    """Whom a route calls and when; what it does not say is as for all."""
    return {
        "mention": policyfile.plain_mentions(mention),
        "calls": policyfile.calls(mention),
        "escalate": policyfile.escalations(route.get("escalate", data.get("escalate", []))),
        "quiet": policyfile.quiet(route.get("quiet", data.get("quiet"))),
    }
