"""What `tocsin lint` leaves out of its answer: what was there before, what is known."""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tocsin import disk, history, linting
from tocsin.commands import common
from tocsin.linting import How, Linted, Outlines
from tocsin.report import Result
from tocsin.server import Prometheus
from tocsin.triage import baseline
from tocsin.triage.baseline import Baseline
from tocsin.triage.since import Tree, changed, tree

# What is said where every path that was asked for is deleted.
NOTHING = Linted(Result((), {}, 0, 0, 0), {}, missing=False)


class Then(NamedTuple):
    """How it was before a change. outlines: what there was in the files that were asked for, by
    the settings that they have now."""

    base: history.Base
    tree: Tree
    outlines: Outlines
    now: datetime


def then(revision: str, paths: tuple[Path, ...], how: How) -> Then:
    """What `--since` compares with. Ends the command where git cannot say."""
    now = datetime.now(UTC)
    try:
        base = history.base(revision, paths[0])
        with tempfile.TemporaryDirectory(prefix="tocsin-") as name:
            top = Path(name).resolve()
            base.write(top)
            return Then(base, *_before(top, base.top, paths, now, how.prometheus), now)
    except history.CannotTell as exc:
        raise common.cannot_run(str(exc), exc.hint) from None


def linted(then: Then, paths: Iterable[Path], how: How) -> Linted:
    """How it is now; nobody need have deleted paths checked."""
    left = [path for path in paths if path.exists() or not then.base.has(path)]
    return linting.lint(left, how, now=then.now, before=then.outlines) if left else NOTHING


def since(then: Then, result: Result) -> Result:
    """Only the problems that were brought or touched since."""
    new = tree(then.base.top.resolve(), result.problems, result.sources)
    told = tuple(changed(then.tree, new, then.base.renamed))
    untouched = len(result.problems) - len(told)
    return replace(result, problems=told, left_out={**result.left_out, "untouched": untouched})


def _before(
    then: Path,
    top: Path,
    paths: Iterable[Path],
    now: datetime,
    prometheus: Prometheus | None,
) -> tuple[Tree, Outlines]:
    """The same run on the tree of then, from the same folder, so that files have the same names."""
    here = Path.cwd()
    inside = here.is_relative_to(top.resolve())
    folder = then / here.relative_to(top.resolve()) if inside else then
    folder.mkdir(parents=True, exist_ok=True)
    moved = [
        path if inside and not path.is_absolute() else then / _within(path, top.resolve())
        for path in paths
    ]
    with contextlib.chdir(folder):
        there = [path for path in moved if path.exists()]
        before = linting.lint(there, How(prometheus=prometheus), now=now) if there else NOTHING
        outlines = {
            str(top.resolve() / Path(name).relative_to(then)) if name else "": outline
            for name, outline in before.outlines.items()
            if not name or Path(name).is_relative_to(then)
        }
        return tree(then, before.result.problems, before.result.sources), outlines


def _within(path: Path, top: Path) -> Path:
    return Path(os.path.relpath(path.resolve(), top))


def known(path: Path, result: Result, *, write: bool, stale: bool) -> Result:
    """Only the problems that the baseline does not know; or, to write it, none.

    stale: with a problem for each entry that stands for nothing. Ends the command where the
    baseline cannot be read or written.
    """
    if write:
        _write(path, result)
        return replace(result, problems=(), left_out={"known": len(result.problems)})
    found = _read(path).sort(result.problems, result.sources)
    told = (*found.unknown, *found.stale) if stale else found.unknown
    problems = tuple(sorted(told, key=lambda entry: entry.sort_key))
    return replace(result, problems=problems, left_out={**result.left_out, "known": found.known})


def _read(path: Path) -> Baseline:
    hint = "`--write-baseline` writes it"
    try:
        return baseline.read(path, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        raise common.cannot_run(f"the baseline {path} cannot be read: {reason}", hint) from None
    except baseline.NotABaseline as exc:
        raise common.cannot_run(f"{path} is no baseline: {exc}", hint) from None


def _write(path: Path, result: Result) -> None:
    old = _read(path) if path.exists() else baseline.empty(path)
    try:
        disk.write({path: old.renewed(result.problems, result.sources)}, force=True)
    except OSError as exc:
        raise common.cannot_run(f"{path} cannot be written: {exc.strerror or exc}") from None
