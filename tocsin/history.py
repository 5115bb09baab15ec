"""The git repository around the rules: what a change started from, and the tree that it had then.

Only git knows all that git can do, so it is git that is asked.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LINK, _SUBMODULE = "120000", "160000"


class CannotTell(Exception):
    """There is no answer; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Base:
    """What a change started from. renamed: new path -> old path, both from `top`."""

    top: Path  # the repository's root
    commit: str
    renamed: dict[str, str]

    def write(self, folder: Path) -> None:
        """Writes the tree of then to an empty folder: YAML, and the pages that rules link to."""
        wanted = [entry for entry in self._entries() if _is_ours(entry[1])]
        blobs = self._blobs([name for name, _ in wanted])
        for (_, path), content in zip(wanted, blobs, strict=True):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        (folder / ".git").mkdir()  # what is above the folder is not part of the repository

    def has(self, path: Path) -> bool:
        """Whether the tree of then has a file or folder of that path."""
        inside = os.path.relpath(path.absolute(), self.top)
        return bool(_git(self.top, "ls-tree", "-z", self.commit, "--", inside))

    def _entries(self) -> Iterator[tuple[str, str]]:
        """(object, path) of each plain file."""
        listed = _git(self.top, "ls-tree", "-r", "-z", "--full-tree", self.commit)
        for entry in listed.split(b"\0")[:-1]:
            about, _, path = entry.partition(b"\t")
            mode, _, name = about.decode().split(" ")
            if mode not in {_LINK, _SUBMODULE}:
                yield name, os.fsdecode(path)

    def _blobs(self, names: list[str]) -> Iterator[bytes]:
        asked = "".join(f"{name}\n" for name in names).encode()
        answer = _git(self.top, "cat-file", "--batch", stdin=asked)
        start = 0
        for _ in names:
            head = answer.index(b"\n", start)
            size = int(answer[start:head].split(b" ")[2])
            yield answer[head + 1 : head + 1 + size]
            start = head + 1 + size + 1


def base(revision: str, near: Path) -> Base:
    """What the working tree around `near` has changed from since it left `revision`.

    That is their last common commit: what others have done to `revision` since is nobody's change
    here. Raises CannotTell.
    """
    folder = next(place for place in (near, *near.absolute().parents) if place.is_dir())
    top = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")))
    asked = f"{revision}^{{commit}}"
    found = _answer(top, "rev-parse", "--verify", "--quiet", "--end-of-options", asked)
    if found is None:
        shallow = "this clone is shallow and may lack it: " if _is_shallow(top) else ""
        hint = f"{shallow}`git fetch` it, or name another (a branch, a tag, a commit)"
        raise CannotTell(f"git knows no revision `{revision}`", hint)
    commit = _answer(top, "merge-base", found, "HEAD")
    if commit is None:
        if _is_shallow(top):
            hint = "fetch the history: `git fetch --unshallow`, or `fetch-depth: 0` in CI"
            message = f"this clone is shallow, and lacks what HEAD and `{revision}` have in common"
            raise CannotTell(message, hint)
        raise CannotTell(f"HEAD and `{revision}` have no commit in common", "name another revision")
    return Base(top, commit, dict(_renamed(top, commit)))


def _renamed(top: Path, commit: str) -> Iterator[tuple[str, str]]:
    listed = _git(top, "diff", "--name-status", "-z", "--find-renames", "--no-ext-diff", commit)
    fields = iter(os.fsdecode(listed).split("\0")[:-1])
    for status in fields:
        old = next(fields)
        if status[0] in "RC":
            yield next(fields), old


def _is_ours(path: str) -> bool:
    return path.endswith((".yaml", ".yml")) or (path.endswith(".md") and "runbooks" in path)


def _is_shallow(top: Path) -> bool:
    return _answer(top, "rev-parse", "--is-shallow-repository") == "true"


def _answer(folder: Path, *arguments: str) -> str | None:
    """A line from git; None when it has no answer."""
    try:
        return os.fsdecode(_git(folder, *arguments)).strip() or None
    except CannotTell:
        return None


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What git prints. Raises CannotTell with git's own words."""
    program = shutil.which("git")
    if program is None:
        raise CannotTell("git is needed to compare with a revision, and is not on PATH")
    done = subprocess.run(  # noqa: S603 # git, asked to read
        [program, "-C", str(folder), *arguments], input=stdin, capture_output=True, check=False
    )
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
    if "not a git repository" in said:
        message = f"{folder} is in no git repository, so there is nothing to compare with"
        raise CannotTell(message, "run it in a clone, or without --since")
    raise CannotTell(f"git cannot answer: {said.splitlines()[0] if said else 'it failed'}")
