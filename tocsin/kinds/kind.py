"""What a kind is: how its rules expand to tiers, where they hold PromQL, what can be wrong."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.source import Path
from tocsin.tier import Helper, Tier


def _nothing(_rule: Rule, _settings: Settings) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True)
class Kind:
    """A kind of rule.

    expand: the tiers of a rule whose data passed the schema and has no `problems`, and the
        series that they need recorded.
    expressions: the paths, within the rule, of the texts that are PromQL.
    problems: what the schema cannot say.
    value: PromQL for the value that is judged; None for kinds that judge no value.
    watched: PromQL for the sources that are known, where it is not the value.
    records: whether it has series recorded, whatever a rule says.
    """

    name: str
    expand: Callable[[Rule, Settings], Iterable[Tier | Helper]]
    expressions: tuple[Path, ...] = ()
    problems: Callable[[Rule, Settings], Iterable[Problem]] = _nothing
    value: Callable[[Rule], str] | None = None
    watched: Callable[[Rule], str] | None = None
    records: bool = False

    def texts(self, rule: Rule) -> dict[Path, str]:
        """The PromQL that a rule of this kind holds, by path; what is missing is left out."""
        return {path: rule.text(*path) for path in self.expressions if has(rule, path)}


def has(rule: Rule, path: Path) -> bool:
    """Whether the rule says anything at `path`."""
    value: Any = rule.data
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value is not None
