"""What a kind is: how its rules expand to tiers, where they hold PromQL, what can be wrong."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tocsin.model import Helper, Rule, Settings, Tier
from tocsin.problem import Problem
from tocsin.source import Path


def _nothing(_rule: Rule, _settings: Settings) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True)
class Kind:
    """A kind of rule.

    expand: the tiers of a rule whose data passed the schema and has no `problems`, and the
        series that they need recorded.
    expressions: the paths, within the rule, of the texts that are PromQL.
    problems: what the schema cannot say.
    """

    name: str
    expand: Callable[[Rule, Settings], Iterable[Tier | Helper]]
    expressions: tuple[Path, ...] = ()
    problems: Callable[[Rule, Settings], Iterable[Problem]] = _nothing
