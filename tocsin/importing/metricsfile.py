"""`metrics/*.yaml` from what is exposed: a new file, or more metrics in one that people edit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import yaml

from tocsin import schema, yamldoc
from tocsin.importing import scalars, told
from tocsin.importing.exposition import Exposed
from tocsin.load import settings
from tocsin.model import Metric
from tocsin.problem import Problem
from tocsin.source import Path, Source

_SCHEMA = "# yaml-language-server: $schema=../../schemas/metrics.schema.json"


class Unmergeable(Exception):
    """A file that cannot be added to without losing what people wrote."""

    def __init__(self, reason: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(reason)
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Merged:
    """A file's new text, and what the exposition says otherwise than the file."""

    source: Source
    text: str
    added: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Edit:
    """Lines to put before line `at` (from 0), in place of `instead` lines."""

    at: int
    lines: tuple[str, ...]
    instead: int = 0


def new(exposed: Exposed, exposed_by: str) -> str:
    """A metrics file of its own."""
    lines = [_SCHEMA]
    if exposed_by:
        lines += [f"exposed_by: {scalars.line(exposed_by)}"]
    lines += ["metrics:"]
    for metric in exposed.metrics:
        lines += _item(metric, "  ")
    return "\n".join(lines) + "\n"


def merged(name: str, content: bytes, exposed: Exposed) -> Merged:
    """The file `name` with what it does not have yet. Raises Unmergeable."""
    source, problems = yamldoc.read(name, content)
    if source.data is not None:
        problems += [finding.problem for finding in schema.check(source, "metrics")]
    if problems:
        raise Unmergeable(f"{name} has errors", problems)
    items = _items(source)
    known = settings.metrics(source)
    edits: list[_Edit] = []
    differing: list[Problem] = []
    for index, entry in enumerate(source.data["metrics"]):
        metric = next((found for found in exposed.metrics if found.name == entry["name"]), None)
        if metric is not None:
            edits += _additions(source, index, known[metric.name], metric)
            differing += _differences(source, index, known[metric.name], metric)
    fresh = [metric for metric in exposed.metrics if metric.name not in known]
    edits += _insertions(source, items, fresh)
    return Merged(source, _edited(source.text, edits), len(fresh), tuple(differing))


def _items(source: Source) -> list[yaml.MappingNode]:
    """The metrics' nodes, each in lines of its own."""
    sequence = source.node(("metrics",))
    items = sequence.value if isinstance(sequence, yaml.SequenceNode) else []
    starts = [item.start_mark.line for item in items]
    blocks = all(isinstance(item, yaml.MappingNode) and not item.flow_style for item in items)
    lines = source.text.split("\n")
    dashed = all(lines[start].lstrip().startswith("- ") for start in starts)
    if not items or not blocks or not dashed or len(set(starts)) < len(starts):
        raise Unmergeable(f"{source.name} is not written one metric below the other")
    return items


def _additions(source: Source, index: int, known: Metric, metric: Metric) -> Iterator[_Edit]:
    """Labels and help that an entry of the file lacks."""
    path: Path = ("metrics", index)
    labels = [label for label in metric.labels if label not in known.labels]
    node = source.node((*path, "labels"))
    if labels:
        written = f"[{', '.join([*known.labels, *labels])}]"
        if node is None:
            yield _after_key(source, (*path, "type"), f"labels: {written}")
        elif isinstance(node, yaml.SequenceNode) and node.flow_style:
            yield _in_place(source, node, written)
        else:
            pad = " " * node.start_mark.column
            yield _Edit(_end(source, node), tuple(f"{pad}- {label}" for label in labels))
    if metric.help and source.node((*path, "help")) is None:
        keys = list(source.data["metrics"][index])
        yield _after_key(source, (*path, keys[-1]), f"help: {scalars.line(metric.help)}")


def _after_key(source: Source, path: Path, line: str) -> _Edit:
    key, node = source.position(path, key=True), source.node(path)
    assert node is not None  # noqa: S101 # the path of a key that is there
    return _Edit(_end(source, node), (" " * (key.column - 1) + line,))


def _end(source: Source, node: yaml.Node) -> int:
    """The line after a value; YAML counts comments that follow to a block, people do not."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return source.text[: node.end_mark.index].rstrip().count("\n") + 1


def _in_place(source: Source, node: yaml.Node, written: str) -> _Edit:
    start, end = node.start_mark, node.end_mark
    lines = source.text.split("\n")
    line = lines[start.line][: start.column] + written + lines[end.line][end.column :]
    return _Edit(start.line, (line,), end.line - start.line + 1)


def _differences(source: Source, index: int, known: Metric, metric: Metric) -> Iterator[Problem]:
    if metric.type not in {known.type, "unknown"}:
        place = source.position(("metrics", index, "type"))
        message = f"`{metric.name}` is exposed as a {metric.type}, not a {known.type}"
        yield told.lost(place, message, "the file is left as it is: correct it where it is wrong")


def _insertions(
    source: Source, items: list[yaml.MappingNode], fresh: Iterable[Metric]
) -> Iterator[_Edit]:
    """New metrics, in the order of names where the file keeps to it, else at the end."""
    names = [str(entry["name"]) for entry in source.data["metrics"]]
    lines = source.text.split("\n")
    first = lines[items[0].start_mark.line]
    pad = first[: len(first) - len(first.lstrip())]
    end = _end(source, items[-1])
    for metric in fresh:
        greater = next((at for at, name in enumerate(names) if name > metric.name), None)
        at = end
        if names == sorted(names) and greater is not None:
            at = items[greater].start_mark.line
            while lines[at - 1].lstrip().startswith("#"):
                at -= 1  # the comment above a metric stays above it
        yield _Edit(at, tuple(_item(metric, pad)))


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    lines = text.split("\n")
    # From the end, so that the places of the edits before stay true; of those at one place the
    # first comes to stand first.
    for edit in sorted(edits, key=lambda edit: (edit.at, edit.instead))[::-1]:
        lines[edit.at : edit.at + edit.instead] = edit.lines
    return "\n".join(lines)


def _item(metric: Metric, pad: str) -> list[str]:
    lines = [f"{pad}- name: {metric.name}", f"{pad}  type: {metric.type}"]
    if metric.unit:
        lines.append(f"{pad}  unit: {scalars.line(metric.unit)}")
    labels = ", ".join(scalars.line(label, flow=True) for label in metric.labels)
    lines.append(f"{pad}  labels: [{labels}]")
    if metric.help:
        lines.append(f"{pad}  help: {scalars.line(metric.help)}")
    return lines
