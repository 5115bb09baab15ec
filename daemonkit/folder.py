"""The folder of registrations that Prometheus watches: one JSON file per daemon.

Prometheus may read it at any moment, so a file appears in it whole, by a rename. A file's time of
change says when its daemon was last known to live; Prometheus does not read a file anew for that.
"""

import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from daemonkit import target
from daemonkit.problem import KitError
from daemonkit.target import Group, Target

SETTING = "TOCSIN_TARGETS"
DEFAULT = "/var/lib/tocsin/targets"
DAY_SECONDS = 86_400.0
_PROBE_SECONDS = 1.0
_DRAFT_SECONDS = 3_600.0


@dataclass(frozen=True)
class Registration:
    """A file of the folder. `problem` says why Prometheus refuses it, "" when it does not."""

    path: Path
    seen: float  # when its daemon was last known to live, in seconds since 1970
    groups: tuple[Group, ...] = ()
    problem: str = ""
    answers: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(address for group in self.groups for address in group.addresses)

    def label(self, name: str) -> str:
        """The label's value, "" for none; of several groups, the first one's."""
        return next((group.labels[name] for group in self.groups if name in group.labels), "")


class Folder:
    """Registers targets, and tells and collects what is registered."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        """Without a path: the folder that TOCSIN_TARGETS names, or /var/lib/tocsin/targets."""
        self.path = Path(path or os.environ.get(SETTING) or DEFAULT).absolute()

    def register(self, new: Target) -> Path:
        """Puts the target's file in place of any other of its name; KitError if that fails."""
        file = self.path / new.file_name
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            draft = self._draft(new.text)
            try:
                draft.replace(file)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        except OSError as error:
            reason = error.strerror or error
            raise KitError(
                f"cannot register in {self.path}: {reason} "
                f"({SETTING} names the folder that Prometheus watches)"
            ) from None
        return file

    def taken(self, mine: Target) -> str:
        """The address of another daemon that lives under the target's name; "" for none."""
        found = _read(self.path / mine.file_name)
        others = set(found.addresses if found else ()) - {mine.address}
        return next((address for address in others if _connects(address)), "")

    def keep(self, mine: Target) -> None:
        """Says that the daemon lives; puts its file back if somebody took it away."""
        file = self.path / mine.file_name
        with contextlib.suppress(FileNotFoundError):
            if file.read_text(encoding="utf-8") == mine.text:
                os.utime(file)
            return  # else a newer start of the same daemon has the file now
        self.register(mine)

    def remove(self, mine: Target) -> None:
        """Takes the target's file away, unless another start of the daemon has put its own there.

        The folder stays, though it be empty: Prometheus would no longer watch it.
        """
        file = self.path / mine.file_name
        with contextlib.suppress(OSError):
            if file.read_text(encoding="utf-8") == mine.text:
                file.unlink()

    def registrations(self) -> list[Registration]:
        """All that is registered, and whether it answers; KitError when there is no folder."""
        if not self.path.is_dir():
            raise KitError(f"{self.path} is no folder: {SETTING} or --folder names it")
        found = [each for file in sorted(self.path.glob("*.json")) if (each := _read(file))]
        return _probed(found)

    def prune(self, older_than: float, *, host: str = "", dry_run: bool = False) -> list[Path]:
        """Collects what has not answered for so many seconds; of one host only, if it is named.

        Whatever answers is known to live from now on. A file that Prometheus refuses is not ours to
        judge, and stays.
        """
        gone = []
        for each in self.registrations():
            if each.problem or (host and each.label("host") != host):
                continue
            with contextlib.suppress(FileNotFoundError):
                if each.answers:
                    os.utime(each.path)
                elif time.time() - each.path.stat().st_mtime > older_than:  # not since restarted
                    gone.append(each.path)
                    if not dry_run:
                        each.path.unlink()
        self._collect_drafts()
        return gone

    def _draft(self, text: str) -> Path:
        drafts = self._drafts()
        if not drafts.is_dir():
            drafts.mkdir(exist_ok=True)
            drafts.chmod(self.path.stat().st_mode & 0o7777)  # who may register may write drafts
        handle, name = tempfile.mkstemp(dir=drafts)
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())  # after a power cut it is whole, or is not there
            draft.chmod(0o644)  # Prometheus is another user
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return draft

    def _drafts(self) -> Path:
        """Outside the folder; inside, hidden in a subfolder, where the folder is a mount."""
        outside, inside = self.path.parent / f".{self.path.name}.drafts", self.path / ".drafts"
        beside = self.path.parent.stat().st_dev == self.path.stat().st_dev
        return outside if beside and os.access(self.path.parent, os.W_OK) else inside

    def _collect_drafts(self) -> None:
        """Removes what a daemon left that was killed between writing and renaming."""
        with contextlib.suppress(OSError):
            for draft in self._drafts().iterdir():
                if time.time() - draft.stat().st_mtime > _DRAFT_SECONDS:
                    draft.unlink()


def _read(file: Path) -> Registration | None:
    """None for a file that is gone again."""
    seen = 0.0
    try:
        seen = file.stat().st_mtime
        return Registration(file, seen, target.parse(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except KitError as error:
        return Registration(file, seen, problem=str(error))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        return Registration(file, seen, problem=f"cannot be read: {reason}")


def _probed(found: Iterable[Registration]) -> list[Registration]:
    with ThreadPoolExecutor(max_workers=16) as pool:
        return list(pool.map(lambda each: replace(each, answers=_answers(each)), found))


def _answers(registration: Registration) -> bool:
    return any(_connects(address) for address in registration.addresses)


def _connects(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), _PROBE_SECONDS):
            return True
    except OSError:
        return False
