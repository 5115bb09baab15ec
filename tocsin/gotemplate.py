"""Go templates as Prometheus's alerts use them: what would fail to load, with its place.

Source: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/ and
https://pkg.go.dev/text/template
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from tocsin import suggest

FUNCTIONS = frozenset(
    """
    query first label value sortByLabel args tmpl safeHtml externalURL pathPrefix humanize
    humanize1024 humanizeDuration humanizePercentage humanizeTimestamp toTime title toUpper
    toLower stripPort stripDomain match reReplaceAll graphLink tableLink parseDuration strvalue
    externalLabels urlQueryEscape toDuration now
    and call html index slice js len not or print printf println urlquery eq ge gt le lt ne
    """.split()
)
KEYWORDS = {
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "block",
    "template",
    "break",
    "continue",
}
OPENERS = {"if", "range", "with", "define", "block"}
VARIABLES = {"$", "$labels", "$value", "$externalLabels", "$externalURL"}

_ACTION = re.compile(r"\{\{-?(?P<body>.*?)-?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""
    (?P<space>\s+) | (?P<string>"(?:\\.|[^"\\\n])*"|`[^`]*`) | (?P<char>'(?:\\.|[^'\\])+')
    | (?P<number>[-+]?(?:0[xX][0-9a-fA-F_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)i?)
    | (?P<variable>\$\w*) | (?P<field>\.\w*) | (?P<word>\w+) | (?P<punct>:=|[|(),=])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Fault:
    """What is wrong, and which characters of the template."""

    message: str
    start: int
    end: int
    hint: str = ""


@dataclass
class _State:
    """What is open, and which variables are declared, up to a place in the template."""

    open: list[tuple[str, int, int]] = field(default_factory=list)
    variables: set[str] = field(default_factory=lambda: set(VARIABLES))


def faults(template: str) -> Iterator[Fault]:
    """Every reason why Prometheus would not load `template`, in reading order."""
    state = _State()
    end = 0
    for action in _ACTION.finditer(template):
        yield from _stray(template, end, action.start())
        end = action.end()
        body = action["body"]
        if not body.strip().startswith("/*"):
            yield from _action(body, action.start("body"), state)
    yield from _stray(template, end, len(template))
    for word, start, stop in state.open:
        yield Fault(f"this `{word}` is never ended", start, stop, "close it with `{{ end }}`")


def _stray(template: str, start: int, end: int) -> Iterator[Fault]:
    index = template.find("{{", start, end)
    if index >= 0:
        yield Fault("this `{{` is never closed", index, index + 2, "close it with `}}`")


def _action(body: str, offset: int, state: _State) -> Iterator[Fault]:
    words = list(_tokens(body, offset))
    for word in words:
        if isinstance(word, Fault):
            yield word
            return
    found = [word for word in words if isinstance(word, tuple)]
    if not found:
        yield Fault("an action without a value", offset, offset + max(len(body), 1))
        return
    yield from _parentheses(found)
    yield from _words(found, state)


def _tokens(body: str, offset: int) -> Iterator[tuple[str, str, int] | Fault]:
    index = 0
    while index < len(body):
        match = _TOKEN.match(body, index)
        if match is None:
            char, place = body[index], offset + index
            hint = f"close it with {char}" if char in "\"'`" else ""
            yield Fault(f"`{char}` has no place here", place, place + 1, hint)
            return
        if match.lastgroup != "space":
            yield str(match.lastgroup), match.group(), offset + index
        index = match.end()


def _parentheses(found: list[tuple[str, str, int]]) -> Iterator[Fault]:
    opened: list[int] = []
    for _, text, start in found:
        if text == "(":
            opened.append(start)
        elif text == ")" and opened:
            opened.pop()
        elif text == ")":
            yield Fault("this `)` closes nothing", start, start + 1)
    for start in opened:
        yield Fault("this `(` is never closed", start, start + 1)


def _words(found: list[tuple[str, str, int]], state: _State) -> Iterator[Fault]:
    kind, text, _ = found[0]
    if kind == "word" and text in KEYWORDS:
        yield from _keyword(found, state)
    declared = {word for (_, word, _), (_, after, _) in pairwise(found) if after == ":="}
    if text == "range" and ":=" in {word for _, word, _ in found}:
        declared |= {word for sort, word, _ in found if sort == "variable"}
    state.variables |= declared
    for sort, word, place in found:
        end = place + len(word)
        if sort == "variable" and word not in state.variables:
            hint = suggest.hint(word, state.variables - {"$"})
            yield Fault(f"`{word}` is not a variable here", place, end, hint)
        elif sort == "word" and word not in FUNCTIONS | KEYWORDS | {"true", "false", "nil"}:
            yield Fault(f"`{word}` is not a function", place, end, suggest.hint(word, FUNCTIONS))


def _keyword(found: list[tuple[str, str, int]], state: _State) -> Iterator[Fault]:
    _, text, start = found[0]
    end = start + len(text)
    if text in OPENERS:
        state.open.append((text, start, end))
        if len(found) == 1:
            yield Fault(f"`{text}` needs a value", start, end)
    elif text == "end":
        if not state.open:
            yield Fault("this `end` ends nothing", start, end)
        else:
            state.open.pop()
    elif text == "else" and not state.open:
        yield Fault("this `else` belongs to no `if`", start, end)
