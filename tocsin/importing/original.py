"""Rules as Prometheus reads them, before they become a catalogue's."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tocsin.importing.tree import Notes, Text
from tocsin.model import Alert, Recording
from tocsin.promql.parse import parse
from tocsin.source import Path, Source

SOURCE = "source"  # the annotation that compiling adds


@dataclass(frozen=True)
class Rule:
    """A rule of the original. `expr` is as it is written; `labels` are its own."""

    source: Source
    path: Path
    recording: bool
    name: str
    expr: Text
    for_: str
    keep_firing_for: str
    labels: Mapping[str, Text]
    annotations: Mapping[str, Text]
    shared: Mapping[str, str]  # the group's labels

    @property
    def severity(self) -> str:
        """The label `severity`, whoever says it."""
        own = self.labels.get("severity")
        return own.value if own else self.shared.get("severity", "")


@dataclass(frozen=True)
class Group:
    """A group of the original. `header`: what it says of itself but name, labels and rules."""

    source: Source
    path: Path
    notes: Notes
    head: tuple[str, ...]
    name: str
    header: Mapping[str, str]
    labels: Mapping[str, Text]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Form:
    """What two rules are compared by: equal forms do the same in Prometheus."""

    name: str
    expr: str
    for_: str
    keep_firing_for: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def form(rule: Rule) -> Form:
    """The form of a rule of the original."""
    labels = {**rule.shared, **{name: text.value for name, text in rule.labels.items()}}
    annotations = {name: text.value for name, text in rule.annotations.items() if name != SOURCE}
    return Form(
        rule.name, normal(rule.expr.value), rule.for_, rule.keep_firing_for, labels, annotations
    )


def compiled_form(output: Alert | Recording) -> Form:
    """The form of a rule that a catalogue compiles to."""
    if isinstance(output, Recording):
        return Form(output.record, normal(output.expr), "", "", dict(output.labels), {})
    annotations = {name: text for name, text in output.annotations.items() if name != SOURCE}
    expr = normal(output.expr)
    labels = dict(output.labels)
    return Form(output.name, expr, output.for_, output.keep_firing_for, labels, annotations)


@lru_cache(maxsize=20_000)
def normal(expr: str) -> str:
    """An expression as the parser prints it; as it is, where the parser cannot tell."""
    ast = parse(expr.strip()).ast
    return str(ast.prettify()) if ast is not None else expr.strip()
