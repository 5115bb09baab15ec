"""What is done to one file at a time: read, compiled, checked, and its problems judged.

Files need only know of each other what `Known` tells, so that they can be done in any order, by
several processes, or not at all when nothing has changed since they were done.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tocsin import checks, load, triage
from tocsin.compile import compiled, outline
from tocsin.known import Known, Outline
from tocsin.load import File, Shared
from tocsin.model import Alert, Compiled
from tocsin.problem import Problem


class Findings(NamedTuple):
    """What became of a file.

    problems: all that was found in it; told: those of them that are told.
    gathered: by check, what it needs of the file to look at all files together.
    quiet: that there is no rule in it is no problem.
    """

    problems: tuple[Problem, ...]
    told: frozenset[Problem]
    gathered: dict[str, Any]
    rules: int
    alerts: int
    quiet: bool


class Part(NamedTuple):
    """A file that was read and compiled, and the problems met on the way."""

    file: File
    compiled: Compiled
    problems: tuple[Problem, ...]


class Work:
    """The files of a run as far as they have been done."""

    def __init__(
        self,
        shared: Shared,
        now: datetime,
        *,
        building: bool,
        content: Callable[[Path], bytes | OSError] = load.content,
    ) -> None:
        self.shared = shared
        self.now = now
        self._building = building
        self._content = content
        self._wanted = checks.asked(shared.catalogue.settings.lint)
        self._parts: dict[str, Part] = {}

    def part(self, name: str) -> Part:
        """The file `name`, read and compiled."""
        if name not in self._parts:
            path = Path(name)
            file = load.file(path, self._content(path), self.shared.catalogue.settings)
            catalogue = self.shared.catalogue.part(name, file.groups, file.rules)
            found, problems = compiled(catalogue)
            self._parts[name] = Part(file, found, (*file.problems, *problems))
        return self._parts[name]

    def outline(self, name: str) -> Outline:
        """What the other files must know of it."""
        return outline(self.part(name).compiled)

    def findings(self, name: str, known: Known) -> Findings:
        """Its problems, now that it is known what the other files have."""
        part = self._knowing(name, known)
        problems = (*part.problems, *checks.of_file(part.compiled, self._wanted))
        return Findings(
            problems,
            self.told(name, problems),
            {
                check.id: check.across.gather(part.compiled)
                for check in self._wanted
                if check.across
            },
            len(part.compiled.catalogue.rules),
            sum(isinstance(output, Alert) for output in part.compiled.outputs),
            part.file.has_ignored,
        )

    def across(self, findings: Mapping[str, Findings]) -> Iterable[Problem]:
        """What is wrong with files together."""
        for check in self._wanted:
            if check.across:
                gathered = {name: found.gathered[check.id] for name, found in findings.items()}
                yield from check.across.judge(gathered, lambda name: self.part(name).compiled)

    def told(self, name: str, problems: Iterable[Problem]) -> frozenset[Problem]:
        """Those of a file's problems that are told."""
        part = self.part(name)
        sources = {name: part.file.source} if part.file.source else {}
        return triage.judged(problems, part.compiled, sources, self.now, building=self._building)

    def told_of_shared(self, problems: Iterable[Problem]) -> frozenset[Problem]:
        """Those of the problems of settings and metrics that are told."""
        catalogue = self.shared.catalogue
        found = (*problems, *triage.unknown_checks(catalogue.settings))
        nothing = Compiled(replace(catalogue, files=()), ())
        return triage.judged(found, nothing, self.shared.sources, self.now, building=self._building)

    def _knowing(self, name: str, known: Known) -> Part:
        part = self.part(name)
        found = replace(part.compiled, known=known.view())
        self._parts[name] = part._replace(compiled=found)
        return self._parts[name]
