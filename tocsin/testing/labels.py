"""The labels that tell the series of one branch of a rule from those of the others."""

from collections.abc import Iterable
from itertools import product

from tocsin.model import Rule
from tocsin.overrides import Branch, where
from tocsin.promql.operators import CannotTell
from tocsin.promql.patterns import example
from tocsin.where import Regexp, Value, Where, has


def branch_labels(rule: Rule, branch: Branch, names: Iterable[str]) -> dict[str, str]:
    """A value for each label; those of the branch's override, or such that no override takes.

    Raises CannotTell where no such values were found.
    """
    wheres = [where(rule, index) for index in range(len(rule.data.get("overrides") or ()))]
    asked = [name for found in wheres for name in found]
    found = {name: _other(name, wheres) for name in dict.fromkeys([*names, *asked])}
    mine = branch.mine or {}
    for values in product(*(tuple(map(_sample, values)) for values in mine.values())):
        labels = found | dict(zip(mine, values, strict=True))
        if branch.takes(labels):
            return labels
    raise CannotTell("no label set was found that belongs to it and to no earlier override")


def _other(name: str, wheres: list[Where]) -> str:
    """A value that no override asks for."""
    tried = (f"{name}{number or ''}" for number in (1, 2, 3, 0))
    asking = [{name: found[name]} for found in wheres if name in found]
    return next((v for v in tried if not any(has({name: v}, one) for one in asking)), f"{name}1")


def _sample(value: Value) -> str:
    if not isinstance(value, Regexp):
        return value
    found = example(value.pattern)
    if found is None:
        raise CannotTell(f"no text was found that `{value.pattern}` matches")
    return found
