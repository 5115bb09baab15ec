"""What stands where: the rule or group that a problem is about, by its place in the file."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property

from tocsin.lintsettings import Subject
from tocsin.model import Catalogue, Rule, RuleGroup
from tocsin.problem import Problem


class Places:
    """The rules and groups of a catalogue, by file and line."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def subject(self, problem: Problem) -> Subject:
        """What the `lint` section may ask of a problem."""
        found = self.rule(problem) or self._at(self._groups, problem)
        if isinstance(found, Rule):
            return found.subject
        if found is not None:
            return Subject(problem.position.file, found.owner, found.name)
        return Subject(problem.position.file)

    def rule(self, problem: Problem) -> Rule | None:
        """The rule that a problem stands in, else the one that it names: what is wrong with a rule
        may stand in the defaults that it takes over."""
        found = self._at(self._rules, problem)
        if isinstance(found, Rule):
            return found
        named = self._named.get(problem.rule, ()) if problem.rule else ()
        return named[0] if len(named) == 1 else None

    def speaks_of(self, problem: Problem, words: str) -> bool:
        """Whether a problem is about `words`: a metric, a label, a selector of its rule.

        Words that the rule does not hold are taken for what lies outside of it, such as the name
        of a server, and every problem is about that.
        """
        rule = self.rule(problem)
        name = re.split(r"[{:(]", words, maxsplit=1)[0].strip() or words
        word = re.compile(rf"(?<![\w:]){re.escape(name)}(?![\w:])")
        if rule is None or not word.search(_text(rule)):
            return True
        place = problem.position
        lines = rule.source.lines[place.line - 1 : place.end_line]
        if len(lines) == 1:
            lines = [lines[0][place.column - 1 : place.end_column - 1]]
        return any(word.search(text) for text in (*lines, problem.message))

    def _at(
        self, starts: dict[str, list[tuple[int, Rule | RuleGroup]]], problem: Problem
    ) -> Rule | RuleGroup | None:
        known = starts.get(problem.position.file, ())
        index = bisect_right(known, problem.position.line, key=lambda entry: entry[0])
        if not index:
            return None
        found = known[index - 1][1]
        end = found.source.position(found.path).end_line
        return found if problem.position.line <= end else None

    @cached_property
    def _rules(self) -> dict[str, list[tuple[int, Rule | RuleGroup]]]:
        return _by_file(self._catalogue.rules)

    @cached_property
    def _groups(self) -> dict[str, list[tuple[int, Rule | RuleGroup]]]:
        return _by_file(self._catalogue.groups)

    @cached_property
    def _named(self) -> dict[str, list[Rule]]:
        found: dict[str, list[Rule]] = {}
        for rule in self._catalogue.rules:
            found.setdefault(rule.name, []).append(rule)
        return found


def _text(rule: Rule) -> str:
    place = rule.source.position(rule.path)
    return "\n".join(
        line
        for line in rule.source.lines[place.line - 1 : place.end_line]
        if not line.lstrip().startswith("#")
    )


def _by_file(
    written: Iterable[Rule | RuleGroup],
) -> dict[str, list[tuple[int, Rule | RuleGroup]]]:
    found: dict[str, list[tuple[int, Rule | RuleGroup]]] = {}
    for entry in written:
        line = entry.source.position(entry.path).line
        found.setdefault(entry.source.name, []).append((line, entry))
    for entries in found.values():
        entries.sort(key=lambda entry: entry[0])
    return found
