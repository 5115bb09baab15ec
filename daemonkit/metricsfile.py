"""A file of `rules/metrics/`: the metrics that a daemon may expose, as the rules know them."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemonkit import resources, suggest
from daemonkit.problem import FileError, KitError, Problem
from daemonkit.yamlfile import YamlFile

FOLDER_SETTING = "TOCSIN_METRICS"


@dataclass(frozen=True)
class Declared:
    """One metric, as it is written. `buckets`: of a histogram, "()" for the client's own."""

    name: str
    type: str
    unit: str = ""
    labels: tuple[str, ...] = ()
    help: str = ""
    buckets: tuple[float, ...] = ()


def find(file: str | os.PathLike[str]) -> Path:
    """Where a metrics file is; KitError when it is nowhere.

    A name with a folder is taken as it is. A bare name is looked for in the folder that
    TOCSIN_METRICS names, in rules/metrics and here, and in the starter catalogue of this package.
    """
    path = Path(file)
    if path.parent != Path() or path.is_absolute():
        return path
    places = [Path("rules", "metrics"), Path()]
    if chosen := os.environ.get(FOLDER_SETTING):
        places = [Path(chosen)]
    places.append(resources.folder("rules") / "metrics")
    for place in places:
        if (place / path).is_file():
            return place / path
    found = {each.name for place in places if place != Path() for each in place.glob("*.yaml")}
    looked = ", ".join(str(place) for place in places)
    hint = suggest.hint(path.name, found)
    raise KitError(f"there is no {path} in: {looked}" + (f" ({hint})" if hint else ""))


def read(path: Path) -> dict[str, Declared]:
    """The metrics of a file, by name; FileError with all that is wrong with it."""
    file = YamlFile(path)
    file.check("metrics")
    entries: list[dict[str, Any]] = file.data["metrics"]
    if problems := [*_declared_twice(file, entries), *_wrong_buckets(file, entries)]:
        raise FileError(problems)
    return {
        entry["name"]: Declared(
            name=entry["name"],
            type=entry["type"],
            unit=entry.get("unit", ""),
            labels=tuple(entry.get("labels", ())),
            help=entry.get("help", ""),
            buckets=tuple(entry.get("buckets", ())),
        )
        for entry in entries
    }


def _declared_twice(file: YamlFile, entries: list[dict[str, Any]]) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for index, entry in enumerate(entries):
        if entry["name"] in seen:
            message = f"`{entry['name']}` is declared twice"
            problems.append(file.problem(("metrics", index, "name"), message))
        seen.add(entry["name"])
    return problems


def _wrong_buckets(file: YamlFile, entries: list[dict[str, Any]]) -> list[Problem]:
    problems = []
    for index, entry in enumerate(entries):
        steps = ("metrics", index, "buckets")
        buckets = entry.get("buckets", [])
        if buckets and entry["type"] != "histogram":
            message = f"`buckets` are for a histogram, and this is a {entry['type']}"
            problems.append(file.problem(steps, message, key=True))
        elif buckets != sorted(buckets):
            problems.append(file.problem(steps, "`buckets` must go from the smallest up"))
    return problems
