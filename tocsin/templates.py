"""The templates of alerts: which of a rule's texts are templates, and where they stand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tocsin.model import Compiled, Rule, RuleGroup
from tocsin.problem import Position
from tocsin.source import Path


@dataclass(frozen=True)
class Text:
    """A template, where it stands, and what it is for."""

    text: str
    place: Callable[[int, int], Position]
    is_label: bool
    rule: Rule | None = None  # None for a label of a group

    @property
    def name(self) -> str:
        return self.rule.name if self.rule else ""


def of(compiled: Compiled) -> Iterator[Text]:
    """The templates of all alerts, and of the labels that their groups give them."""
    told: set[int] = set()
    for rule in compiled.catalogue.rules:
        if rule.kind == "record":
            continue
        if rule.group.labels and id(rule.group) not in told:
            told.add(id(rule.group))
            yield from _of_group(rule.group)
        for path, is_label in _paths(rule):
            text = rule.text(*path)
            if "{{" in text:
                yield Text(text, _placed(rule, path), is_label, rule)


def _paths(rule: Rule) -> Iterator[tuple[Path, bool]]:
    for key in ("summary", "description"):
        if key in rule.data:
            yield (key,), False
    for key in ("labels", "annotations"):
        for name in rule.data.get(key) or ():
            yield (key, name), key == "labels"


def _placed(rule: Rule, path: Path) -> Callable[[int, int], Position]:
    return lambda start, end: rule.at_text(path, start, end)


def _of_group(group: RuleGroup) -> Iterator[Text]:
    for name, text in group.labels.items():
        path = (*group.path, "labels", name)
        if "{{" in text:
            place = _inside(group, path)
            yield Text(text, place, is_label=True)


def _inside(group: RuleGroup, path: Path) -> Callable[[int, int], Position]:
    return lambda start, end: group.source.inside(path, start, end)
