"""Which settings each rule file has, where several are looked at in one run.

A file belongs to the nearest catalogue.yaml or tocsin.yaml above it. Files of one catalogue need
each other, so whoever asks for some of them has the others looked at as well, and is not told what
is wrong with those.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tocsin.load import files
from tocsin.load.files import Found


@dataclass(frozen=True)
class Home:
    """The files of one settings file. asked: the rule files that somebody asked for; whole: there
    are no others that these could need."""

    found: Found
    asked: frozenset[str]
    whole: bool


def homes(paths: tuple[Path, ...]) -> list[Home]:
    """The homes of the rule files under `paths`, in the order of the paths; at least one."""
    missing = tuple(path for path in paths if not path.exists())
    by_settings: dict[Path | None, tuple[Path | None, dict[Path, None]]] = {}
    for path in paths:
        for settings, below in _by_settings(path) if path.exists() else ():
            key = settings.resolve() if settings else None
            named = by_settings.setdefault(key, (settings, {}))[1]
            itself = files.identity(settings) if settings else None
            named.update(
                (file, None) for file in below if not itself or files.identity(file) != itself
            )
    found = [_home(settings, tuple(named), paths) for settings, named in by_settings.values()]
    found = [home for home in found if home.found.rules] or found[:1]
    first = found[0] if found else Home(files.find(paths), frozenset(), whole=True)
    return [replace(first, found=replace(first.found, missing=missing)), *found[1:]]


def _by_settings(path: Path) -> Iterator[tuple[Path | None, list[Path]]]:
    """The settings for a path, and the rule files under it that have them; then those of settings
    further below."""
    base = files.home(path)
    if not path.is_dir():
        yield base, [path]
        return
    nested = {found.parent: found for found in files.settings_under(path)}
    near: dict[Path, Path | None] = {}
    found: dict[Path | None, list[Path]] = {}
    for file in files.rule_files(path):
        folder = file.parent
        if folder not in near:
            near[folder] = next((nested[up] for up in file.parents if up in nested), base)
        found.setdefault(near[folder], []).append(file)
    yield from (found or {base: []}).items()


def _home(settings: Path | None, named: tuple[Path, ...], paths: tuple[Path, ...]) -> Home:
    folders = [path.resolve() for path in paths if path.is_dir()]
    asked = frozenset(map(str, named))
    if settings is None:
        whole = len(folders) == len(paths)
        return Home(Found(None, None, named, (), ()), asked, whole)
    folder = settings.parent.resolve()
    whole = any(folder == each or folder.is_relative_to(each) for each in folders)
    if settings.name != files.SETTINGS:
        return Home(Found(None, settings, named, (), ()), asked, whole)
    root = settings.parent
    rules = named if whole else _with_others(root, named)
    return Home(Found(root, settings, rules, files.metrics_of(root), ()), asked, whole=True)


def _with_others(root: Path, named: tuple[Path, ...]) -> tuple[Path, ...]:
    """The rule files of a catalogue, those that were named by the names that they were given."""
    spelt = {path.resolve(): path for path in named}
    others = [
        path
        for settings, below in _by_settings(root)
        if settings is not None and settings.parent == root
        for path in below
    ]
    return tuple(dict.fromkeys([*(spelt.get(path.resolve(), path) for path in others), *named]))
