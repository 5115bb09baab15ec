"""Documents to groups and rules of the original, and what of them is no use to anybody.

What the schema of a plain rule file finds fault with is left out, and told: Prometheus would not
load it either.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from tocsin import problem, resources, schema
from tocsin.importing import told
from tocsin.importing.documents import Document
from tocsin.importing.original import SOURCE, Group, Rule, normal
from tocsin.importing.tree import Text
from tocsin.problem import Problem
from tocsin.promql.parse import parse
from tocsin.source import Path, Source

_OF_RULES = {"alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"}
_OF_RECORDINGS = {"record", "expr", "labels"}
_ELSEWHERE = {"name", "rules", "labels"}
_NULL = "tag:yaml.org,2002:null"
_UNKNOWN = "schema/unknown-key"


def groups(document: Document) -> tuple[list[Group], list[Problem]]:
    """The groups of a document that hold rules, and what is left out of them."""
    reader = _Reader(document)
    found = list(reader.groups())
    return found, reader.problems


class _Reader:
    def __init__(self, document: Document) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._source = document.source
        self._broken: set[Path] = set()
        for finding in schema.check(document.source, "rules"):
            self.problems.append(finding.problem)
            if finding.problem.check != _UNKNOWN:
                # A rule has a path of four steps, its group one of two.
                of_rule = finding.path[2:3] == ("rules",) and len(finding.path) > 3
                self._broken.add(finding.path[: 4 if of_rule else 2])

    def groups(self) -> Iterator[Group]:
        written = self._source.data.get("groups")
        for index, data in enumerate(written if isinstance(written, list) else ()):
            path: Path = ("groups", index)
            if not isinstance(data, dict):
                continue
            if path in self._broken:
                self._left_out(path, f"the group `{data.get('name') or ''}` is left out")
                continue
            shared = _texts(self._source, (*path, "labels"))
            rules = tuple(self._rules(path, data, _values(shared)))
            name = self._source.raw((*path, "name"))
            if rules:
                yield self._group(path, name, shared, rules)
            elif not data.get("rules"):
                place = self._source.position((*path, "name"))
                self.problems.append(
                    told.note(place, f"the group `{name}` is empty: nothing to do")
                )

    def _group(
        self, path: Path, name: str, labels: Mapping[str, Text], rules: tuple[Rule, ...]
    ) -> Group:
        source, notes = self._source, self._document.notes
        header = dict(self._header(path))
        beside = notes.beside.get((), "")
        head = (*notes.above.get((), ()), *([beside] if beside else []))
        return Group(source, path, notes, head, name, header, labels, rules)

    def _header(self, path: Path) -> Iterator[tuple[str, str]]:
        """What a group says of itself, as far as a catalogue's file can say it."""
        known = resources.schema("rules")["$defs"]["rule_file"]["properties"]
        of_prometheus = resources.schema("rules")["$defs"]["plain_group"]["properties"]
        for key in sorted(_at(self._source.data, path).keys() & of_prometheus.keys() - _ELSEWHERE):
            here = (*path, key)
            if key in known and isinstance(self._source.node(here), yaml.ScalarNode):
                yield key, self._source.raw(here)
            else:
                message = f"a catalogue has no `{key}`: it is left out"
                self.problems.append(told.lost(self._source.position(here, key=True), message))

    def _rules(self, group: Path, data: dict[str, Any], shared: dict[str, str]) -> Iterator[Rule]:
        for index, entry in enumerate(data.get("rules") or ()):
            path = (*group, "rules", index)
            if not isinstance(entry, dict):
                self._left_out(path, "this is no rule: it is left out")
                continue
            name = str(entry.get("alert") or entry.get("record") or "")
            if path in self._broken or ("alert" in entry) == ("record" in entry):
                self._left_out(
                    path, f"the rule `{name}` is left out" if name else "the rule is left out"
                )
                continue
            yield self._rule(path, entry, shared)

    def _rule(self, path: Path, data: dict[str, Any], shared: dict[str, str]) -> Rule:
        source = self._source
        recording = "record" in data
        name = source.raw((*path, "record" if recording else "alert"))
        self._of_no_use(path, data, name)
        annotations = {} if recording else _texts(source, (*path, "annotations"))
        if SOURCE in annotations:
            place = source.position((*path, "annotations", SOURCE), key=True)
            message = (
                f"the annotation `{SOURCE}` will say where the rule is written in the catalogue"
            )
            self.problems.append(told.lost(place, message, rule=name))
        return Rule(
            source=source,
            path=path,
            recording=recording,
            name=name,
            expr=_expr(source, (*path, "expr")),
            for_="" if recording else source.raw((*path, "for")),
            keep_firing_for="" if recording else source.raw((*path, "keep_firing_for")),
            labels=_texts(source, (*path, "labels")),
            annotations=annotations,
            shared=shared,
        )

    def _of_no_use(self, path: Path, data: Iterable[str], name: str) -> None:
        for key in data:
            if "record" in data and key in _OF_RULES - _OF_RECORDINGS:
                message = f"a recording rule has no `{key}`: it is left out"
                place = self._source.position((*path, key), key=True)
                self.problems.append(told.lost(place, message, rule=name))
        fault = parse(_expr(self._source, (*path, "expr")).value).fault
        if fault:
            place = self._source.inside((*path, "expr"), fault.start, fault.end)
            hint = fault.hint or "the rule is taken over as it is: mend it in the catalogue"
            self.problems.append(problem.error(place, "promql/syntax", fault.message, hint, name))

    def _left_out(self, path: Path, message: str) -> None:
        place = self._source.position(path)
        hint = "Prometheus would not load it: a rule is an alert or a recording, and has an `expr`"
        self.problems.append(told.lost(place, message, hint))


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _values(texts: Mapping[str, Text]) -> dict[str, str]:
    return {name: text.value for name, text in texts.items()}


def _texts(source: Source, path: Path) -> dict[str, Text]:
    """Labels or annotations, values as Prometheus takes them."""
    names = _at(source.data, path[:-1]).get(path[-1]) or {}
    return {str(name): _text(source, (*path, name)) for name in names}


def _text(source: Source, path: Path) -> Text:
    node = source.node(path)
    if node is None or node.tag == _NULL:
        return Text("")
    return Text(source.raw(path), tuple(_folded(source, node)))


def _folded(source: Source, node: yaml.Node) -> list[str]:
    """The lines that the author of a `>` block wrote, without their indentation."""
    if not isinstance(node, yaml.ScalarNode) or node.style != ">":
        return []
    lines = source.text[node.start_mark.index : node.end_mark.index].split("\n")[1:]
    while lines and not lines[-1].strip():
        lines.pop()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return [line[indent:].rstrip() for line in lines]


def _expr(source: Source, path: Path) -> Text:
    """An expression, over the lines that its author gave it: PromQL does not care for them."""
    text = _text(source, path)
    unfolded = "\n".join(text.folded)
    if unfolded and parse(unfolded).ast and normal(unfolded) == normal(text.value):
        return Text(unfolded)
    return Text(text.value.strip())
