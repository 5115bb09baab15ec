"""Writing files all or none: nothing is overwritten unasked, and a failure leaves no trace."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path


class Exists(Exception):
    """Files that are there already, with other content."""

    def __init__(self, paths: list[Path]) -> None:
        super().__init__()
        self.paths = paths


def write(files: Mapping[Path, str], *, force: bool) -> None:
    """Writes `files`, all or none. Raises Exists unless `force`, OSError when it cannot."""
    changed = {path: _bytes(text) for path, text in files.items() if not _holds(path, text)}
    present = sorted(path for path in changed if os.path.lexists(path))
    if present and not force:
        raise Exists(present)
    with ExitStack() as undo:
        staged = {path: _staged(path, content, undo) for path, content in changed.items()}
        for path, fresh in staged.items():
            if path.is_dir():
                raise IsADirectoryError(21, "is a folder", str(path))
            if path.exists():
                aside = fresh.with_suffix(".old")
                os.link(path, aside)
                undo.callback(aside.replace, path)
            else:
                undo.callback(path.unlink, missing_ok=True)
            fresh.replace(path)
        undo.pop_all()
    for fresh in staged.values():
        fresh.with_suffix(".old").unlink(missing_ok=True)


def _bytes(text: str) -> bytes:
    """UTF-8; what file names hold that is not Unicode is escaped as JSON does."""
    return text.encode("utf-8", "backslashreplace")


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == _bytes(text)


def _staged(path: Path, content: bytes, undo: ExitStack) -> Path:
    """The content in a file beside `path`, safely on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    undo.callback(Path(name).unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    mode = path.stat().st_mode if path.exists() else 0o666 & ~_umask()
    Path(name).chmod(mode & 0o7777)
    return Path(name)


def _umask() -> int:
    """The process's umask; the system tells it only to who sets it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
