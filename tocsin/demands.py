"""What the `lint` section demands of names and values: regular expressions that know the rule.

An expression must match the whole text. It may hold `{{ $for }}`, `{{ $alert }}`, `{{ $record }}`,
`{{ $expr }}`, `{{ $labels.NAME }}` and `{{ $annotations.NAME }}`, which stand for what the rule
says.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tocsin import problem
from tocsin.model import Rule
from tocsin.problem import Position, Problem, Severity
from tocsin.source import Path, Source

_FIELD = re.compile(r"\{\{\s*\$(\w+)(?:\.(\w+))?\s*\}\}")
# The keys that hold expressions.
_PATTERNS = {"name", "value", "token", "pattern", "ignore", "call", "allowed"}
_WORDS = {severity.label: severity for severity in Severity}


@dataclass(frozen=True)
class Given:
    """A label or an annotation that a rule has, and where."""

    text: str
    place: Callable[[], Position]


@dataclass(frozen=True)
class Demand:
    """What is asked of labels or annotations whose name matches."""

    name: str
    required: bool = False
    value: str = ""
    values: tuple[str, ...] = ()
    token: str = ""  # the parts of a value that are judged one by one
    comment: str = ""
    severity: Severity | None = None
    of: str = ""  # `alert` or `record`, "" for both

    def concerns(self, rule: Rule) -> bool:
        """Whether anything is asked of such a rule."""
        return concerns(self.of, rule)


def concerns(of: str, rule: Rule) -> bool:
    """Whether a rule is of a sort: `alert`, `record`, or "" for both."""
    return not of or (of == "record") == (rule.kind == "record")


@dataclass(frozen=True)
class Unmet:
    """A demand that a rule does not meet. place: None where something is missing."""

    message: str
    hint: str
    severity: Severity | None
    place: Position | None = None


def read(written: Iterable[Mapping[str, Any]]) -> list[Demand]:
    """Entries of the `lint` section, valid by their schema."""
    return [
        Demand(
            **{
                key: entry[key]
                for key in ("name", "required", "value", "token", "of")
                if key in entry
            },
            values=tuple(str(value) for value in entry.get("values", ())),
            comment=entry.get("comment", ""),
            severity=severity(entry),
        )
        for entry in written
    ]


def severity(entry: Mapping[str, Any]) -> Severity | None:
    """The severity of an entry of its own, None for the check's."""
    return _WORDS.get(entry.get("severity", ""))


def unmet(
    demands: Iterable[Demand], rule: Rule, what: str, given: Mapping[str, Given]
) -> Iterator[Unmet]:
    """What a rule's labels or annotations (`what`) lack. An empty value is as good as none."""
    for demand in demands:
        if not demand.concerns(rule):
            continue
        named = [n for n, has in given.items() if has.text and matches(demand.name, n, rule)]
        if demand.required and not named:
            message = f"the rule has no {what} `{demand.name}`"
            yield Unmet(message, demand.comment, demand.severity)
        for name in named:
            text = given[name].text
            for part in _parts(demand.token, text):
                if message := _wrong(demand, name, part, rule):
                    place = given[name].place()
                    yield Unmet(message, _hint(demand), demand.severity, place)


def _parts(token: str, text: str) -> list[str]:
    try:
        return [found[0] for found in _compiled(token).finditer(text)] if token else [text]
    except re.error:
        return [text]


def _wrong(demand: Demand, name: str, text: str, rule: Rule) -> str:
    if demand.value and not matches(demand.value, text, rule):
        return f"`{name}` must match `{expanded(demand.value, rule)}`, and `{text}` does not"
    if demand.values and text not in demand.values:
        return f"`{text}` is none of the values that `{name}` may have"
    return ""


def _hint(demand: Demand) -> str:
    allowed = ", ".join(f"`{value}`" for value in demand.values[:12])
    return demand.comment or (f"allowed: {allowed}" if allowed else "")


def matches(pattern: str, text: str, rule: Rule) -> bool:
    """Whether the whole of a text matches an expression; one that is none matches everything."""
    return match(pattern, text, rule) is not None


def match(pattern: str, text: str, rule: Rule) -> re.Match[str] | None:
    """How the whole of a text matches an expression."""
    try:
        return _compiled(expanded(pattern, rule)).fullmatch(text)
    except re.error:
        return _compiled(".*").fullmatch(text)  # told where the settings are read


def expanded(pattern: str, rule: Rule) -> str:
    """An expression with what it says of the rule put in."""
    if "{{" not in pattern:
        return pattern
    return _FIELD.sub(lambda match: re.escape(_field(rule, match[1], match[2] or "")), pattern)


def _field(rule: Rule, name: str, key: str) -> str:
    if name in {"labels", "annotations"}:
        return rule.text(name, key)
    return rule.text(name)


@lru_cache(maxsize=2000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def faults(source: Source) -> Iterator[Problem]:
    """The expressions in a settings file that are none."""
    section = source.data.get("lint") if isinstance(source.data, dict) else None
    for path, written in _written(section, ("lint",)):
        try:
            _compiled(_FIELD.sub("x", written))
        except re.error as exc:
            message = f"`{written}` is no regular expression: {exc.msg}"
            yield problem.error(source.position(path), "schema/value", message)


def _written(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in _PATTERNS:
                entries = enumerate(value) if isinstance(value, list) else [(None, value)]
                for index, text in entries:
                    if isinstance(text, str):
                        yield (*path, key) if index is None else (*path, key, index), text
            yield from _written(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _written(value, (*path, index))
