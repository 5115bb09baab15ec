"""The part of the compiled rules that one rule's tests need: fewer rules, fewer evaluations."""

from dataclasses import replace

from tocsin.model import Alert, Compiled, Recording, Rule
from tocsin.promql.lexer import Kind, tokens

Output = Alert | Recording


def outputs_of(rule: Rule, compiled: Compiled) -> tuple[Output, ...]:
    """What a rule compiles to, and the series of its file that it reads.

    An expression that asks `ALERTS` itself may mean any rule of the file: it gets them all.
    """
    file = [out for out in compiled.outputs if out.rule.source.name == rule.source.name]
    mine = [out for out in file if out.rule.path == rule.path]
    if rule.kind == "expr" and any("ALERTS" in _words(out) for out in mine):
        return tuple(file)
    wanted = set().union(*(_words(out) for out in mine))
    while True:
        read = {id(out) for out in file if isinstance(out, Recording) and out.record in wanted}
        words = set().union(*(_words(out) for out in file if id(out) in read))
        if words <= wanted:
            break
        wanted |= words
    kept = {id(out) for out in mine} | read
    return tuple(out for out in file if id(out) in kept)


def compiled_of(rule: Rule, compiled: Compiled) -> Compiled:
    """A catalogue that compiles to nothing but what the rule's tests need."""
    return replace(compiled, outputs=outputs_of(rule, compiled))


def _words(output: Output) -> set[str]:
    return {token.text for token in tokens(output.expr) if token.kind is Kind.WORD}
