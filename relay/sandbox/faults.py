"""Trouble on demand: what the sandbox was told to do wrong, and how often."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

LONGEST_HANG = 300.0  # seconds


@dataclass(frozen=True)
class Fault:
    """What happens to the next `times` calls of `method` ("*": any).

    error: Slack's answer {"ok": false, "error": ...}. status: this HTTP status, with
    `retry_after` (seconds) as its Retry-After. hang: seconds before the answer. drop: the
    connection is closed without one. accept: the call takes effect first, as when an answer is
    lost on its way.
    """

    method: str
    error: str = ""
    status: int = 0
    retry_after: int = 0
    hang: float = 0.0
    drop: bool = False
    accept: bool = False
    times: int = 1

    @property
    def answers(self) -> bool:
        """Whether the fault replaces the answer; one that only hangs does not."""
        return bool(self.error or self.status or self.drop)


def parse(body: object) -> Fault:
    """A fault from JSON; ValueError says what is wrong with it, for a person."""
    if not isinstance(body, Mapping):
        raise ValueError("a fault is an object")
    known = {field: type(value) for field, value in asdict(Fault("")).items()}
    if unknown := sorted(body.keys() - known.keys()):
        raise ValueError(f"not known here: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    values: dict[str, Any] = {}
    for key, value in body.items():
        kind = known[key]
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise ValueError(f"{key} must be of type {kind.__name__}")
        values[key] = value
    fault = Fault(**{"method": "*", "accept": bool(values.get("drop")), **values})
    if not (fault.answers or fault.hang):
        raise ValueError("say what goes wrong: error, status, hang or drop")
    if fault.times < 1 or not 0 <= fault.hang <= LONGEST_HANG:
        raise ValueError(f"times is 1 or more, hang 0 to {LONGEST_HANG:.0f} seconds")
    if fault.status and not 400 <= fault.status <= 599:
        raise ValueError("status is 400 to 599")
    return fault


class Faults:
    """The faults in force, the oldest first; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def take(self, method: str) -> Fault | None:
        """The oldest fault for a call of `method`, used up by one; None when there is none."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.method in {method, "*"}:
                    left = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                    self._faults[index : index + 1] = left
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]
