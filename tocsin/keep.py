"""The cache of `tocsin lint`: what became of each file, for as long as that is still true.

An entry holds for the same content of the file, the same settings and metrics, the same version of
everything that has a say, and the same answers to what was asked of other files. There is one cache
file per catalogue, replaced as a whole. It may be deleted at any time; what cannot be read, is of
another version or was cut off is not there, and where none can be written nothing is said.
"""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from tocsin.frozen import freeze, thaw
from tocsin.known import Known, Outline
from tocsin.load import Shared
from tocsin.stamp import stamp
from tocsin.together import Judged
from tocsin.work import Done

ENOUGH = 200_000  # bytes of rules from which on it is worth a file in somebody's home
_MAGIC = b"tocsin lint 2\n"
_DIGEST = 20  # bytes


class Entry(NamedTuple):
    """What became of a file. key: of all that decides but other files. at: when it was done."""

    key: bytes
    outline: Outline
    done: Done
    at: datetime

    def holds(self, known: Known, now: datetime) -> bool:
        """Whether it would become the same again: no suppression ends between then and now."""
        ended = all((moment <= self.at) == (moment <= now) for moment in self.done.moments)
        return ended and known.holds(self.done.asked)


def home() -> Path:
    """Where caches are kept unless somebody says otherwise."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache") / "tocsin"


class Keep:
    """The cache file of a catalogue in the folder `place`."""

    def __init__(self, place: Path, shared: Shared) -> None:
        self._shared = shared
        where = "\0".join((str(Path.cwd()), str(shared.catalogue.root)))
        self._path = place / f"lint-{_digest([where.encode(errors='surrogateescape')]).hex()}"

    def key(self, name: str, content: bytes) -> bytes:
        """What all that decides about a file, but for other files, comes down to."""
        return _digest([self.common, name.encode(errors="surrogateescape"), content])

    @cached_property
    def common(self) -> bytes:
        shared = self._shared
        parts = [stamp(), str(Path.cwd()), str(shared.catalogue.root)]
        parts += [text for source in shared.sources.values() for text in (source.name, source.text)]
        return _digest(part.encode(errors="surrogateescape") for part in parts)

    @property
    def entries(self) -> dict[str, Entry]:
        """What is kept, by the files' names; {} where nothing can be read."""
        return self._kept[0]

    @property
    def judged(self) -> dict[str, Judged]:
        """What checks found by looking at files together."""
        return self._kept[1]

    @cached_property
    def _kept(self) -> tuple[dict[str, Entry], dict[str, Judged]]:
        try:
            whole = self._path.read_bytes()
            payload = whole[len(_MAGIC) + _DIGEST :]
            if whole[: -len(payload)] != _MAGIC + _digest([payload]):
                return {}, {}
            entries, judged = thaw(payload)
        except Exception:  # whatever a file holds that is not ours
            return {}, {}
        good = isinstance(entries, dict) and isinstance(judged, dict)
        return (entries, judged) if good else ({}, {})

    def save(self, entries: Mapping[str, Entry], judged: Mapping[str, Judged]) -> None:
        """Keeps this, and what is known of files that had no part in this run."""
        others = {
            name: entry
            for name, entry in self.entries.items()
            if name not in entries and Path(name).exists()
        }
        import tempfile  # noqa: PLC0415 # slow to import, seldom needed

        payload = freeze(({**others, **entries}, dict(judged)))
        temporary = ""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".lint-", dir=self._path.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(_MAGIC + _digest([payload]) + payload)
            Path(temporary).replace(self._path)
        except OSError:
            if temporary:
                Path(temporary).unlink(missing_ok=True)


def _digest(parts: Iterable[bytes]) -> bytes:
    found = blake2b(digest_size=_DIGEST)
    for part in parts:
        found.update(len(part).to_bytes(8, "little"))
        found.update(part)
    return found.digest()
