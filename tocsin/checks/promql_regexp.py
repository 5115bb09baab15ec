"""A regular expression in a selector that is none, does nothing, or takes a value apart.

Prometheus anchors such expressions at both ends by itself, so `^` and `$` are idle. One that
matches a single text is better written with `=` or `!=`: that is read faster, by people and by
Prometheus. An expression such as `web_.*_prod` or `.*dev.*` looks for a part of a value that holds
several things at once; those are easier to use as labels of their own.

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

import re
from collections.abc import Iterator

from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Edit, Problem, Severity, fixable
from tocsin.promql import patterns, tree
from tocsin.promql.text import quoted, requoted
from tocsin.promql.tree import Matcher
from tocsin.written import Expression, expressions

_WRITTEN = re.compile(r"(?P<label>.*?)[=!]~(?P<blank>\s*)(?P<quote>[\"'`]).*", re.DOTALL)
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
                found = Problem(place, CHECK.id, severity, message, hint, expression.rule.name)
                yield fixable(found, _mended(expression, matcher))


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


def _mended(expression: Expression, matcher: Matcher) -> Edit | None:
    """The matcher as `_judge` asks for it, where that is one thing."""
    start, end = expression.parsed.places.of(matcher)
    if patterns.everything(matcher.value) == "*" and matcher.sign == "=~":
        return expression.edit(*_with_comma(expression.parsed.expr, start, end), "")
    written = _WRITTEN.fullmatch(expression.parsed.expr[start:end])
    plain = patterns.unanchored(matcher.value)
    if written is None or plain is None:
        return None
    fixed = patterns.literal(plain)
    if fixed is not None:
        plain = fixed
    elif plain == matcher.value:
        return None
    sign = matcher.sign if fixed is None else matcher.sign.replace("=~", "=").replace("!~", "!=")
    text = requoted(plain, written["quote"])
    return expression.edit(start, end, f"{written['label']}{sign}{written['blank']}{text}")


def _with_comma(expr: str, start: int, end: int) -> tuple[int, int]:
    """A matcher with the comma that goes with it, or the braces that hold nothing else."""
    before, after = expr[:start].rstrip(), expr[end:].lstrip()
    named = re.search(r"[\w:]\s*\{$", before)  # `{}` by itself would ask for nothing
    if named and after.startswith("}"):
        return len(before) - 1, len(expr) - len(after) + 1
    if after.startswith(","):
        return start, len(expr) - len(after[1:].lstrip())
    return (len(before) - 1, end) if before.endswith(",") else (start, end)


CHECK = Check("promql/regexp", Severity.WARNING, run, __doc__, alone=True)
