"""Reads every file, even after one has failed, so that one run tells every problem."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tocsin import controls, problem, schema, yamldoc
from tocsin.lintsettings import listed
from tocsin.load import files, rules, settings
from tocsin.load.files import Found
from tocsin.load.homes import homes
from tocsin.model import Catalogue, Metric, Rule, RuleGroup, Settings
from tocsin.problem import Position, Problem
from tocsin.source import Source


@dataclass(frozen=True)
class Shared:
    """What all rule files share, and which they are.

    catalogue: as yet without groups and rules. problems: those of settings and metrics, and of
    paths that were asked for in vain, of which `missing` tells. asked: the first path asked for.
    told: the files whose problems are told, None for all. whole: there are no other rule files
    that these could need.
    """

    catalogue: Catalogue
    files: tuple[Path, ...]
    problems: tuple[Problem, ...]
    sources: dict[str, Source]
    missing: bool
    asked: Path
    told: frozenset[str] | None = None
    whole: bool = True


@dataclass(frozen=True)
class File:
    """One rule file as far as it could be read; without a source it could not be read at all."""

    source: Source | None
    groups: tuple[RuleGroup, ...] = ()
    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def has_ignored(self) -> bool:
        """Whether it has lines that are not to be looked at."""
        return self.source is not None and bool(controls.ignored(self.source.text))


@dataclass(frozen=True)
class Loaded:
    """A catalogue as far as it could be read. `missing`: paths that were asked for in vain."""

    catalogue: Catalogue
    problems: tuple[Problem, ...]
    sources: dict[str, Source]
    missing: bool


def load(paths: Iterable[Path]) -> Loaded:
    """The catalogue under `paths` (folders or files) and every problem of its files."""
    common = shared(paths)
    read = [file(path, content(path), common.catalogue.settings) for path in common.files]
    problems = [*common.problems, *(found for one in read for found in one.problems)]
    entries = tuple(rule for one in read for rule in one.rules)
    if not entries and not problems and not any(one.has_ignored for one in read):
        problems.append(nothing_there(common))
    groups = tuple(group for one in read for group in one.groups)
    catalogue = replace(common.catalogue, groups=groups, rules=entries)
    sources = common.sources | {one.source.name: one.source for one in read if one.source}
    return Loaded(catalogue, tuple(problems), sources, common.missing)


def shared(paths: Iterable[Path]) -> Shared:
    """What the rule files under `paths` (folders or files) share."""
    paths = tuple(paths)
    return _shared(files.find(paths), paths)


def worlds(paths: Iterable[Path]) -> list[Shared]:
    """The same, apart for each settings file that rule files under `paths` have; at least one."""
    paths = tuple(paths)
    return [
        replace(_shared(home.found, paths), told=home.asked, whole=home.whole)
        for home in homes(paths)
    ]


def _shared(found: Found, paths: tuple[Path, ...]) -> Shared:
    reader = _Reader()
    for path in found.missing:
        message = f"{path} does not exist"
        reader.problems.append(problem.error(Position(str(path)), "file/read", message))
    known = reader.settings(found.settings)
    if found.root is None and known.source:
        found = reader.chosen(found, known.source)
    metrics = reader.metrics(found.metrics)
    names = tuple(str(path) for path in found.rules)
    return Shared(
        catalogue=Catalogue(found.root, known, (), (), metrics, names),
        files=found.rules,
        problems=tuple(_told_once(reader.problems)),
        sources=reader.sources,
        missing=bool(found.missing),
        asked=next(iter(paths), Path()),
    )


def nothing_there(shared: Shared) -> Problem:
    """That no file holds a rule, which is nobody's intention."""
    message = "0 rules: there is no rule here"
    hint = "name a folder with rule files (*.yaml), or a rule file"
    return problem.error(Position(str(shared.asked)), "file/empty", message, hint)


def content(path: Path) -> bytes | OSError:
    """What a file holds, or why it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as exc:
        return exc


def file(path: Path, content: bytes | OSError, settings: Settings) -> File:
    """One rule file."""
    reader = _Reader()
    source = reader.read(str(path), content)
    groups: list[RuleGroup] = []
    entries: list[Rule] = []
    if source is not None and source.data is not None:
        groups, entries, problems = rules.rules(source, settings)
        reader.problems += problems
    return File(source, tuple(groups), tuple(entries), tuple(_told_once(reader.problems)))


def settings_of(paths: Iterable[Path]) -> Settings:
    """What would be the settings of what is under `paths`; the defaults where they are faulty."""
    return _Reader().settings(files.find(tuple(paths)).settings)


def _told_once(problems: list[Problem]) -> list[Problem]:
    """Without what only follows from a line's being no proper YAML."""
    broken = {(p.position.file, p.position.line) for p in problems if p.check == "yaml/syntax"}
    return [
        found
        for found in problems
        if found.check == "yaml/syntax" or (found.position.file, found.position.line) not in broken
    ]


class _Reader:
    """Reads files one by one and keeps what it met."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sources: dict[str, Source] = {}

    def settings(self, path: Path | None) -> Settings:
        kind = "tocsin" if path and path.name == files.PLAIN_SETTINGS else "catalogue"
        source = self._valid(path, kind) if path else None
        if source is None:
            return Settings()
        found, problems = settings.settings(source)
        self.problems += problems
        return found

    def chosen(self, found: files.Found, source: Source) -> files.Found:
        """The files that a tocsin.yaml chooses among those found."""
        known = listed(source.data.get("metrics"))
        chosen = files.chosen(found, listed(source.data.get("exclude")), known)
        if known and not chosen.metrics:
            message = f"no file matches {' or '.join(f'`{pattern}`' for pattern in known)}"
            place = source.position(("metrics",))
            hint = "patterns start at the folder of this file"
            self.problems.append(problem.error(place, "file/read", message, hint))
        return chosen

    def metrics(self, paths: Iterable[Path]) -> dict[str, Metric]:
        known: dict[str, Metric] = {}
        for path in paths:
            if source := self._valid(path, "metrics"):
                known.update(settings.metrics(source))
        return known

    def read(self, name: str, content: bytes | OSError) -> Source | None:
        """The file's Source, without data where it is no YAML; None where it cannot be read."""
        if isinstance(content, OSError):
            message = f"cannot be read: {content.strerror or content}"
            self.problems.append(problem.error(Position(name), "file/read", message))
            return None
        source, problems = yamldoc.read(name, content)
        if problems and controls.ignored(source.text):
            source, problems = _without_ignored(source)
        self.sources[name] = source
        self.problems += problems
        return source

    def _valid(self, path: Path, schema_name: str) -> Source | None:
        source = self.read(str(path), content(path))
        if source is None or source.data is None:
            return None
        findings = schema.check(source, schema_name)
        if schema_name == "catalogue":
            findings += schema.check_defaults(source, whole=True) + schema.check_relay(source)
        self.problems += [finding.problem for finding in findings]
        return None if findings else source


def _without_ignored(source: Source) -> tuple[Source, list[Problem]]:
    """A file that is no YAML unless what pint's comments take away is taken away, as templates."""
    read, problems = yamldoc.parsed(source.name, controls.blanked(source.text))
    if read.root is None:
        problems = [found for found in problems if found.check != "file/empty"]
    return replace(read, text=source.text), problems
