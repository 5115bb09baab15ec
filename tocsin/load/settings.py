"""catalogue.yaml, tocsin.yaml and metrics/*.yaml, already valid by their schemas, as data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tocsin import demands, features, lintsettings, problem, severities
from tocsin.layers import Layer
from tocsin.load import files
from tocsin.model import Metric, Owner, Routing, Settings
from tocsin.problem import Problem
from tocsin.source import Source


def settings(source: Source) -> tuple[Settings, list[Problem]]:
    """The settings that a valid file holds, and what contradicts itself in it."""
    data: dict[str, Any] = source.data
    names = tuple(data.get("severities", Settings.severities))
    default = data.get("default_severity") or _default_severity(names)
    owners = {
        name: Owner(name, owner["channel"], dict(owner.get("mention", {})))
        for name, owner in data.get("owners", {}).items()
    }
    targets = data.get("targets", {})
    found = Settings(
        source=source,
        prometheus=targets.get("prometheus", Settings.prometheus),
        features=tuple(targets.get("features", ())),
        alertmanager=targets.get("alertmanager", Settings.alertmanager),
        scrape_interval=data.get("scrape_interval", Settings.scrape_interval),
        evaluation_interval=data.get("evaluation_interval", Settings.evaluation_interval),
        external_labels=dict(data.get("external_labels", {})),
        target_labels=tuple(data.get("target_labels", Settings.target_labels)),
        severities=names,
        default_severity=default,
        owners=owners,
        links=dict(data.get("links", {})),
        require=tuple(data.get("policy", {}).get("require", ())),
        coverage=data.get("policy", {}).get("coverage"),
        defaults=_defaults(source),
        routing=_routing(data),
        kubernetes=data.get("kubernetes"),
        lint=lintsettings.read(data.get("lint", {}), Path(source.name).parent),
    )
    return found, _contradictions(source, found)


def _too_old(source: Source) -> Iterator[Problem]:
    """Targets that nothing is written for. Of plain files, which are only read, nothing is."""
    if Path(source.name).name != files.SETTINGS:
        return
    for program, oldest in features.OLDEST.items():
        target = source.data.get("targets", {}).get(program)
        if target and not features.reaches(target, oldest):
            message = (
                f"what is written needs {program.title()} {oldest}, and the target is {target}"
            )
            place = source.position(("targets", program))
            yield problem.error(place, "promql/features", message, "raise the target")


def metrics(source: Source) -> dict[str, Metric]:
    """The metrics that a valid metrics file declares, by name."""
    exposed_by = source.data.get("exposed_by", "")
    return {
        entry["name"]: Metric(
            name=entry["name"],
            type=entry["type"],
            unit=entry.get("unit", ""),
            labels=tuple(entry.get("labels", ())),
            help=entry.get("help", ""),
            exposed_by=entry.get("exposed_by", exposed_by),
        )
        for entry in source.data["metrics"]
    }


def _defaults(source: Source) -> Layer | None:
    found = source.data.get("defaults")
    return Layer("the catalogue's defaults", source, ("defaults",), found) if found else None


def _default_severity(names: tuple[str, ...]) -> str:
    return Settings.default_severity if Settings.default_severity in names else names[0]


def _routing(data: dict[str, Any]) -> Routing:
    written = dict(data.get("alertmanager", {}))
    if "group_by" in written:
        written["group_by"] = tuple(written["group_by"])
    relay = dict(data.get("relay", {}))
    channel = relay.pop("default_channel", Routing.default_channel)
    return Routing(**written, default_channel=channel, relay=relay)


def _contradictions(source: Source, found: Settings) -> list[Problem]:
    problems = [*demands.faults(source), *_too_old(source)]
    if found.default_severity not in found.severities:
        place = source.position(("default_severity",))
        problems.append(severities.unknown(place, found.default_severity, found.severities))
    for name, owner in found.owners.items():
        for severity in owner.mention:
            if severity not in found.severities:
                place = source.position(("owners", name, "mention", severity), key=True)
                problems.append(severities.unknown(place, severity, found.severities))
    return problems
