"""One call of a method of Slack's, and how its arguments are read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relay.sandbox.refused import RefusedError
from relay.sandbox.workspace import Workspace


@dataclass(frozen=True)
class Call:
    """One call: `arguments` as sent, JSON texts not read yet; `root`: the sandbox's own URL."""

    workspace: Workspace
    arguments: Mapping[str, Any]
    now: float
    root: str

    def text(self, name: str) -> str:
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "1"}

    def given(self, name: str) -> str:
        if not (value := self.text(name)):
            raise RefusedError("invalid_arguments", detail=f"{name} is missing")
        return value

    def array(self, name: str, error: str) -> list[dict[str, Any]] | None:
        """A list that may come as JSON text; None when it was not sent."""
        value = self.arguments.get(name)
        if isinstance(value, str) and value:
            try:
                value = json.loads(value)
            except ValueError:
                raise RefusedError(error) from None
        if value is None or value == "":
            return None
        if not isinstance(value, list):
            raise RefusedError(error)
        return value
