"""Label sets that an override is for: values that labels must have, or patterns of values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from tocsin.promql import patterns
from tocsin.promql.parse import parse
from tocsin.promql.text import quoted


@dataclass(frozen=True)
class Regexp:
    """A pattern that a label's whole value must match, as in Prometheus."""

    pattern: str

    def __str__(self) -> str:
        return f"~{self.pattern}"

    @property
    def fault(self) -> bool:
        """Whether Prometheus would not take it."""
        return parse(f"x{{x=~{quoted(self.pattern)}}}").fault is not None

    def matches(self, text: str) -> bool | None:
        """Whether a value matches; None where Python does not know Go's pattern."""
        return patterns.matches(self.pattern, text)


Value = str | Regexp
Where = dict[str, tuple[Value, ...]]  # label to the values that it may have


def has(labels: Mapping[str, str], wanted: Where) -> bool:
    """Whether a label set is among those that are wanted."""
    return all(
        any(_takes(value, labels.get(name, "")) for value in values)
        for name, values in wanted.items()
    )


def disjoint(one: Where, other: Where) -> bool:
    """Whether surely no label set is in both."""
    return any(
        not any(_may_meet(a, b) for a in one[label] for b in other[label])
        for label in one.keys() & other.keys()
    )


def covers(one: Where, other: Where) -> bool:
    """Whether each label set of `other` is surely in `one`."""
    return all(
        label in other and all(any(_takes(a, b) for a in one[label]) for b in other[label])
        for label in one
    )


def single(found: Where) -> list[Where]:
    """The same label sets, one value of each label at a time."""
    return [
        {label: (value,) for label, value in zip(found, values, strict=True)}
        for values in product(*found.values())
    ]


def _takes(value: Value, other: Value) -> bool:
    if value == other:
        return True
    if isinstance(value, Regexp):
        if isinstance(other, Regexp):
            return value.pattern == ".*"
        return value.matches(other) is True
    return False


def _may_meet(one: Value, other: Value) -> bool:
    if isinstance(one, Regexp):
        return isinstance(other, Regexp) or one.matches(other) is not False
    return other.matches(one) is not False if isinstance(other, Regexp) else one == other


def kept(expr: str, operator: str, found: Where) -> str:
    """PromQL: the results of `expr` with (`and`) or without (`unless`) the label sets.

    A vector with an element per label set says which; patterns have none, so a label that only
    lives within the expression marks the results that match.
    """
    marks = {
        f"tocsin_where_{number}": (label, "|".join(map(_pattern, values)))
        for number, (label, values) in enumerate(found.items(), 1)
        if any(isinstance(value, Regexp) for value in values)
    }
    for mark, (label, pattern) in marks.items():
        sought = f'"{mark}", "1", "{label}", {quoted(pattern)}'
        expr = f"label_replace(\n{indented(expr)},\n  {sought}\n)"
    marked = {label: mark for mark, (label, _) in marks.items()}
    wanted = {marked.get(n, n): ("1",) if n in marked else values for n, values in found.items()}
    expr = f"{expr}\n{operator} on ({', '.join(wanted)}) ({vector(wanted)})"
    for mark in marks:
        expr = f'label_replace(\n{indented(expr)},\n  "{mark}", "", "", ""\n)'
    return expr


def _pattern(value: Value) -> str:
    """A value as an alternative of a pattern."""
    if isinstance(value, Regexp):
        return f"(?:{value.pattern})"
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", value)


def vector(found: Mapping[str, tuple[Value, ...]]) -> str:
    """PromQL: a vector with an element per label set."""
    return " or ".join(
        _element(dict(zip(found, map(str, values), strict=True)))
        for values in product(*found.values())
    )


def _element(labels: dict[str, str]) -> str:
    expr = "vector(1)"
    for label, value in labels.items():
        literal = quoted(value.replace("$", "$$"))  # `$1` would be a group of the regexp
        expr = f'label_replace({expr}, "{label}", {literal}, "", "")'
    return expr


def indented(expr: str) -> str:
    """An expression that stands within another."""
    return "\n".join(f"  {line}" for line in expr.splitlines())
