"""Overrides: other limits for some label sets, such that each series is judged by exactly one.

An override filters the results of the whole condition by their labels: `and on (platform)` with a
vector that holds the label sets of `where`. The rule's own limits, and every later override, leave
out what an earlier one has taken (`unless on (platform)`). Working on results rather than on
selectors, this holds for every expression and every kind.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tocsin import problem
from tocsin.layers import Layer
from tocsin.model import Rule
from tocsin.problem import Problem
from tocsin.where import Regexp, Value, Where, covers, disjoint, has, indented, kept, single

# What an override may change, by kind: limits and durations, never what is measured.
PATCHES = {
    "threshold": ("above", "below", "outside", "clear"),
    "ratio": ("above", "below", "outside", "clear", "min_traffic"),
    "deviation": ("above", "below", "at_least"),
    "forecast": ("within", "while"),
    "burn_rate": ("objective", "min_events"),
    "no_events": ("for",),
    "down": ("for",),
    "expr": ("for", "severity"),
}


@dataclass(frozen=True)
class Branch:
    """A rule as it is for some label sets. `number`: override 1, 2, ...; 0 for the rest."""

    rule: Rule
    number: int
    mine: Where | None
    taken: tuple[Where, ...]  # what earlier overrides have taken

    def takes(self, labels: Mapping[str, str]) -> bool:
        """Whether a result with just these labels belongs to this branch."""
        return (self.mine is None or has(labels, self.mine)) and not any(
            has(labels, other) for other in self.taken
        )

    @property
    def is_for_all(self) -> bool:
        """Whether every result belongs to it."""
        return self.mine is None and not self.taken

    def scoped(self, expr: str) -> str:
        """`expr` for the label sets of this branch only."""
        if self.is_for_all:
            return expr
        expr = f"(\n{indented(expr)}\n)"
        if self.mine is not None:
            expr = kept(expr, "and", self.mine)
        for other in self.taken:
            expr = kept(expr, "unless", other)
        return expr


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
        under = (rule.kind,) if rule.kind != "expr" else ()  # its keys stand beside it
        layer = Layer(name, rule.source, path, patch, under=under)
        overlapping = tuple(other for other in taken if not disjoint(mine, other))
        yield Branch(rule.under(layer), index + 1, mine, overlapping)
        taken.append(mine)
    yield Branch(rule, 0, None, tuple(taken))


def where(rule: Rule, index: int) -> Where:
    """The label sets that an override is for."""
    written = rule.data["overrides"][index].get("where") or {}
    return {label: tuple(_values(rule, index, label, given)) for label, given in written.items()}


def _values(rule: Rule, index: int, label: str, written: object) -> Iterator[Value]:
    path = ("overrides", index, "where", label)
    if isinstance(written, dict):
        yield Regexp(rule.text(*path, "matches"))
    elif isinstance(written, list):
        yield from (rule.text(*path, place) for place in range(len(written)))
    else:
        yield rule.text(*path)


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
        yield from _patterns(rule, index, mine)
        if by := _takers(mine, taken):
            before = f"override {by[0]} takes" if len(by) == 1 else f"overrides {_listed(by)} take"
            message = f"override {index + 1} never matches: {before} all of it"
            place = rule.at("overrides", index, "where")
            hint = "put the narrower one first"
            yield problem.error(place, "rule/override", message, hint, rule.name)
        taken.append((index + 1, mine))


def _takers(mine: Where, taken: list[tuple[int, Where]]) -> list[int]:
    """The earlier overrides that take all of one, between them; none where something is left."""
    found: list[int] = []
    for part in single(mine):
        number = next((number for number, other in taken if covers(other, part)), None)
        if number is None:
            return []
        found.append(number)
    return sorted(set(found))


def _listed(numbers: list[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}"


def _patterns(rule: Rule, index: int, mine: Where) -> Iterator[Problem]:
    """Patterns that are none, and values that look like one."""
    for label, values in mine.items():
        place = rule.at("overrides", index, "where", label)
        for value in values:
            if isinstance(value, Regexp):
                if value.fault:
                    message = f"`{value.pattern}` is no regular expression that Prometheus takes"
                    yield problem.error(place, "rule/override", message, rule=rule.name)
            elif ".*" in value or ".+" in value:
                message = f"`{value}` is a value as it stands, not a pattern"
                hint = f"for a pattern write `{label}: {{matches: {value}}}`"
                yield problem.warning(place, "rule/override", message, hint, rule.name)
