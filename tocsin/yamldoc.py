"""YAML 1.1 text to a Source: plain data, and a problem for everything that is not plain data.

What `plainyaml` cannot read goes to PyYAML's C parser, which finds the nodes; the data is built
here, because PyYAML's own constructor takes a duplicate key in silence and forgets where things
stood.
"""

import re
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

from tocsin import plainyaml, problem
from tocsin.problem import Position, Problem
from tocsin.source import MERGE_TAG, Source, entries

MAX_VALUES = 2_000_000  # what aliases may expand to: a real catalogue has a tenth of it
MAX_DEPTH = 60
SUSPICIOUS = 5_000  # brackets, or characters in a line
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_EXPONENT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)[eE][-+]?\d+")
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "map", "seq")
}
_TIMESTAMP_TAG = "tag:yaml.org,2002:timestamp"
_VALUE_TAG = "tag:yaml.org,2002:value"
_BRACES = re.compile(r":\s+\{\{|-\s+\{\{")


def read(name: str, content: bytes) -> tuple[Source, list[Problem]]:
    """The file `name` as a Source, and what is wrong with it as YAML. Never raises."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        return Source(name, content.decode("utf-8", "replace")), [_not_utf8(name, content, exc)]
    text = text.replace("\r\n", "\n")
    if plain := plainyaml.read(text):
        return Source(name, text, data=plain.data, plain=plain), []
    return parsed(name, text)


def parsed(name: str, text: str) -> tuple[Source, list[Problem]]:
    """`read` for all the YAML there is, by PyYAML."""
    if _too_deep(text):
        message = f"values are nested more than {MAX_DEPTH} deep"
        return Source(name, text), [problem.error(Position(name), "yaml/syntax", message)]
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as exc:
        return Source(name, text), [_syntax(name, text, exc)]
    if root is None:
        message = "the file is empty"
        hint = "a rule file starts with `group: NAME` and `rules:`"
        return Source(name, text), [problem.error(Position(name), "file/empty", message, hint)]
    builder = _Builder(Source(name, text, root))
    data = builder.build(root, 0)
    return Source(name, text, root, data), builder.problems


class _Builder:
    """Turns nodes into plain data and collects what is wrong on the way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._scalars = SafeConstructor()
        self._built: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()
        self._size = 0
        # Prometheus's own parser knows no numbers in base 60, so its files may hold `12:30`.
        root = source.root
        self._plain = isinstance(root, yaml.MappingNode) and "groups" in entries(root)

    def build(self, node: yaml.Node, depth: int) -> Any:
        self._size += 1
        if id(node) in self._open:
            self._report(node, "yaml/syntax", "an anchor that contains itself is not allowed")
            return None
        if id(node) in self._built:
            value, size = self._built[id(node)]
            self._size += size
            if self._size > MAX_VALUES:
                return None
            return value
        before = self._size
        self._open.add(id(node))
        value = self._value(node, depth)
        self._open.discard(id(node))
        self._built[id(node)] = (value, self._size - before)
        if depth == 0 and self._size > MAX_VALUES:
            self._report(node, "yaml/syntax", f"aliases expand to more than {MAX_VALUES:,} values")
            return None
        return value

    def _value(self, node: yaml.Node, depth: int) -> Any:
        if depth > MAX_DEPTH:
            self._report(node, "yaml/syntax", f"values are nested more than {MAX_DEPTH} deep")
            return None
        if node.tag not in _PLAIN_TAGS | {_TIMESTAMP_TAG, _VALUE_TAG}:
            self._report(node, "yaml/syntax", f"the tag `{node.tag}` is not known here")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, depth + 1) for item in node.value]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[Any, Any]:
        own: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        first: dict[Any, yaml.Node] = {}
        for key_node, value_node in node.value:
            if key_node.tag == MERGE_TAG:
                merged = {**self._merged(value_node, depth), **merged}
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                hint = "quote a value that starts with `{{`" if _is_flow(key_node) else ""
                self._report(key_node, "yaml/syntax", "a key must be a plain word", hint)
                continue
            key = key_node.value
            if key in own:
                line = first[key].start_mark.line + 1
                message = f"the key `{key}` is given twice; the first is in line {line}"
                self._report(key_node, "yaml/duplicate", message, "keep one of them")
                continue
            first[key] = key_node
            own[key] = self.build(value_node, depth + 1)
        return {**merged, **own}

    def _merged(self, node: yaml.Node, depth: int) -> dict[Any, Any]:
        bases = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[Any, Any] = {}
        for base in bases:
            value = self.build(base, depth + 1)
            if isinstance(value, dict):
                merged = {**value, **merged}
            else:
                self._report(node, "yaml/syntax", "`<<` takes a mapping, or a list of mappings")
        return merged

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag in {_TIMESTAMP_TAG, _VALUE_TAG} or node.tag not in _PLAIN_TAGS:
            return node.value
        assert isinstance(node, yaml.ScalarNode)  # noqa: S101 # the third of the three sorts
        if not self._plain and not node.style and _SEXAGESIMAL.fullmatch(node.value):
            message = f"YAML reads {node.value} as a number in base 60"
            self._report(node, "yaml/syntax", message, f'write it in quotes: "{node.value}"')
            return node.value
        if not node.style and _EXPONENT.fullmatch(node.value):
            return float(node.value)  # YAML 1.1 wants 1.0e+9; Prometheus's parser takes 1e9, too
        try:
            return self._scalars.construct_object(node)
        except (ConstructorError, ValueError, KeyError):
            kind = node.tag.rpartition(":")[2]
            self._report(node, "yaml/syntax", f"`{node.value}` is not a valid {kind}")
            return node.value

    def _report(self, node: yaml.Node, check: str, message: str, hint: str = "") -> None:
        start, end = node.start_mark, node.end_mark
        line, column = end.line + 1, end.column + 1
        place = Position(self.source.name, start.line + 1, start.column + 1, line, column)
        self.problems.append(problem.error(place, check, message, hint))


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and bool(node.flow_style)


def _too_deep(text: str) -> bool:
    """Whether values nest so deep that libyaml's recursion might overflow the stack.

    Nesting costs brackets or columns, so text with few of both needs no second look.
    """
    longest = max(map(len, text.splitlines()), default=0)
    if text.count("[") + text.count("{") < SUSPICIOUS and longest < SUSPICIOUS:
        return False
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                return True
    except yaml.YAMLError:
        return False  # the text up to the error was shallow, and compose() stops there, too
    return False


def _not_utf8(name: str, content: bytes, exc: UnicodeDecodeError) -> Problem:
    before = content[: exc.start]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
    message = f"byte 0x{content[exc.start]:02x} is not valid UTF-8"
    hint = "save the file as UTF-8"
    position = Position(name, line, column, line, column + 1)
    return problem.error(position, "yaml/encoding", message, hint)


def _syntax(name: str, text: str, exc: yaml.YAMLError) -> Problem:
    mark = getattr(exc, "problem_mark", None) or getattr(exc, "context_mark", None)
    if "quoted scalar" in str(getattr(exc, "context", "")):
        mark = getattr(exc, "context_mark", mark)  # where the quote opens, not where the file ends
    what = getattr(exc, "problem", None) or getattr(exc, "reason", None) or str(exc)
    context = getattr(exc, "context", None)
    message = f"this is not valid YAML: {what}" + (f" ({context})" if context else "")
    if mark is None:
        index = getattr(exc, "position", 0) or 0
        line = text.count("\n", 0, index) + 1
        column = index - text.rfind("\n", 0, index)
    else:
        line, column = mark.line + 1, mark.column + 1
    lines = text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    position = Position(name, line, column, line, column + 1)
    return problem.error(position, "yaml/syntax", message, _syntax_hint(written, str(context)))


def _syntax_hint(line: str, context: str) -> str:
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces: YAML does not take tabs"
    if _BRACES.search(line) or "{{" in line:
        return "put text that holds `{{` in quotes"
    if "flow mapping" in context or "flow sequence" in context:
        return "in `{...}` and `[...]`, put text that holds brackets or commas in quotes"
    if ": " in line.partition(": ")[2]:
        return "put text that holds `: ` in quotes"
    return ""
