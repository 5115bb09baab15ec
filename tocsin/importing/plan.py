"""What becomes of each rule, decided by trying: a draft is taken if it compiles to the original.

All first drafts are written, compiled by the real pipeline and held against the original; where
they differ, the next draft is tried. So recognising a kind can be clumsy, but never wrong.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from tocsin import pipeline
from tocsin.importing import recognise, told, writer
from tocsin.importing.home import Home
from tocsin.importing.original import Form, Group, Rule, compiled_form, form
from tocsin.importing.tree import Bare, Draft, Entry, Text
from tocsin.load.files import SETTINGS
from tocsin.problem import Problem
from tocsin.promql.parse import parse


@dataclass(frozen=True)
class Choice:
    """Rules of the original, the drafts that may stand for them, and which one is being tried."""

    rules: tuple[Rule, ...]
    drafts: tuple[Draft, ...]
    trying: int = 0

    @property
    def draft(self) -> Draft:
        """The draft that is being tried."""
        return self.drafts[self.trying]


@dataclass(frozen=True)
class Plan:
    """A group of the original, the name it gets, and what its rules become."""

    group: Group
    name: str
    choices: tuple[Choice, ...]


def settle(plans: Sequence[Plan], home: Home) -> tuple[list[Plan], list[Problem]]:
    """The plans with the first drafts that compile to the original, and what none does."""
    while True:
        compiled = _compiled(plans, home)
        wrong = [
            {
                at
                for at, choice in enumerate(plan.choices)
                if not _equal(choice, found.get(at, []), home)
            }
            for plan, found in zip(plans, compiled, strict=True)
        ]
        settled = [_without(plan, bad, home) for plan, bad in zip(plans, wrong, strict=True)]
        if settled == list(plans):
            break
        plans = settled
    problems = [
        found
        for plan, bad, forms in zip(plans, wrong, compiled, strict=True)
        for at in sorted(bad)
        for found in _different(plan.choices[at], forms.get(at, []), home)
    ]
    return list(plans), problems


def plan(group: Group, name: str, home: Home) -> Plan:
    """A group with all that its rules may become."""
    runs = recognise.runs(group.rules, home.severities)
    return Plan(group, name, tuple(_choice(rules, group, home) for rules in runs))


def text(found: Plan, home: Home) -> str:
    """The catalogue file of a group, as far as it is settled."""
    group = found.group
    drafts = [choice.draft for choice in found.choices]
    head = [home.schema_line("rules"), *group.head]
    return writer.file(head, list(_header(found, home)), drafts, group.notes)


def _choice(rules: tuple[Rule, ...], group: Group, home: Home) -> Choice:
    return Choice(rules, tuple(recognise.drafts(rules, group.notes, home.severities)))


def _without(found: Plan, bad: set[int], home: Home) -> Plan:
    """The plan with the next drafts where the present ones are bad."""
    choices: list[Choice] = []
    for at, choice in enumerate(found.choices):
        if at not in bad:
            choices.append(choice)
        elif choice.trying + 1 < len(choice.drafts):
            choices.append(replace(choice, trying=choice.trying + 1))
        elif len(choice.rules) > 1:
            choices += [_choice((rule,), found.group, home) for rule in choice.rules]
        else:
            choices.append(choice)
    return replace(found, choices=tuple(choices))


def _header(found: Plan, home: Home) -> Iterator[Entry]:
    group = found.group
    yield Entry("group", Text(found.name), (group.path, (*group.path, "name")))
    if home.owner:
        yield Entry("owner", Text(home.owner))
    for key, written in group.header.items():
        value = Bare(written) if written.isdigit() else Text(written)
        yield Entry(key, value, ((*group.path, key),))
    yield from recognise.mapping("labels", group.labels, group.notes, (*group.path, "labels"))
    yield Entry("rules", (), ((*group.path, "rules"),))


def _compiled(plans: Sequence[Plan], home: Home) -> list[dict[int, list[Form]]]:
    """For each plan, what the rules of its file compile to, by their places in it."""
    found: dict[str, dict[int, list[Form]]] = {}
    with tempfile.TemporaryDirectory(prefix="tocsin-import-") as folder:
        root = FilePath(folder)
        (root / SETTINGS).write_bytes(home.settings)
        paths = [root / f"{number}.yaml" for number in range(len(plans))]
        for path, one in zip(paths, plans, strict=True):
            path.write_text(text(one, home), encoding="utf-8")
        for output in pipeline.run((root,)).compiled.outputs:
            place = output.rule.path[-1]
            assert isinstance(place, int)  # noqa: S101 # a rule is an item of a list
            of_file = found.setdefault(output.rule.source.name, {})
            of_file.setdefault(place, []).append(compiled_form(output))
    return [found.get(str(path), {}) for path in paths]


def _equal(choice: Choice, compiled: list[Form], home: Home) -> bool:
    return _wanted(choice, home) == compiled


def _wanted(choice: Choice, home: Home) -> list[Form]:
    forms = [form(rule) for rule in choice.rules]
    if not home.owner or choice.rules[0].recording:
        return forms
    return [replace(one, labels={"owner": home.owner, **one.labels}) for one in forms]


def _different(choice: Choice, compiled: list[Form], home: Home) -> Iterable[Problem]:
    """What of a rule is not as in the original, though everything was tried."""
    rule = choice.rules[0]
    if parse(rule.expr.value).fault:
        return  # told already
    wanted = _wanted(choice, home)[0]
    got = compiled[:1]
    names = [name for name, value in vars(wanted).items() if got and vars(got[0])[name] != value]
    other = ", ".join(f"`{name.rstrip('_')}`" for name in names)
    message = f"`{rule.name}` does not compile to what it was" + (
        f": other {other}" if other else ""
    )
    hint = "the catalogue's settings change what a plain rule means"
    yield told.lost(rule.source.position(rule.path), message, hint, rule.name)


def counted(plans: Iterable[Plan]) -> Mapping[str, int]:
    """How many catalogue rules there are of each kind."""
    found: dict[str, int] = {}
    for one in plans:
        for choice in one.choices:
            found[choice.draft.kind] = found.get(choice.draft.kind, 0) + 1
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
