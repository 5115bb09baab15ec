"""All code that has a say in what Tocsin finds, as one text: another text, another version.

Tocsin's own files and schemas as they are on disk (so that work on Tocsin needs no new version
number), the packages that are installed, Python, and the system's time zones.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tocsin import resources

_ZONES = Path("/usr/share/zoneinfo")


def stamp() -> str:
    """The present version of everything."""
    found = [sys.version, *_files(Path(__file__).parent), *_files(resources.folder("schemas"))]
    for folder in sys.path:
        try:
            with os.scandir(folder or ".") as entries:
                found += (entry.name for entry in entries if entry.name.endswith("-info"))
        except OSError:
            continue  # no folder: an archive, or nothing at all
    if _ZONES.is_dir():
        found.append(str(_ZONES.stat().st_mtime_ns))
    return "\n".join(sorted(found))


def _files(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(Path(entry))
            elif entry.name.endswith((".py", ".json")):
                status = entry.stat()
                yield f"{entry.path} {status.st_size} {status.st_mtime_ns}"
