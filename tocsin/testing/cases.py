"""Every test of a catalogue, written or generated, as promtool runs it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tocsin import durations
from tocsin.emit import promtool_tests
from tocsin.model import Compiled, Rule
from tocsin.problem import Position
from tocsin.testing import promtool_files, readable
from tocsin.testing.model import Generated, Unsolved


@dataclass(frozen=True)
class Case:
    """One test of one rule. `step` is how often rules are evaluated, in milliseconds."""

    rule: Rule
    title: str
    step: int
    test: dict[str, Any] = field(compare=False)
    written: int | None = None  # its place in the rule's `tests`; None for a generated one
    generated: Generated | None = None

    @property
    def watched(self) -> list[dict[str, str]]:
        """The labels of the alerts that it asks for; none where it asks for all of the rule."""
        made = self.generated
        if made is None or self.rule.kind == "absent":
            return []
        found = {frozenset(made.watched(check).items()): check for check in made.checks}
        return [made.watched(check) for check in found.values()]

    def place(self, output: str) -> Position:
        """The part of the YAML that a failure is about: the time, or the limit."""
        if self.written is not None:
            time = readable.failed_time(output)
            known = self.rule.data["tests"][self.written]["firing"]
            at = ("firing", time) if time in known else ()
            return self.rule.at("tests", self.written, *at)
        return self.rule.at(*(self.generated.about if self.generated else ()))


@dataclass(frozen=True)
class Scope:
    """The tests that were asked for. complete: the written ones and the generated ones."""

    compiled: Compiled
    cases: tuple[Case, ...]
    unsolved: tuple[Unsolved, ...] = ()
    complete: bool = True


def written(compiled: Compiled) -> Iterator[Case]:
    """The tests that people wrote, in their order."""
    for rule in compiled.catalogue.rules:
        if rule.data.get("tests"):
            step = durations.parse(rule.group.every(compiled.catalogue.settings))
            for index, test in enumerate(promtool_tests.tests(rule, compiled)):
                title = promtool_tests.title(rule, index)
                yield Case(rule, title, step, test, written=index)


def generated(found: list[Generated]) -> Iterator[Case]:
    """The tests that nobody wrote."""
    for one in found:
        test = promtool_files.promtool_test(one)
        yield Case(one.rule, promtool_files.title(one), one.step, test, generated=one)
