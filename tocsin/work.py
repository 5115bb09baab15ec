"""What is done to one file at a time: read, compiled, checked, and its problems judged.

Files need only know of each other what `Known` tells, so that they can be done in any order, by
several processes, or not at all when nothing has changed since they were done.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tocsin import checks, load, triage
from tocsin.asking.each import each
from tocsin.checks import Check
from tocsin.compile import compiled, outline
from tocsin.frozen import freeze
from tocsin.inhibitions import labels_of_tiers
from tocsin.known import Known, Outline, Question
from tocsin.load import File, Shared
from tocsin.model import Alert, Catalogue, Compiled
from tocsin.problem import Problem
from tocsin.promql.parse import forget
from tocsin.runbooks import Runbooks
from tocsin.server import Server
from tocsin.source import Source
from tocsin.triage import Verdicts

TIERS = "labels of tiers"


class Findings(NamedTuple):
    """What became of a file.

    problems: all that was found in it; told: those of them that are told.
    gathered: by check, what it needs of the file to look at all files together, frozen; its
        questions to the server; for a build the labels of tiers.
    quiet: that there is no rule in it is no problem.
    """

    problems: tuple[Problem, ...]
    told: frozenset[Problem]
    gathered: dict[str, Any]
    rules: int
    alerts: int
    quiet: bool


class Done(NamedTuple):
    """What became of a file, and what that rests on.

    asked: the questions about other files, and their answers. moments: when suppressions end.
    """

    findings: Findings
    asked: dict[Question, object]
    moments: tuple[datetime, ...]


class Part(NamedTuple):
    """A file that was read and compiled, and the problems met on the way."""

    file: File
    compiled: Compiled
    problems: tuple[Problem, ...]


class Work:
    """The files of a run as far as they have been done.

    keeping: files that are done may be needed again, rather than that there are too many to keep.
    network: other machines may be asked. server: the Prometheus to ask, if there is one.
    """

    def __init__(
        self,
        shared: Shared,
        now: datetime,
        *,
        building: bool,
        keeping: bool,
        contents: Mapping[str, bytes | OSError] | None = None,
        network: bool = False,
        server: Server | None = None,
    ) -> None:
        self.shared = shared
        self.now = now
        self.keeping = keeping
        self._building = building
        self.known = Known()  # what files know of each other, once all have been read
        self.runbooks = Runbooks(shared.catalogue.root)
        self._contents = contents or {}
        self._files: dict[str, File] = {}
        self._server = server
        lint = shared.catalogue.settings.lint
        self.wanted = checks.asked(lint, network=network, server=server is not None)
        # A check that would also have asked a server has only half run without one.
        whole = (check for check in self.wanted if server or not check.needs_server)
        whole = (check for check in whole if shared.whole or check.alone)
        ran = triage.ran(shared.catalogue.settings, whole)
        self._verdicts = Verdicts(now, ran, building)
        self._parts: dict[str, Part] = {}

    def part(self, name: str) -> Part:
        """The file `name`, read and compiled."""
        if name not in self._parts:
            file = self._file(name)
            found, problems = compiled(self._catalogue(name, file))
            found = replace(found, known=self.known.view())
            self._parts[name] = Part(file, found, (*file.problems, *problems))
            self._files.pop(name, None)
        return self._parts[name]

    def _file(self, name: str) -> File:
        if name not in self._files:
            path = Path(name)
            content = self._contents.get(name) or load.content(path)
            self._files[name] = load.file(path, content, self.shared.catalogue.settings)
        return self._files[name]

    def _catalogue(self, name: str, file: File) -> Catalogue:
        return self.shared.catalogue.part(name, file.groups, file.rules)

    @property
    def sources(self) -> dict[str, Source]:
        """The files that have been read."""
        return {name: part.file.source for name, part in self._parts.items() if part.file.source}

    def outline(self, name: str) -> Outline:
        """What the other files must know of it."""
        return outline(self._catalogue(name, self._file(name)))

    def done(self, name: str) -> Done:
        """The file's findings, and what they rest on."""
        findings = self.findings(name)
        part = self.part(name)
        moments = triage.moments(part.compiled, _sources(part))
        if self.keeping:  # but not what was worked out
            self._parts[name] = part._replace(compiled=replace(part.compiled))
        else:
            del self._parts[name]
        forget()
        return Done(findings, part.compiled.known.asked, moments)

    def findings(self, name: str) -> Findings:
        """The file's problems, now that it is known what the other files have."""
        part = self.part(name)
        problems = (*part.problems, *checks.of_file(part.compiled, self.wanted))
        return Findings(
            problems,
            self.told(name, problems),
            self._gathered(part.compiled),
            len(part.compiled.catalogue.rules),
            sum(isinstance(output, Alert) for output in part.compiled.outputs),
            part.file.has_ignored,
        )

    def _gathered(self, compiled: Compiled) -> dict[str, Any]:
        found: dict[str, Any] = {
            check.id: freeze(check.across.gather(compiled)) for check in self.wanted if check.across
        }
        if self._building:
            found[TIERS] = labels_of_tiers(compiled)
        for check in self.wanted if self._server else ():
            if check.server:
                found[_questions(check)] = tuple(check.server.gather(compiled))
        return found

    def of_server(self, findings: Mapping[str, Findings]) -> Iterable[Problem]:
        """What the server knows to be wrong. Raises Unanswered where it is gone."""
        for check in self.wanted if self._server else ():
            if check.server and self._server:
                key = _questions(check)
                items = [item for found in findings.values() for item in found.gathered[key]]
                yield from each(self._server, check.server.what, items, check.server.find)

    def told(self, name: str, problems: Iterable[Problem]) -> frozenset[Problem]:
        """Those of a file's problems that are told."""
        part = self.part(name)
        return triage.judged(problems, part.compiled, _sources(part), self._verdicts)

    def told_of_shared(self, problems: Iterable[Problem]) -> frozenset[Problem]:
        """Those of the problems of settings and metrics that are told."""
        catalogue = self.shared.catalogue
        found = (*problems, *triage.unknown_checks(catalogue.settings))
        nothing = Compiled(replace(catalogue, files=()), ())
        return triage.judged(found, nothing, self.shared.sources, self._verdicts)


def _questions(check: Check) -> str:
    """Under which name a check's questions to the server are gathered."""
    return f"{check.id} server"


def _sources(part: Part) -> dict[str, Source]:
    return {part.file.source.name: part.file.source} if part.file.source else {}
