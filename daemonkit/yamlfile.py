"""A YAML file as plain data that its JSON Schema allows, or everything that is wrong with it.

Every schema under `schemas/` gives each value a `title` that completes "must be ...".
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from daemonkit import resources, suggest
from daemonkit.problem import FileError, Problem

Steps = tuple[str | int, ...]  # the way to a value: keys and indices

# PyYAML's C parser where it was built in: same results, ten times as fast.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlFile:
    """Plain data, and where each key and value was written."""

    def __init__(self, path: Path) -> None:
        """Raises FileError when the file cannot be read or is not one YAML document."""
        self.name = str(path)
        self.data: Any = None
        self._places: dict[tuple[Steps, bool], tuple[int, int]] = {}
        self._twice: list[Problem] = []
        self._parse(self._read(path))
        if self._twice:
            raise FileError(self._twice)

    def problem(self, steps: Steps, message: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem at a value or, with `key`, at the name of a key."""
        place = self._places.get((steps, key))
        while place is None:
            place = self._places.get((steps, False), None if steps else (1, 1))
            steps = steps[:-1]
        return Problem(self.name, *place, message, hint)

    def check(self, schema: str) -> None:
        """Raises FileError with all that `schemas/SCHEMA.schema.json` does not allow."""
        errors = Draft202012Validator(resources.schema(schema)).iter_errors(self.data)
        if found := [problem for error in errors for problem in _tell(self, error)]:
            raise FileError(found)

    def _read(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            reason = f"is not UTF-8 (byte {error.start})"
        except (OSError, ValueError) as error:
            reason = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise FileError([Problem(self.name, 0, 0, reason)])

    def _parse(self, text: str) -> None:
        loader = None
        try:
            loader = _Loader(text)
            node = loader.get_single_node()
            if node is not None:
                self.data = self._plain(loader, node, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            message = f"not YAML: {error.problem or error.context}"
            raise FileError([Problem(self.name, *place, message)]) from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            message = f"not YAML: {(str(error) or 'nested too deeply').splitlines()[0]}"
            raise FileError([Problem(self.name, 1, 1, message)]) from None
        finally:
            if loader is not None:
                loader.dispose()

    def _plain(self, loader: Any, node: yaml.Node, steps: Steps) -> Any:
        self._places[steps, False] = _place(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(loader, node, steps)
        if isinstance(node, yaml.SequenceNode):
            items = enumerate(node.value)
            return [self._plain(loader, item, (*steps, index)) for index, item in items]
        return loader.construct_object(node, deep=True)

    def _mapping(self, loader: Any, node: yaml.MappingNode, steps: Steps) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in found:
                message = f"`{key}` is here twice"
                self._twice.append(Problem(self.name, *_place(key_node), message))
            self._places[(*steps, key), True] = _place(key_node)
            found[key] = self._plain(loader, value_node, (*steps, key))
        return found


def _place(node: yaml.Node) -> tuple[int, int]:
    return (node.start_mark.line + 1, node.start_mark.column + 1)


def _tell(file: YamlFile, error: ValidationError) -> Iterator[Problem]:
    steps = tuple(error.absolute_path)
    schema: Any = error.schema
    instance: Any = error.instance
    name = next((f"`{step}`" for step in reversed(steps) if isinstance(step, str)), "the file")
    if steps and isinstance(steps[-1], int):
        name = f"an entry of {name}"
    if error.validator == "additionalProperties":
        known = schema.get("properties", {})
        for key in sorted(set(instance) - set(known)):
            hint = suggest.hint(key, set(known) - set(instance))
            yield file.problem((*steps, key), f"`{key}` is not known here", hint, key=True)
    elif error.validator == "required":
        for key in (key for key in schema["required"] if key not in instance):
            if f"'{key}'" in error.message:  # jsonschema has an error for each
                described = schema["properties"].get(key, {}).get("description", "")
                yield file.problem(steps, f"{name} needs `{key}`", described)
    elif "propertyNames" in error.absolute_schema_path:
        message = f"`{instance}` is not {schema['title']}"
        yield file.problem((*steps, instance), message, key=True)
    elif error.validator == "uniqueItems":
        yield file.problem(steps, f"{name} names something twice")
    else:
        hint = suggest.hint(str(instance), map(str, schema.get("enum", ())))
        what = schema.get("title", "something else")
        message = f"{name} must be {what}, not {_describe(instance)}"
        yield file.problem(steps, message, hint)


def _describe(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"`{'true' if value else 'false'}`"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = str(value)
    return f"`{text if len(text) <= 40 else text[:39] + '…'}`"
