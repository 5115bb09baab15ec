"""The labels that tell the series of one branch of a rule from those of the others."""

from collections.abc import Iterable

from tocsin.model import Rule
from tocsin.overrides import Branch, where


def branch_labels(rule: Rule, branch: Branch, names: Iterable[str]) -> dict[str, str]:
    """A value for each label; those of the branch's override, or such that no override takes."""
    found = {name: f"{name}1" for name in names}
    for index in range(len(rule.data.get("overrides") or ())):
        for name in where(rule, index):
            found.setdefault(name, f"{name}1")
    if branch.mine is not None:
        found |= {name: values[0] for name, values in branch.mine.items()}
    return found
