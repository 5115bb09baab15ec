"""The problem of a severity that the catalogue does not declare."""

from collections.abc import Iterable

from tocsin import problem, suggest
from tocsin.problem import Position, Problem


def unknown(place: Position, name: str, known: Iterable[str], rule: str = "") -> Problem:
    """`name`, used at `place`, is none of the `known` severities."""
    message = f"`{name}` is not a severity of this catalogue"
    return problem.error(place, "rule/severity", message, suggest.hint(name, known), rule)
