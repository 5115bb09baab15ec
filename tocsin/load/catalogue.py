"""Reads every file, even after one has failed, so that one run tells every problem."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tocsin import controls, problem, schema, yamldoc
from tocsin.lintsettings import listed
from tocsin.load import files, rules, settings
from tocsin.model import Catalogue, Metric, Rule, RuleGroup, Settings
from tocsin.problem import Position, Problem
from tocsin.source import Source


@dataclass(frozen=True)
class Loaded:
    """A catalogue as far as it could be read. `missing`: paths that were asked for in vain."""

    catalogue: Catalogue
    problems: tuple[Problem, ...]
    sources: dict[str, Source]
    missing: bool


def load(paths: Iterable[Path]) -> Loaded:
    """The catalogue under `paths` (folders or files) and every problem of its files."""
    found = files.find(tuple(paths))
    reader = _Reader()
    for path in found.missing:
        message = f"{path} does not exist"
        reader.problems.append(problem.error(Position(str(path)), "file/read", message))
    shared = reader.settings(found.settings)
    if found.root is None and shared.source:
        found = reader.chosen(found, shared.source)
    metrics = reader.metrics(found.metrics)
    groups, entries = reader.rules(found.rules, shared)
    if not entries and not reader.problems and not reader.has_ignored():
        place = Position(str(next(iter(paths), ".")))
        message = "0 rules: there is no rule here"
        hint = "name a folder with rule files (*.yaml), or a rule file"
        reader.problems.append(problem.error(place, "file/empty", message, hint))
    names = tuple(str(path) for path in found.rules)
    catalogue = Catalogue(found.root, shared, tuple(groups), tuple(entries), metrics, names)
    problems = tuple(_told_once(reader.problems))
    return Loaded(catalogue, problems, reader.sources, bool(found.missing))


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

    def has_ignored(self) -> bool:
        """Whether a file has lines that are not to be looked at."""
        return any(controls.ignored(source.text) for source in self.sources.values())

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

    def rules(self, paths: Iterable[Path], shared: Settings) -> tuple[list[RuleGroup], list[Rule]]:
        groups: list[RuleGroup] = []
        entries: list[Rule] = []
        for path in paths:
            source = self._read(path)
            if source is None:
                continue
            more_groups, more_rules, problems = rules.rules(source, shared)
            groups += more_groups
            entries += more_rules
            self.problems += problems
        return groups, entries

    def _valid(self, path: Path, schema_name: str) -> Source | None:
        source = self._read(path)
        if source is None:
            return None
        findings = schema.check(source, schema_name)
        if schema_name == "catalogue":
            findings += schema.check_defaults(source, whole=True) + schema.check_relay(source)
        self.problems += [finding.problem for finding in findings]
        return None if findings else source

    def _read(self, path: Path) -> Source | None:
        """The file's Source; None, and a problem, when it cannot be used at all."""
        name = str(path)
        try:
            content = path.read_bytes()
        except OSError as exc:
            message = f"cannot be read: {exc.strerror or exc}"
            self.problems.append(problem.error(Position(name), "file/read", message))
            return None
        source, problems = yamldoc.read(name, content)
        if problems and controls.ignored(source.text):
            source, problems = _without_ignored(source)
        self.sources[name] = source
        self.problems += problems
        return source if source.data is not None else None


def _without_ignored(source: Source) -> tuple[Source, list[Problem]]:
    """A file that is no YAML unless what pint's comments take away is taken away, as templates."""
    read, problems = yamldoc.parsed(source.name, controls.blanked(source.text))
    if read.root is None:
        problems = [found for found in problems if found.check != "file/empty"]
    return replace(read, text=source.text), problems
