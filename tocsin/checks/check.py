"""What a check is: an ID, the severity of its problems, and a function over the whole catalogue."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tocsin.model import Compiled
from tocsin.problem import Problem, Severity


@dataclass(frozen=True)
class Check:
    """One lint rule. Its module's docstring is its documentation.

    breaks: what it finds keeps a rule from being compiled, so that `tocsin build` stops at it
    whatever the `lint` section says. opt_in: it runs only where the `lint` section mentions it.
    """

    id: str
    severity: Severity
    run: Callable[[Compiled], Iterable[Problem]]
    documentation: str
    breaks: bool = False
    opt_in: bool = False
