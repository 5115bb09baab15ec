"""Mutants side by side: copies of a rule's outputs under names of their own.

A mutant needs a copy of the output that is flipped, and of all outputs that see it: those that
read what it records, and those that ask `ALERTS` for what it fires. The others stay as they are.
What asks `ALERTS` for more than one rule by its name would see the copies, too: then a mutant
cannot stand beside others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from tocsin.model import Alert, Recording
from tocsin.promql import text, tree
from tocsin.promql.parse import parse
from tocsin.promql.tree import Node

Output = Alert | Recording
_STATES = {"ALERTS", "ALERTS_FOR_STATE"}
MARK = "__tocsin_"


class Apart(Exception):
    """The outputs cannot be copied: something reads series whose names it does not say."""


@dataclass(frozen=True)
class Reading:
    """What an output reads: series by name, and alerts by name with other static labels."""

    series: frozenset[str]
    alerts: tuple[tree.Selector, ...]

    def sees(self, output: Output) -> bool:
        """Whether it may read what an output gives."""
        if isinstance(output, Recording):
            return output.record in self.series
        return any(_selects(selector, output) for selector in self.alerts)


def _selects(selector: tree.Selector, alert: Alert) -> bool:
    """Whether a selector of `ALERTS` may take an alert: its name, and a severity that is fixed."""
    static = {"alertname": alert.name}
    if "{{" not in (severity := alert.labels.get("severity", "")):
        static["severity"] = severity
    return all(
        matcher.value == static[matcher.label]
        for matcher in selector.matchers
        if matcher.sign == "=" and matcher.label in static
    )


def reading(output: Output) -> Reading:
    """What an output reads. Raises Apart where names of copies could be among it."""
    root = parse(output.expr).tree
    if root is None:
        raise Apart("it is not known what it reads")
    selectors = [node for node in tree.walk(root) if isinstance(node, tree.Selector)]
    alerts = tuple(s for s in selectors if s.name in _STATES)
    for selector in selectors:
        named = any(m.label == "alertname" and m.sign == "=" for m in selector.matchers)
        if selector.choice or not selector.name or (selector in alerts and not named):
            raise Apart("it reads series whose names it does not say")
    return Reading(frozenset(s.name for s in selectors), alerts)


class Slice:
    """The outputs that a rule's tests need, and which of them see which."""

    def __init__(self, outputs: Sequence[Output], name: str) -> None:
        self.outputs, self._name = tuple(outputs), name
        self._reading = {id(output): reading(output) for output in outputs}
        self._mates = {id(out): self._alike(out) for out in outputs}

    def _alike(self, output: Output) -> set[int]:
        """Outputs that record the same series: who reads it needs them all."""
        return {
            id(other)
            for other in self.outputs
            if isinstance(other, Recording)
            and isinstance(output, Recording)
            and other.record == output.record
        }

    def touched(self, output: Output, changed: Output | None = None) -> tuple[Output, ...]:
        """What a copy of an output (as it is, or changed) needs copies of, in order."""
        known = self._reading
        if changed is not None:
            known = {**known, id(output): reading(changed)}
        found = {id(output)}
        while True:
            more = set(found)
            for one, other in product(self.outputs, repeat=2):
                if known[id(one)].sees(other):
                    if id(other) in found:
                        more.add(id(one))
                    elif id(one) in found and isinstance(other, Alert):
                        more.add(id(other))
            more = set().union(more, *(self._mates[key] for key in more))
            if more == found:
                return tuple(out for out in self.outputs if id(out) in found)
            found = more

    @property
    def alerts(self) -> list[Alert]:
        """The alerts that tests ask for: those of the rule's name."""
        found = (out for out in self.outputs if isinstance(out, Alert))
        return [alert for alert in found if alert.name == self._name]


def copied(
    outputs: Iterable[Output], mark: str, changed: tuple[Output, Output] | None = None
) -> Iterator[Output]:
    """Outputs that read one another under names with a mark; one of them may be changed."""
    outputs = tuple(outputs)
    names = {_name(output): f"{_name(output)}{MARK}{mark}" for output in outputs}
    for output in outputs:
        flipped = changed[1] if changed is not None and output is changed[0] else output
        expr = renamed(flipped.expr, names)
        if isinstance(flipped, Alert):
            yield replace(flipped, name=names[_name(output)], expr=expr, annotations={}, parts=())
        else:
            yield replace(flipped, record=names[_name(output)], expr=expr)


def _name(output: Output) -> str:
    return output.record if isinstance(output, Recording) else output.name


def renamed(expr: str, names: dict[str, str]) -> str:
    """An expression that reads series, and alerts, by other names. Raises Apart."""
    parsed = parse(expr)
    if parsed.tree is None or not parsed.places.exact:
        raise Apart("it is not known where its names stand")
    cuts: list[tuple[int, int, str]] = []
    for node in filter(_is_selector, tree.walk(parsed.tree)):
        assert isinstance(node, tree.Selector)  # noqa: S101 - that is what was asked for
        if node.name in _STATES:
            for matcher in node.matchers:
                if matcher.label == "alertname" and matcher.value in names:
                    value = text.quoted(names[matcher.value])
                    new = f"alertname{matcher.sign}{value}"
                    cuts.append((*parsed.places.of(matcher), new))
        elif node.name in names:
            start, end = parsed.places.of(node, "name")
            if expr[start:end] != node.name:
                raise Apart("a name in quotes")
            cuts.append((start, end, names[node.name]))
    for start, end, new in sorted(cuts, reverse=True):
        expr = expr[:start] + new + expr[end:]
    return expr


def _is_selector(node: Node) -> bool:
    return isinstance(node, tree.Selector)
