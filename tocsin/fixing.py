"""Mending a file: the fixes of its problems, as many as go together and leave it readable."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from tocsin import edits, yamldoc
from tocsin.problem import Edit, Problem


@dataclass(frozen=True)
class Mended:
    """A file's new content, and the problems that it is rid of."""

    content: bytes
    fixed: tuple[Problem, ...]


def mended(name: str, content: bytes, problems: Iterable[Problem]) -> Mended:
    """`content` with the fixes of `problems`, all of them problems of the file `name`.

    Of fixes that overlap the first is made. One after which the file is read with more YAML
    problems than before is not made.
    """
    wanted = _apart(problems)
    whole = _with(name, content, wanted)
    if whole is not None:
        return Mended(whole, tuple(wanted))
    kept: list[Problem] = []
    for problem in wanted:
        if _with(name, content, [*kept, problem]) is not None:
            kept.append(problem)
    return Mended(_with(name, content, kept) or content, tuple(kept))


def _apart(problems: Iterable[Problem]) -> list[Problem]:
    """Those whose changes do not overlap with earlier ones."""
    taken: list[Edit] = []
    kept = []
    for problem in sorted(problems, key=lambda problem: problem.sort_key):
        together = sorted({*taken, *problem.fix}, key=lambda edit: edit.position)
        if problem.fix and not any(_overlap(one, next_) for one, next_ in pairwise(together)):
            taken = together
            kept.append(problem)
    return kept


def _overlap(one: Edit, other: Edit) -> bool:
    end = (one.position.end_line, one.position.end_column)
    return end > (other.position.line, other.position.column)


def _with(name: str, content: bytes, problems: list[Problem]) -> bytes | None:
    """The content with some fixes; None where they do it harm."""
    changes = list(dict.fromkeys(edit for problem in problems for edit in problem.fix))
    try:
        changed = edits.applied(content, changes)
    except (edits.NoPlace, UnicodeDecodeError):
        return None if changes else content
    before, after = (_faults(name, text) for text in (content, changed))
    return changed if after <= before else None


def _faults(name: str, content: bytes) -> int:
    _, problems = yamldoc.read(name, content)
    return len(problems)
