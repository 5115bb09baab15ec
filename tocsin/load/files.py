"""Which files a catalogue is made of."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SETTINGS = "catalogue.yaml"
METRICS = "metrics"
SUFFIXES = {".yaml", ".yml"}


@dataclass(frozen=True)
class Found:
    """The files behind the paths that were asked for. `missing`: paths that do not exist."""

    root: Path | None  # the folder with catalogue.yaml, None where there is none
    settings: Path | None
    rules: tuple[Path, ...]
    metrics: tuple[Path, ...]
    missing: tuple[Path, ...]


def find(paths: tuple[Path, ...]) -> Found:
    """The rule files under `paths`, and the catalogue that they belong to.

    Settings and known metrics are those of the nearest folder, the path's own or one above it,
    that holds a catalogue.yaml.
    """
    rules: dict[Path, None] = {}
    missing = []
    for path in paths:
        if path.is_dir():
            rules.update(dict.fromkeys(_rule_files(path)))
        elif path.exists():
            rules[path] = None
        else:
            missing.append(path)
    root = next((home for path in paths if (home := _home(path))), None)
    settings = root / SETTINGS if root else None
    if settings:
        # Named on the command line, the settings are settings all the same.
        rules = {path: None for path in rules if not _same(path, settings)}
    metrics = tuple(_yaml_files(root / METRICS)) if root else ()
    return Found(root, settings, tuple(rules), metrics, tuple(missing))


def _home(path: Path) -> Path | None:
    start = path if path.is_dir() else path.parent
    above = [start, *start.parents]
    if not start.is_absolute():
        here = Path.cwd()
        above += [Path(os.path.relpath(folder, here)) for folder in [here, *here.parents]]
    for folder in above:
        if (folder / SETTINGS).is_file():
            return folder
        if (folder / ".git").exists():
            return None
    return None


def _rule_files(folder: Path) -> Iterator[Path]:
    for path in _yaml_files(folder):
        relative = path.relative_to(folder)
        if relative.name == SETTINGS or METRICS in relative.parts[:-1]:
            continue
        yield path


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)
