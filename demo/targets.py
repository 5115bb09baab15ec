"""Prometheus's file-based service discovery: one JSON file per daemon, in a folder it watches."""

import json
import os
from pathlib import Path


def register(folder: Path, service: str, address: str, *, platform: str, host: str) -> Path:
    """Tells Prometheus of a daemon at "host:port"; the file to remove when it goes is returned.

    Prometheus may read the folder at any moment: the file is written beside it, on the same file
    system, and renamed into it whole.
    """
    target = {
        "targets": [address],
        "labels": {"platform": platform, "host": host, "service": service},
    }
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{platform}-{host}-{service}.json"
    draft = folder.parent / f".{name}.{os.getpid()}"
    draft.write_text(json.dumps([target], indent=2) + "\n")
    return draft.rename(folder / name)
