"""Paths to a Catalogue: finds the files, reads them, and collects every problem on the way."""

from tocsin.load.catalogue import (
    File,
    Loaded,
    Shared,
    content,
    file,
    load,
    nothing_there,
    settings_of,
    shared,
    worlds,
)

__all__ = [
    "File",
    "Loaded",
    "Shared",
    "content",
    "file",
    "load",
    "nothing_there",
    "settings_of",
    "shared",
    "worlds",
]
