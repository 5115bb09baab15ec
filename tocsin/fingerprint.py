"""Which problem it is, wherever its line has moved to: the same one today and after an edit above.

Reports tell code hosts by it what is new, and a baseline knows by it what was known.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

from tocsin.problem import Problem

_MEASURED = {"alerts/count", "query/cost", "promql/cardinality"}  # of another number each day
_NUMBERS = re.compile(r"\d[\d.,]*(?:ms|[wdhms])?(?:\d+(?:ms|[wdhms]))*\b")
_DATES = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC\b")
_PLACES = re.compile(r"(?<=[:\s])\d+\b")  # `rules/host.yaml:12`, `line 12`


def fingerprints(problems: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """Each problem with a hexadecimal number that is its own; equal problems are told apart."""
    seen: dict[str, int] = {}
    for problem in problems:
        text = identity(problem)
        seen[text] = seen.get(text, 0) + 1
        yield (
            problem,
            hashlib.sha256(f"{text}\0{seen[text]}".encode("utf-8", "replace")).hexdigest(),
        )


def identity(problem: Problem) -> str:
    """What makes a problem the one that it is; several of a file may share it."""
    return "\0".join((problem.check, problem.position.file, problem.rule, message_of(problem)))


def message_of(problem: Problem) -> str:
    """A message without what differs from day to day: the numbers of the lines that it speaks of,
    what a server has measured, and when."""
    if problem.check in _MEASURED:
        return _NUMBERS.sub("N", problem.message)
    return _PLACES.sub("N", _DATES.sub("N", problem.message))
