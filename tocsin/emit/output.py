"""Writing a build: the output folder is replaced as a whole, or not at all."""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tocsin.emit import names

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h


class NotOurs(Exception):
    """The output folder holds something that no build wrote."""


def replace(folder: Path, files: Mapping[str, str]) -> None:
    """Makes `folder` hold `files` and nothing else.

    The new tree is written beside the folder, flushed, and exchanged with it in one step.
    Raises NotOurs for a folder that holds other files, OSError when it cannot be written.
    """
    refuse_foreign(folder)
    parent = folder.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=parent))
    try:
        written = {fresh / name: text for name, text in {**files, names.STAMP_FILE: ""}.items()}
        for path, text in written.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for path in written:  # one by one as they are written takes several times as long
            _flush(path)
        mode = folder.stat().st_mode if folder.exists() else 0o755
        fresh.chmod(mode & 0o7777)
        _exchange(fresh, folder.absolute())
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def stale(folder: Path, files: Mapping[str, str]) -> list[str]:
    """The names of files that a build would add, change or remove in `folder`."""
    present = {
        path.relative_to(folder).as_posix(): path
        for path in (folder.rglob("*") if folder.is_dir() else ())
        if path.is_file() and path.name != names.STAMP_FILE
    }
    changed = {
        name
        for name in present.keys() & files.keys()
        if present[name].read_bytes() != files[name].encode()
    }
    return sorted(changed | (present.keys() ^ files.keys()))


def refuse_foreign(folder: Path) -> None:
    """Raises NotOurs unless `folder` is absent, empty or a build's own."""
    if folder.exists() and not folder.is_dir():
        raise NotOurs(f"{folder} is a file")
    if not folder.is_dir() or (folder / names.STAMP_FILE).exists():
        return
    foreign = sorted(path.name for path in folder.iterdir())
    if foreign:
        raise NotOurs(f"{folder} holds files that no build wrote, such as {foreign[0]}")


def _flush(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _exchange(fresh: Path, folder: Path) -> None:
    """Puts `fresh` in the place of `folder`; what was there ends up at `fresh`."""
    if not folder.exists():
        fresh.rename(folder)
    elif not _exchanged(fresh, folder):
        aside = fresh.with_name(f"{fresh.name}.old")
        folder.rename(aside)
        fresh.rename(folder)
        aside.rename(fresh)


def _exchanged(one: Path, other: Path) -> bool:
    """Swaps two names in one step, where the system can (Linux 3.15 or newer)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    paths = os.fsencode(one), os.fsencode(other)
    status: int = libc.renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE)
    return status == 0
