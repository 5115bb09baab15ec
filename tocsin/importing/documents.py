"""Files to the documents in them that hold rule groups: plain rule files, PrometheusRules, lists.

Source: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tocsin import problem, yamldoc
from tocsin.importing import comments, foreign, told
from tocsin.importing.tree import Notes
from tocsin.problem import Position, Problem
from tocsin.source import Path, Source

# YAML 1.2, chapter 9.1: at the start of a line this is nothing but the start of a document.
_MARKER = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_OWN = "PrometheusRule"


@dataclass(frozen=True)
class Document:
    """Rule groups: `source` is read as a plain rule file, whatever stands around it."""

    source: Source
    notes: Notes


@dataclass(frozen=True)
class File:
    """What a file holds. `whole`: its text, for messages."""

    whole: Source
    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]

    @property
    def unreadable(self) -> bool:
        """Whether it is no YAML, so that nothing of it can be relied on."""
        return any(found.check.startswith("yaml/") for found in self.problems)


def read(name: str, content: bytes) -> File:
    """The documents of the file `name`, and what keeps it from being read. Never raises."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        whole, problems = yamldoc.read(name, content)
        return File(whole, (), tuple(problems))
    whole = Source(name, text)
    documents: list[Document] = []
    found: list[Problem] = []
    others: list[Problem] = []  # of what is no rule file
    of_catalogue = False
    for part in _parts(text):
        source, problems = yamldoc.read(name, part.encode())
        found += problems
        if source.root is not None and not problems:
            documents += _documents(source, found)
            others += foreign.told_of(source.data, source)
            of_catalogue |= isinstance(source.data, dict) and "group" in source.data
    if documents:
        found += others
    elif not found:
        found += [other for other in others if other.hint]
        found.append(_no_rules(name, of_catalogue=of_catalogue))
    return File(whole, tuple(documents), tuple(found))


def _parts(text: str) -> Iterator[str]:
    """The documents of a text, each with as many empty lines before it as keep its line numbers."""
    starts = [match.start() for match in _MARKER.finditer(text)]
    bounds = [0, *starts, len(text)]
    if starts and not _said(text[: starts[0]]):
        del bounds[0]
        bounds[0] = 0  # comments before the first marker belong to the first document
    for start, end in pairwise(bounds):
        if _said(text[start:end]):
            yield "\n" * text.count("\n", 0, start) + text[start:end]


def _said(part: str) -> bool:
    """Whether a part of a file holds anything but comments."""
    lines = (line.strip() for line in part.splitlines())
    return any(line and not line.startswith("#") and line not in {"---", "..."} for line in lines)


def _documents(source: Source, problems: list[Problem]) -> list[Document]:
    paths = list(_rooted(source.data, (), source, problems))
    rooted = [_at(source, path) for path in paths]
    around = [source.node(path[:-1] if path[-1:] == ("spec",) else path) for path in paths]
    outside = [node for node in around if node is not None]
    written = comments.notes(source.text, rooted, outside) if rooted else []
    return [Document(*pair) for pair in zip(rooted, written, strict=True)]


def _rooted(data: Any, path: Path, source: Source, problems: list[Problem]) -> Iterator[Path]:
    """The paths of the mappings that hold `groups`."""
    if not isinstance(data, dict):
        return
    kind = str(data.get("kind") or "")
    if kind.endswith("List") and isinstance(data.get("items"), list):
        for index, item in enumerate(data["items"]):
            yield from _rooted(item, (*path, "items", index), source, problems)
    elif kind and isinstance(data.get("spec"), dict) and "groups" in data["spec"]:
        problems += _of_resource(data, path, source)
        yield (*path, "spec")
    elif "groups" in data and not kind:
        yield path


def _of_resource(data: dict[str, Any], path: Path, source: Source) -> Iterator[Problem]:
    if data["kind"] != _OWN:
        place = source.position((*path, "kind"))
        yield told.note(place, f"a {data['kind']} is read as if it were a {_OWN}")
    if "metadata" in data:
        place = source.position((*path, "metadata"), key=True)
        message = "the resource's own name, namespace and labels are Kubernetes's, and not kept"
        yield told.note(place, message)


def _at(source: Source, path: Path) -> Source:
    """The part of a source at `path` as a source of its own, with the same positions."""
    data = source.data
    for step in path:
        data = data[step]
    return Source(source.name, source.text, source.node(path), data)


def _no_rules(name: str, *, of_catalogue: bool) -> Problem:
    message = "there are no rule groups here: neither `groups:` nor a PrometheusRule"
    hint = "with `group:` it is a file of a catalogue already" if of_catalogue else ""
    return problem.error(Position(name), told.NO_RULES, message, hint)
