"""Plain data as bytes and back, for the cache and for what is seldom looked at again."""

import io
import pickle
from dataclasses import is_dataclass
from enum import Enum
from typing import Any


def freeze(data: object) -> bytes:
    """The bytes of `data`."""
    return pickle.dumps(data, pickle.HIGHEST_PROTOCOL)


def thaw(content: bytes) -> Any:
    """What was frozen. Raises whatever comes to pickle's mind where that is damaged."""
    return _Unpickler(io.BytesIO(content)).load()


class _Unpickler(pickle.Unpickler):
    """Makes only plain data of ours: a cache is no way to run somebody's code."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in {"datetime", "timedelta", "timezone"}:
            return super().find_class(module, name)
        found = super().find_class(module, name) if module.startswith("tocsin.") else None
        if isinstance(found, type) and (is_dataclass(found) or issubclass(found, tuple | Enum)):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a cache")
