"""What a kind expands a rule to: tiers, and the series that they need recorded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tocsin.source import Path


@dataclass(frozen=True)
class Part:
    """One of several ways in which a tier comes to fire, or (`fires` False) is kept from it."""

    name: str
    expr: str
    path: Path  # of what says so in the rule
    fires: bool = True
    holds: bool = False  # only what fires already goes on firing by it
    labels: Mapping[str, str] | None = None  # the only label set that may fire by it


@dataclass(frozen=True)
class Tier:
    """One severity of a rule, as its kind expands it: what fires, and after how long."""

    severity: str
    expr: str
    for_: str = ""
    limit: float | None = None  # what the value is held against, in the rule's unit
    silence: str = ""  # how long an active window must have been open before this may fire
    parts: tuple[Part, ...] = ()  # where there are several

    def mapped(self, change: Callable[[str], str]) -> "Tier":
        """The tier with its expressions changed."""
        parts = tuple(replace(part, expr=change(part.expr)) for part in self.parts)
        return replace(self, expr=change(self.expr), parts=parts)


@dataclass(frozen=True)
class Helper:
    """A series that a rule needs recorded, as its kind expands it."""

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)
