"""A mutant: an output of a rule with one part of it flipped; and all mutants of a rule."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from tocsin import durations
from tocsin.kinds.parts import silences
from tocsin.model import Alert, Compiled, Recording, Rule, Settings
from tocsin.problem import Position
from tocsin.promql.lexer import Kind, tokens
from tocsin.testing.mutation import origin
from tocsin.testing.mutation.changes import Change, changes
from tocsin.testing.mutation.redundant import Redundant

Output = Alert | Recording
Key = tuple[str, tuple[str | int, ...], int]  # file, path of the rule, number in it
OTHER = "mutant"  # what a label says instead


@dataclass(frozen=True)
class Mutant:
    """`output` of a rule as `changed`. change: the flip, as people are told and as they name it.

    place: what it was flipped in. hint: which test would notice. number: which of the rule's it is.
    """

    output: Output
    changed: Output
    change: str
    place: Position
    hint: str
    number: int = 0

    @property
    def key(self) -> Key:
        """What tells it from all others of a catalogue."""
        return self.rule.source.name, self.rule.path, self.number

    @property
    def rule(self) -> Rule:
        """The rule that it is one of."""
        return self.output.rule


def mutants(rule: Rule, compiled: Compiled) -> list[Mutant]:
    """The mutants of all that a rule compiles to, in order."""
    settings = compiled.catalogue.settings
    found = list[Mutant]()
    outputs = [
        output
        for output in compiled.outputs
        if output.rule.path == rule.path and output.rule.source.name == rule.source.name
    ]
    alerts = [output for output in outputs if isinstance(output, Alert)]
    for output in outputs:
        found += _of_output(output, Redundant(output, alerts, settings), settings)
    return [replace(mutant, number=number) for number, mutant in enumerate(found)]


def _of_output(output: Output, redundant: Redundant, settings: Settings) -> Iterator[Mutant]:
    yield from _of_expression(output, redundant, settings)
    step = durations.parse(output.rule.group.every(settings))
    if isinstance(output, Alert):
        yield from _of_times(output, step)
    for name, value in sorted(output.labels.items()):
        hint = f"a test that names the label `{name}` of what fires"
        changed = replace(output, labels={**output.labels, name: OTHER})
        place = origin.of_label(output, name)
        yield Mutant(output, changed, f"{name}: {value} -> {name}: {OTHER}", place, hint)


def _of_times(alert: Alert, step: int) -> Iterator[Mutant]:
    wait, keep = alert.for_, alert.keep_firing_for
    for other in _lengths(wait, step):
        hint = f"a test that asks one evaluation before and after {wait}"
        change, place = f"for {wait} -> for {other}", origin.of_wait(alert)
        yield Mutant(alert, replace(alert, for_=other), change, place, hint)
    for other in _lengths(keep, step):
        hint = f"a test that asks one evaluation before and after {keep} of being well"
        change = f"keep_firing_for {keep} -> keep_firing_for {other}"
        place = alert.rule.at("keep_firing_for")
        yield Mutant(alert, replace(alert, keep_firing_for=other), change, place, hint)


def _lengths(written: str, step: int) -> Iterator[str]:
    """Half of a duration and twice as long, as far as evaluations can tell."""
    length = durations.parse(written) if written else 0
    for other in (length // 2, 2 * length):
        if -(-length // step) != -(-other // step):
            yield durations.text(other)


def _of_expression(output: Output, redundant: Redundant, settings: Settings) -> Iterator[Mutant]:
    if isinstance(output, Recording) and origin.is_calendar(output):
        return
    for change in (*changes(output.expr), *_silences(output, settings)):
        if redundant.has(change):
            continue
        told = f"{change.before} -> {change.after}" if change.after else f"without {change.before}"
        changed = replace(output, expr=change.applied(output.expr))
        yield Mutant(output, changed, told, origin.of(output, change.about), change.hint)


def _silences(output: Output, settings: Settings) -> Iterator[Change]:
    """How long `no_events` lets a source be silent: a length of its ranges and offsets."""
    rule = output.rule
    if not isinstance(output, Alert) or rule.kind != "no_events":
        return
    limit = silences.tiers(rule, settings).get(output.severity)
    found = tokens(output.expr)
    for before, token in pairwise(found):
        if token.kind is not Kind.DURATION or token.text != limit:
            continue
        length = durations.parse(limit)
        for other in (durations.text(length // 2), durations.text(2 * length)):
            start = "[" if before.text == "[" else f"{before.text} "
            end = "]" if before.text == "[" else ""
            told = f"{start}{limit}{end}", f"{start}{other}{end}"
            hint = f"a test that asks a little before and after {limit}"
            span = token.start, token.end
            yield Change(*span, other, *told, span, hint)
