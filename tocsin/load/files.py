"""Which files a catalogue is made of."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tocsin.lintsettings import matches_path

SETTINGS = "catalogue.yaml"
PLAIN_SETTINGS = "tocsin.yaml"  # for rule files that belong to no catalogue
METRICS = "metrics"
SUFFIXES = (".yaml", ".yml")


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

    Settings are those of the nearest folder, the path's own or one above it, that holds a
    catalogue.yaml (whose folder holds the known metrics, too) or a tocsin.yaml.
    """
    rules: dict[Path, None] = {}
    missing = []
    for path in paths:
        if path.is_dir():
            rules.update(dict.fromkeys(rule_files(path)))
        elif path.exists():
            rules[path] = None
        else:
            missing.append(path)
    settings = next((near for path in paths if (near := home(path))), None)
    root = settings.parent if settings and settings.name == SETTINGS else None
    if settings:
        # Named on the command line, the settings are settings all the same.
        rules = {path: None for path in rules if not same(path, settings)}
    metrics = metrics_of(root) if root else ()
    return Found(root, settings, tuple(rules), metrics, tuple(missing))


def metrics_of(root: Path) -> tuple[Path, ...]:
    """The files of a catalogue that declare metrics."""
    return tuple(_yaml_files(root / METRICS))


def settings_under(folder: Path) -> list[Path]:
    """The settings files in a folder and below; of two in one folder, the catalogue's last."""
    found = _yaml_files(folder)
    return [path for name in (PLAIN_SETTINGS, SETTINGS) for path in found if path.name == name]


def home(path: Path) -> Path | None:
    """The nearest settings file: in the path's folder or above, up to the repository's root.

    Outside of a repository a tocsin.yaml counts no further up than the working directory.
    """
    start = path if path.is_dir() else path.parent
    above = [start, *start.parents]
    here = Path.cwd()
    if not start.is_absolute():
        above += [Path(os.path.relpath(folder, here)) for folder in [here, *here.parents]]
    repository = next((folder for folder in above if (folder / ".git").exists()), None)
    for folder in above:
        if (folder / SETTINGS).is_file():
            return folder / SETTINGS
        if (folder / PLAIN_SETTINGS).is_file():
            outside = repository is None and folder.resolve() in here.parents
            return None if outside and folder != start else folder / PLAIN_SETTINGS
        if folder == repository:
            return None
    return None


def rule_files(folder: Path) -> Iterator[Path]:
    """The rule files in a folder and below."""
    for path in _yaml_files(folder):
        relative = path.relative_to(folder)
        if relative.name in {SETTINGS, PLAIN_SETTINGS} or METRICS in relative.parts[:-1]:
            continue
        yield path


def chosen(found: Found, exclude: Iterable[str], known: Iterable[str]) -> Found:
    """`found` as a tocsin.yaml has it: without what it excludes, with what declares metrics.

    Patterns start at the folder of the settings.
    """
    if found.settings is None:
        return found
    folder = found.settings.parent
    metrics = [path for path in _yaml_files(folder) if _is_one_of(path, known, folder)]
    excluded = [*exclude, *known]
    rules = tuple(path for path in found.rules if not _is_one_of(path, excluded, folder))
    return replace(found, rules=rules, metrics=(*found.metrics, *metrics))


def _is_one_of(path: Path, patterns: Iterable[str], folder: Path) -> bool:
    inside = Path(os.path.relpath(path, folder)).as_posix()
    return any(matches_path(pattern, inside) for pattern in patterns)


def _yaml_files(folder: Path) -> list[Path]:
    """The YAML files in a folder and below, but for hidden ones; links to folders lead nowhere."""
    return sorted(map(Path, _yaml_names(str(folder))))


def _yaml_names(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from _yaml_names(entry.path)
                elif entry.name.endswith(SUFFIXES) and entry.is_file():
                    yield entry.path
    except OSError:
        return  # not ours to read


def same(one: Path, other: Path) -> bool:
    """Whether both are one file that exists."""
    return (found := identity(one)) is not None and found == identity(other)


def identity(path: Path) -> tuple[int, int] | None:
    """What a file is known by, whatever its name; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
