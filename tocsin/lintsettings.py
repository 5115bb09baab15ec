"""The `lint` section of catalogue.yaml and tocsin.yaml: how loud each check is, and its settings.

A section speaks of all rules first (`checks`), then of parts of them (`overrides`, by path, owner,
group); what is said later wins, and a check's own name wins over a pattern such as `promql/*`.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import Any

from tocsin.problem import Severity

OFF = "off"
SEVERITY = "severity"  # the one setting that every check has
_WORDS = {severity.label: severity for severity in Severity}


@dataclass(frozen=True)
class Subject:
    """What an override may ask for: where a problem is, and who answers for it."""

    file: str = ""
    owner: str = ""
    group: str = ""


@dataclass(frozen=True)
class Part:
    """What is said of the rules that match. checks: pattern of check IDs -> settings."""

    checks: Mapping[str, Mapping[str, Any]]
    paths: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lint:
    """A section as data. folder: that of its file; paths in it start there. prometheus: how to ask
    the server of `--prometheus`."""

    folder: Path | None = None
    parts: tuple[Part, ...] = ()
    prometheus: Mapping[str, Any] = field(default_factory=dict)

    def options(self, check: str, subject: Subject) -> Mapping[str, Any]:
        """What is set for a check where `subject` is concerned; {} where nothing is."""
        found: dict[str, Any] = {}
        for part in self._look_up(check):
            if self._matches(part, subject):
                for _, settings in sorted(_named(part, check), key=itemgetter(0)):
                    found.update(settings)
        return found

    def severity(self, check: str, subject: Subject) -> Severity | str | None:
        """How loud a check is to be: a severity, `OFF`, or None for its default."""
        written = self.options(check, subject).get(SEVERITY)
        return _WORDS.get(written, written) if written else None

    def mentions(self, check: str) -> bool:
        """Whether the section says anything of a check; opt-in checks run only then."""
        return bool(self._look_up(check))

    def is_off(self, check: str) -> bool:
        """Whether nothing of a check is to be told, whatever it is about."""
        about = self._look_up(check)
        return about[:1] == self.parts[:1] != () and all(
            settings.get(SEVERITY) == OFF for part in about for _, settings in _named(part, check)
        )

    def names(self) -> Iterator[tuple[int, str]]:
        """Each pattern of check IDs that is written, with the number of its part (0: `checks`)."""
        for index, part in enumerate(self.parts):
            for pattern in part.checks:
                yield index, pattern

    @cached_property
    def _about(self) -> dict[str, tuple[Part, ...]]:
        return {}

    @cached_property
    def _paths(self) -> dict[str, tuple[str, ...]]:
        return {}

    def _look_up(self, check: str) -> tuple[Part, ...]:
        if check not in self._about:
            self._about[check] = tuple(part for part in self.parts if any(_named(part, check)))
        return self._about[check]

    def _matches(self, part: Part, subject: Subject) -> bool:
        if part.owners and not any(matches(pattern, subject.owner) for pattern in part.owners):
            return False
        if part.groups and not any(matches(pattern, subject.group) for pattern in part.groups):
            return False
        return not part.paths or any(
            matches_path(pattern, path)
            for pattern in part.paths
            for path in self._spellings(subject.file)
        )

    def _spellings(self, file: str) -> tuple[str, ...]:
        """A file as seen from the section's folder, and from the one above: `rules/host.yaml`."""
        if file not in self._paths:
            base = (self.folder or Path()).resolve()
            inside = PurePosixPath(Path(os.path.relpath(Path(file).resolve(), base)).as_posix())
            self._paths[file] = (str(inside), str(PurePosixPath(base.name) / inside))
        return self._paths[file]


def read(data: Mapping[str, Any], folder: Path | None) -> Lint:
    """A section that is valid by its schema."""
    parts = [Part(_checks(data))]
    for override in data.get("overrides", ()):
        where = override["where"]
        paths, owners, groups = (listed(where.get(key)) for key in ("path", "owner", "group"))
        parts.append(Part(_checks(override), paths, owners, groups))
    return Lint(folder, tuple(parts), data.get("prometheus", {}))


def _checks(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {check: _settings(written) for check, written in data.get("checks", {}).items()}


def _settings(written: Any) -> dict[str, Any]:
    """`warning` is short for `{severity: warning}`; YAML reads `off` as false."""
    settings = dict(written) if isinstance(written, dict) else {SEVERITY: written}
    if settings.get(SEVERITY) is False:
        settings[SEVERITY] = OFF
    return settings


def listed(written: Any) -> tuple[str, ...]:
    """One pattern, or a list of them, as it was read."""
    if written is None:
        return ()
    return (written,) if isinstance(written, str) else tuple(written)


def _named(part: Part, check: str) -> Iterator[tuple[tuple[bool, int], Mapping[str, Any]]]:
    """The settings of a part that are about a check, and how much each of them counts."""
    for pattern, settings in part.checks.items():
        if matches(pattern, check):
            yield (pattern == check, len(pattern)), settings


def matches(pattern: str, word: str) -> bool:
    """Whether a pattern with `*` and `?` is `word`."""
    return pattern == word or bool(_compiled(pattern, ".").fullmatch(word))


def matches_path(pattern: str, path: str) -> bool:
    """Whether a pattern is `path`: `*` stays within a folder, `**` does not.

    A pattern without `/` is a file's name in whatever folder; one that ends in `/` is a folder.
    """
    if pattern.endswith("/"):
        pattern += "**"
    elif "/" not in pattern:
        path = path.rpartition("/")[2]
    return bool(_compiled(pattern.removeprefix("./"), "[^/]").fullmatch(path))


@lru_cache
def _compiled(pattern: str, one: str) -> re.Pattern[str]:
    spelt = {"**/": "(?:.*/)?", "**": ".*", "*": f"{one}*", "?": one}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(spelt.get(part) or re.escape(part) for part in parts), re.DOTALL)
