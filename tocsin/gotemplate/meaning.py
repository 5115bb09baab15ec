"""What a template reads and shows, and what would fail when an alert is made of it.

The template is followed as Prometheus would expand it, with types in place of values. What cannot
be known is `Type.ANY`, of which nothing is said.
"""

from dataclasses import replace
from functools import lru_cache

from tocsin.gotemplate import parse
from tocsin.gotemplate.evaluate import Pipes, Scope, Value, element
from tocsin.gotemplate.found import Meaning, Shown
from tocsin.gotemplate.functions import Type
from tocsin.gotemplate.nodes import Step


@lru_cache(maxsize=20_000)
def meaning(text: str) -> Meaning:
    """What a template does; nothing where it would not load."""
    template = parse.template(text)
    found = Meaning()
    if template.faults:
        return found
    variables = {
        "$": Value(Type.DATA),
        "$labels": Value(Type.LABELS),
        "$externalLabels": Value(Type.EXTERNAL),
        "$externalURL": Value(Type.TEXT),
        "$value": Value(Type.NUMBER, of_value=True),
    }
    _Follower(found, _names(template.steps)).steps(
        template.steps, Scope(Value(Type.DATA), variables)
    )
    return found


def _names(steps: tuple[Step, ...]) -> set[str]:
    """The templates that are defined."""
    found = {step.action.name for step in steps if step.action.word in {"define", "block"}}
    for step in steps:
        found |= _names(step.body) | _names(step.otherwise)
    return found


class _Follower:
    """Follows the steps of one template."""

    def __init__(self, found: Meaning, names: set[str]) -> None:
        self.found = found
        self.names = names
        self.pipes = Pipes(found)

    def steps(self, steps: tuple[Step, ...], scope: Scope) -> None:
        for step in steps:
            self._step(step, scope)

    def _step(self, step: Step, scope: Scope) -> None:
        word, pipe = step.action.word, step.action.pipe
        self.pipes.offset = step.offset
        if word in {"if", "with", "range"}:
            self._block(step, scope)
        elif word in {"template", "block"}:
            if word == "template" and step.action.name not in self.names:
                message = f"there is no template `{step.action.name}` in this text"
                self.pipes.fault(message, step.action.start, step.action.end)
            if pipe.commands:
                self.pipes.pipe(pipe, scope)
            self.steps(step.body, Scope(Value(), {"$": Value()}))
        elif word == "define":
            self.steps(step.body, Scope(Value(), {"$": Value()}))
        elif not word:
            value = self.pipes.pipe(pipe, scope)
            if value.of_value and not pipe.variables:
                self.found.shown.append(Shown(*value.spot, value.readable))

    def _block(self, step: Step, scope: Scope) -> None:
        word, pipe = step.action.word, step.action.pipe
        before = len(self.found.reads)
        asks, self.pipes.asks = self.pipes.asks, word != "range" or self.pipes.asks
        inner = replace(scope, variables=dict(scope.variables))
        value = self.pipes.pipe(pipe, inner, elements=word == "range")
        self.pipes.asks = asks
        asked = {(read.of, read.name) for read in self.found.reads[before:]}
        if word != "range":
            inner = replace(inner, guarded=scope.guarded | asked)
        dot = scope.dot if word == "if" else value
        self.steps(step.body, replace(inner, dot=element(value) if word == "range" else dot))
        self.steps(step.otherwise, replace(inner, dot=scope.dot))
