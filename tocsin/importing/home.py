"""The catalogue that imported rules move into: its settings, its groups, the names still free."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tocsin import load, suggest
from tocsin.importing import scalars
from tocsin.load import files
from tocsin.model import RuleGroup, Settings

_UNSAFE = re.compile(r"[^\w-]+")
_LONGEST = 100  # bytes of a file's name; file systems take 255
_RESERVED = {Path(files.SETTINGS).stem}


class UnknownOwner(Exception):
    """The owner is none of those that catalogue.yaml declares."""


@dataclass(frozen=True)
class Home:
    """Where rules go. `root`: the folder of catalogue.yaml, which is `new` where there was none.

    settings: what catalogue.yaml holds; groups: the names that groups in other files have.
    """

    folder: Path
    root: Path
    new: bool
    settings: bytes
    severities: tuple[str, ...]
    groups: frozenset[str]
    owner: str

    def schema_line(self, name: str) -> str:
        """The comment by which an editor finds the schema, which is beside the catalogue."""
        start = self.root if name == "catalogue" else self.folder
        way = os.path.relpath(self.root.absolute().parent, start.absolute())
        return f"# yaml-language-server: $schema={Path(way).as_posix()}/schemas/{name}.schema.json"


def find(folder: Path, owner: str) -> Home:
    """The catalogue of `folder`, or the one that there will be. Raises UnknownOwner."""
    found = files.find((folder,))
    loaded = load.load((found.root or folder,))
    known = loaded.catalogue.settings
    if found.settings and owner and owner not in known.owners:
        raise UnknownOwner(suggest.hint(owner, known.owners))
    home = Home(
        folder=folder,
        root=found.root or folder,
        new=found.settings is None,
        settings=found.settings.read_bytes() if found.settings else b"",
        severities=known.severities,
        groups=frozenset(_elsewhere(loaded.catalogue.groups, folder)),
        owner=owner,
    )
    return home if found.settings else _with_settings(home)


def _elsewhere(groups: Iterable[RuleGroup], folder: Path) -> Iterator[str]:
    """The groups but those whose file an import of the same name would write anew."""
    for group in groups:
        own = folder / f"{stem(group.name)}.yaml"
        if not group.plain and own.absolute() != Path(group.source.name).absolute():
            yield group.name


def _with_settings(home: Home) -> Home:
    """With a catalogue.yaml of no more than what imported rules need."""
    lines = [
        home.schema_line("catalogue"),
        "# What all rule files share.",
        "version: 1",
        f"severities: [{', '.join(Settings.severities)}]  # mildest first",
    ]
    if home.owner:
        channel = f'{{channel: "{Settings().routing.default_channel}"}}'
        lines += ["owners:", f"  {scalars.line(home.owner)}: {channel}"]
    return Home(**{**vars(home), "settings": ("\n".join(lines) + "\n").encode()})


def free(name: str, taken: Iterable[str]) -> str:
    """`name`, or `name-2`, `name-3`, ...: the first that is not taken."""
    taken = set(taken)
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


def stem(group: str) -> str:
    """A file name for a group that is safe wherever people check their rules out."""
    plain = unicodedata.normalize("NFC", _UNSAFE.sub("-", group)).strip("-_")
    short = plain.encode()[:_LONGEST].decode("utf-8", "ignore").strip("-_") or "group"
    return f"{short}-rules" if short.lower() in _RESERVED else short
