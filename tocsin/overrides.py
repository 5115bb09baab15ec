"""Overrides: other limits for some label sets, such that each series is judged by exactly one.

An override filters the results of the whole condition by their labels: `and on (platform)` with a
vector that holds the label sets of `where`. The rule's own limits, and every later override, leave
out what an earlier one has taken (`unless on (platform)`). Working on results rather than on
selectors, this holds for every expression and every kind.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from tocsin import problem
from tocsin.layers import Layer
from tocsin.model import Rule
from tocsin.problem import Problem
from tocsin.promql.text import quoted

# What an override may change, by kind: limits and durations, never what is measured.
PATCHES = {
    "threshold": ("above", "below", "outside", "clear"),
    "ratio": ("above", "below", "outside", "clear", "min_traffic"),
    "deviation": ("above", "below", "at_least"),
    "forecast": ("within", "while"),
    "burn_rate": ("objective", "min_events"),
    "no_events": ("for",),
    "down": ("for",),
}

Where = dict[str, tuple[str, ...]]  # label to the values that it may have


@dataclass(frozen=True)
class Branch:
    """A rule as it is for some label sets. `number`: override 1, 2, ...; 0 for the rest."""

    rule: Rule
    number: int
    mine: Where | None
    taken: tuple[Where, ...]  # what earlier overrides have taken

    def takes(self, labels: Mapping[str, str]) -> bool:
        """Whether a result with just these labels belongs to this branch."""
        return (self.mine is None or _has(labels, self.mine)) and not any(
            _has(labels, other) for other in self.taken
        )

    @property
    def is_for_all(self) -> bool:
        """Whether every result belongs to it."""
        return self.mine is None and not self.taken

    def scoped(self, expr: str) -> str:
        """`expr` for the label sets of this branch only."""
        if self.is_for_all:
            return expr
        lines = [f"(\n{_indented(expr)}\n)"]
        if self.mine is not None:
            lines.append(f"and on ({', '.join(self.mine)}) ({vector(self.mine)})")
        lines += [f"unless on ({', '.join(where)}) ({vector(where)})" for where in self.taken]
        return "\n".join(lines)


def branches(rule: Rule) -> Iterator[Branch]:
    """The overrides in order, then the rule itself for all that is left."""
    written = rule.data.get("overrides") or ()
    taken: list[Where] = []
    for index in range(len(written)):
        override = written[index]
        if not isinstance(override, dict):
            continue
        mine = where(rule, index)
        patch = {key: value for key, value in override.items() if key != "where"}
        path = (*rule.path, "overrides", index)
        name = f"override {index + 1}"
        layer = Layer(name, rule.source, path, patch, under=(rule.kind,))
        overlapping = tuple(other for other in taken if not disjoint(mine, other))
        yield Branch(rule.under(layer), index + 1, mine, overlapping)
        taken.append(mine)
    yield Branch(rule, 0, None, tuple(taken))


def where(rule: Rule, index: int) -> Where:
    """The label sets that an override is for."""
    found: Where = {}
    for label, values in (rule.data["overrides"][index].get("where") or {}).items():
        path = ("overrides", index, "where", label)
        if isinstance(values, list):
            found[label] = tuple(rule.text(*path, place) for place in range(len(values)))
        else:
            found[label] = (rule.text(*path),)
    return found


def disjoint(one: Where, other: Where) -> bool:
    """Whether no label set is in both."""
    return any(not set(one[label]) & set(other[label]) for label in one.keys() & other.keys())


def covers(one: Where, other: Where) -> bool:
    """Whether each label set of `other` is in `one`."""
    return all(label in other and set(other[label]) <= set(one[label]) for label in one)


def _has(labels: Mapping[str, str], wanted: Where) -> bool:
    return all(labels.get(name, "") in values for name, values in wanted.items())


def vector(found: Where) -> str:
    """PromQL: a vector with an element per label set."""
    return " or ".join(
        _element(dict(zip(found, values, strict=True))) for values in product(*found.values())
    )


def _element(labels: dict[str, str]) -> str:
    expr = "vector(1)"
    for label, value in labels.items():
        literal = quoted(value.replace("$", "$$"))  # `$1` would be a group of the regexp
        expr = f'label_replace({expr}, "{label}", {literal}, "", "")'
    return expr


def _indented(expr: str) -> str:
    return "\n".join(f"  {line}" for line in expr.splitlines())


def problems(rule: Rule) -> Iterator[Problem]:
    """Overrides of keys that the kind does not have, and those that can never match."""
    taken: list[tuple[int, Where]] = []
    for index, override in enumerate(rule.data.get("overrides") or ()):
        if not isinstance(override, dict):
            continue
        for key in override:
            if key not in {"where", *PATCHES.get(rule.kind, ())}:
                known = ", ".join(f"`{name}`" for name in PATCHES.get(rule.kind, ())) or "nothing"
                message = f"`{key}` cannot be overridden in `{rule.kind}`"
                place = rule.at("overrides", index, key, key=True)
                yield problem.error(
                    place, "rule/override", message, f"what can: {known}", rule.name
                )
        mine = where(rule, index)
        if not mine:
            continue  # told already: `where` is missing or empty
        for number, other in taken:
            if covers(other, mine):
                message = f"override {index + 1} never matches: override {number} takes all of it"
                place = rule.at("overrides", index, "where")
                hint = "put the narrower one first"
                yield problem.error(place, "rule/override", message, hint, rule.name)
                break
        taken.append((index + 1, mine))
