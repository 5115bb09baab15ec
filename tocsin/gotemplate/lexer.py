"""The text of a template to its actions, and of an action to words.

Source: text/template/parse/lex.go of Go's standard library.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.gotemplate.nodes import Fault

_STRING = r'"(?:\\.|[^"\\\n])*"'
_RAW = r"`[^`]*`"
_CHAR = r"'(?:\\.|[^'\\\n])+'"
_COMMENT = re.compile(r"\{\{(?:-[ \t\r\n])?/\*(?:(?!\*/).)*\*/(?:[ \t\r\n]-)?\}\}", re.DOTALL)
_ACTION = re.compile(
    r"\{\{(?:-(?=[ \t\r\n]))?"
    rf"(?P<body>(?:{_STRING}|{_RAW}|{_CHAR}|[^\"`'}}]|\}}(?!\}}))*?)(?:[ \t\r\n]-)?\}}\}}",
    re.DOTALL,
)
_PLAIN = re.compile(r"\{\{(?:-(?=[ \t\r\n]))?(?P<body>.*?)(?:[ \t\r\n]-)?\}\}", re.DOTALL)
_PATTERNS = (_COMMENT, _ACTION, _PLAIN)  # the last for what has a quote that is not closed
_WORD = re.compile(
    rf"""
    (?P<space>\s+) | (?P<string>{_STRING}) | (?P<raw>{_RAW}) | (?P<char>{_CHAR})
    | (?P<number>[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+
        |(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?)i?)
    | (?P<variable>\$\w*) | (?P<field>\.\w+) | (?P<dot>\.) | (?P<word>\w+)
    | (?P<punct>:=|[|(),=])
    """,
    re.VERBOSE,
)
_NAMES = {"variable", "field", "word"}
_ENDS_NAME = re.compile(r"[\s.,|:()]|\Z")


@dataclass(frozen=True)
class Word:
    """A word of an action. spaced: blank space stands before it."""

    kind: str
    text: str
    start: int
    spaced: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def actions(template: str) -> Iterator[tuple[str, int] | Fault]:
    """Each action's text and where it starts, without comments; what is never closed."""
    index = template.find("{{")
    while index >= 0:
        match = next(filter(None, (p.match(template, index) for p in _PATTERNS)), None)
        if match is None:
            yield Fault("this `{{` is never closed", index, index + 2, "close it with `}}`")
            return
        if match.re is not _COMMENT:
            yield match["body"], match.start("body")
        index = template.find("{{", match.end())


def words(body: str) -> list[Word] | Fault:
    """The words of an action, or the first character that has no place in it."""
    found: list[Word] = []
    index, spaced = 0, False
    while index < len(body):
        match = _WORD.match(body, index)
        if match is None:
            return _misplaced(body, index)
        kind, text = str(match.lastgroup), match.group()
        if kind == "space":
            spaced = True
        else:
            found.append(Word(kind, text, index, spaced))
            spaced = False
        index = match.end()
        if kind in _NAMES and not _ENDS_NAME.match(body, index):
            return _after_name(body, index, found[-1])
        if kind == "number" and re.match(r"[\w.]", body[index : index + 1]):
            start = index - len(text)
            end = start + len(re.match(r"[-+\w.]*", body[start:]).group())  # type: ignore[union-attr] # matches anything
            return Fault(f"`{body[start:end]}` is no number", start, end)
    return found


def _misplaced(body: str, index: int) -> Fault:
    char = body[index]
    hint = f"close it with {char}" if char in "\"'`" else ""
    return Fault(f"`{char}` has no place here", index, index + 1, hint)


def _after_name(body: str, index: int, name: Word) -> Fault:
    fault = _misplaced(body, index)
    if name.kind != "field" or fault.hint:
        return fault
    whole = re.match(r"\.([\w-]+)", body[name.start :])
    written = whole.group(1) if whole else ""
    hint = f'a name with such characters is read by `index $labels "{written}"`'
    return Fault(fault.message, fault.start, fault.end, hint if "-" in written else "")
