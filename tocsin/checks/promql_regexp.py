"""A regular expression in a selector that is none, does nothing, or takes a value apart.

Prometheus anchors such expressions at both ends by itself, so `^` and `$` are idle. One that
matches a single text is better written with `=` or `!=`: that is read faster, by people and by
Prometheus. An expression such as `web_.*_prod` looks for a part of a value that holds several
things at once; those are easier to use as labels of their own.

Bad:

    - alert: HostDown
      expr: up{job=~"node"} == 0

Good:

    - alert: HostDown
      expr: up{job="node"} == 0

Bad, since that is true for any value:

    - alert: HostDown
      expr: up{job=~".*"} == 0

Good, for series that have the label:

    - alert: HostDown
      expr: up{job=~".+"} == 0

Bad:

    - alert: HostDown
      expr: up{job=~"^(node|web)$"} == 0

Good:

    - alert: HostDown
      expr: up{job=~"node|web"} == 0

Bad, since the value seems to hold a service and an environment:

    - alert: HostDown
      expr: up{job=~"web_.*_prod"} == 0

Good:

    - alert: HostDown
      expr: up{service="web", env="prod"} == 0
"""

from collections.abc import Iterator

from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity
from tocsin.promql import patterns, tree
from tocsin.promql.text import quoted
from tocsin.promql.tree import Matcher
from tocsin.written import Expression, expressions

_Told = tuple[Severity, str, str]


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per matcher; a smell that comes again in an expression is told once."""
    for expression in expressions(compiled):
        if "~" in expression.parsed.expr:
            smelt: set[tuple[str, str]] = set()
            for matcher in _patterns(expression):
                told = _judge(matcher)
                if told is None or (matcher.label, matcher.value) in smelt:
                    continue
                severity, message, hint = told
                if severity is Severity.INFO:
                    smelt.add((matcher.label, matcher.value))
                place = expression.at(matcher)
                yield Problem(place, CHECK.id, severity, message, hint, expression.rule.name)


def _patterns(expression: Expression) -> Iterator[Matcher]:
    for node in expression.nodes:
        if isinstance(node, tree.Selector):
            yield from (matcher for matcher in node.matchers if "~" in matcher.sign)


def _judge(matcher: Matcher) -> _Told | None:
    label, sign, pattern = matcher.label, matcher.sign, matcher.value
    everything = patterns.everything(pattern)
    fixed = patterns.literal(pattern)
    if fixed is not None:
        plain = f"{label}{'=' if sign == '=~' else '!='}{quoted(fixed)}"
        return Severity.WARNING, f"{quoted(pattern)} is no pattern, only a text", f"use `{plain}`"
    if everything and sign == "!~":
        message = "this leaves no series" if everything == "*" else f"this asks for no `{label}`"
        return Severity.WARNING, message, f'use `{label}=""` for series without it'
    if everything == "*":
        return Severity.WARNING, f"this is true for any `{label}`, or none", "leave it out"
    if patterns.anchors(pattern):
        message = "Prometheus anchors the pattern at both ends by itself"
        return Severity.WARNING, message, "leave `^` and `$` out"
    if label != "__name__" and "/" not in pattern and patterns.cuts(pattern):
        message = f"this looks for a part of `{label}`, which seems to hold several things"
        return Severity.INFO, message, "give the series a label for each of them"
    return None


CHECK = Check("promql/regexp", Severity.WARNING, run, __doc__)
