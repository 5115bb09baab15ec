"""A target of Prometheus's file-based service discovery, and what Prometheus refuses in its file.

Prometheus drops a whole file, with all targets in it, for one label that is not text.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from daemonkit.problem import KitError

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(\d{1,5})")
IDENTITY = ("platform", "host", "service")


@dataclass(frozen=True)
class Target:
    """One address, "host:port", and its labels."""

    address: str
    labels: Mapping[str, str]

    def __post_init__(self) -> None:
        """Raises KitError for what Prometheus would refuse, or nobody could find again."""
        wrong = [f"{name} is missing" for name in IDENTITY if not self.labels.get(name)]
        wrong += [*_wrong_labels(self.labels), *_wrong_address(self.address)]
        if wrong:
            raise KitError("cannot register: " + "; ".join(wrong))

    @property
    def file_name(self) -> str:
        """One per platform, host and service (and `instance`, if that is a label, too)."""
        names = [*IDENTITY, *(["instance"] if "instance" in self.labels else [])]
        # What is quoted can hold no "@": two targets share a name only if they are the same.
        return (
            "@".join(quote(self.labels[name], safe="", errors="replace") for name in names)
            + ".json"
        )

    @property
    def text(self) -> str:
        """What is in its file."""
        group = {"targets": [self.address], "labels": dict(self.labels)}
        return json.dumps([group], indent=2) + "\n"


@dataclass(frozen=True)
class Group:
    """One group of a file that somebody wrote: addresses that share labels."""

    addresses: tuple[str, ...]
    labels: Mapping[str, str]


def parse(text: str) -> tuple[Group, ...]:
    """The groups of a file; KitError with what makes Prometheus refuse it."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KitError(f"not JSON: {error}") from None
    if not isinstance(data, list):
        raise KitError("must be a list of groups of targets")
    return tuple(_group(each) for each in data)


def _group(data: Any) -> Group:
    if not isinstance(data, dict):
        raise KitError('a group must be {"targets": [...], "labels": {...}}')
    if unknown := sorted(set(data) - {"targets", "labels"}):
        raise KitError(f"`{unknown[0]}` is not known to Prometheus; known: `labels`, `targets`")
    targets, labels = data.get("targets") or [], data.get("labels") or {}
    if not isinstance(targets, list) or not isinstance(labels, dict):
        raise KitError("`targets` must be a list, and `labels` a mapping")
    wrong = [*_wrong_labels(labels), *(text for each in targets for text in _wrong_address(each))]
    if wrong:
        raise KitError("; ".join(wrong))
    return Group(tuple(targets), labels)


def _wrong_labels(labels: Mapping[Any, Any]) -> list[str]:
    wrong = []
    for name, value in labels.items():
        if not isinstance(name, str) or not _LABEL_NAME.fullmatch(name):
            wrong.append(f"`{name}` is no label name: letters, digits and _ only")
        if not isinstance(value, str):
            wrong.append(f"label `{name}` must be text, not {value!r}")
    return wrong


def _wrong_address(address: Any) -> list[str]:
    found = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if found and 0 < int(found[1]) < 65_536:
        return []
    return [f"{address!r} is no address such as h1.example.org:9101"]
