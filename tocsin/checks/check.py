"""What a check is: an ID, the severity of its problems, and a function over the whole catalogue."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tocsin.model import Compiled
from tocsin.problem import Problem, Severity


@dataclass(frozen=True)
class Check:
    """One lint rule. Its module's docstring is its documentation."""

    id: str
    severity: Severity
    run: Callable[[Compiled], Iterable[Problem]]
    documentation: str
