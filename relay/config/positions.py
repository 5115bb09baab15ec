"""YAML as plain data together with where each key and value was written."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from relay.config.problem import Problem

Path = tuple[str | int, ...]
Place = tuple[int, int]

# PyYAML's C parser where it was built in: same results, ten times as fast.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Document:
    """Plain data, and the (line, column) of its keys and values, both counted from 1."""

    source: str
    data: Any = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def key(self, path: Path) -> Place:
        """Where the key at `path` is; where its nearest parent is, if it has none."""
        return self.keys.get(path) or self.value(path)

    def value(self, path: Path) -> Place:
        """Where the value at `path` is; where its nearest parent is, if it is not there."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))

    def problem(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.source, *place, message, hint))


def load(text: str, source: str) -> Document:
    """Reads one YAML document. What is wrong with it is in `problems`; this raises nothing."""
    document = Document(source)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            document.data = _plain(loader, node, (), document)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        document.problem(place, f"not YAML: {error.problem or error.context}")
    except (
        yaml.YAMLError,
        ValueError,
    ) as error:  # an impossible character; a date such as 2026-99-99
        document.problem((1, 1), f"not YAML: {str(error).splitlines()[0]}")
    except RecursionError:
        document.problem((1, 1), "nested too deeply, or an alias that holds itself")
    finally:
        loader.dispose()
    return document


def _plain(loader: Any, node: yaml.Node, path: Path, document: Document) -> Any:
    document.values[path] = _place(node)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(loader, item, (*path, index), document) for index, item in enumerate(node.value)
        ]
    return loader.construct_object(node, deep=True)


def _mapping(loader: Any, node: yaml.MappingNode, path: Path, document: Document) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            document.problem(_place(key_node), "a key must be plain text")
            continue
        key = str(key_node.value)
        if key in mapping:
            line = document.keys[(*path, key)][0]
            document.problem(_place(key_node), f"`{key}` is here twice", f"first on line {line}")
            continue
        document.keys[(*path, key)] = _place(key_node)
        mapping[key] = _plain(loader, value_node, (*path, key), document)
    return mapping


def _place(node: yaml.Node) -> Place:
    return (node.start_mark.line + 1, node.start_mark.column + 1)
