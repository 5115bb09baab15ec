"""Values that come from several places: an override, the rule, the file's and catalogue's defaults.

The first layer that has a value wins; mappings are merged key by key. Each value keeps the place
where it was written, so that problems and `tocsin explain` can point there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.problem import Position
from tocsin.source import Path, Source

_MISSING = object()


@dataclass(frozen=True)
class Layer:
    """Data from one place. `under` is the path, within the rule, that its keys belong to."""

    name: str  # as people are told: "the rule", "override 1", "the file's defaults", ...
    source: Source
    path: Path
    data: Any
    under: Path = ()

    def get(self, path: Path) -> Any:
        """The value at a path of the rule, `_MISSING` where this layer has none."""
        shared = 0
        if self.under:
            shared = min(len(path), len(self.under))
            if path[:shared] != self.under[:shared]:
                return _MISSING
        value = self.data
        for step in path[shared:] if shared else path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return _MISSING
        for step in reversed(self.under[shared:]):
            value = {step: value}
        return value

    def written(self, path: Path) -> Path:
        """A path of the rule as a path of the file."""
        return (*self.path, *path[len(self.under) :])


def merged(layers: Sequence[Layer], path: Path = ()) -> Any:
    """The value at `path` over all layers, None where none has it."""
    values = [value for layer in layers if (value := layer.get(path)) is not _MISSING]
    return _merge(values) if values else None


def _merge(values: list[Any]) -> Any:
    if not isinstance(values[0], dict):
        return values[0]
    mappings: list[dict[Any, Any]] = []
    for value in values:
        if not isinstance(value, dict):
            break  # a plain value hides what is below it
        mappings.append(value)
    keys = dict.fromkeys(key for mapping in mappings for key in mapping)
    return {key: _merge([m[key] for m in mappings if key in m]) for key in keys}


def origin(layers: Sequence[Layer], path: Path) -> Layer | None:
    """The layer that decides the value at `path`."""
    return next((layer for layer in layers if layer.get(path) is not _MISSING), None)


def raw(layers: Sequence[Layer], path: Path) -> str:
    """A scalar as it was typed, "" for anything else."""
    for layer in layers:
        value = layer.get(path)
        if value is _MISSING:
            continue
        if isinstance(value, str):
            return value  # text is as it was typed
        return layer.source.raw(layer.written(path)) if len(path) >= len(layer.under) else ""
    return ""


def position(layers: Sequence[Layer], path: Path, *, key: bool = False) -> Position | None:
    """Where the value at `path` was written, or its key."""
    layer = origin(layers, path)
    if layer is None or len(path) < len(layer.under):
        return None
    return layer.source.position(layer.written(path), key=key)
