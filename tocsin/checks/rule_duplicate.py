"""The same rule twice: Prometheus would evaluate it twice and send one alert's two versions.

Two rules are the same when name, expression and labels are. Two alerts with one name and the same
labels whose expressions can be true for the same series are one alert to Alertmanager, too: nobody
can tell which of them fires. And two groups of one catalogue must not share a name, because output,
dashboards and silences know them by it.

Bad:

    - alert: HostDown
      expr: up == 0
    - alert: HostDown
      expr: up==0

Bad:

    - alert: LoadHigh
      expr: node_load1 > 5
    - alert: LoadHigh
      expr: node_load1{job="node"} > 10

Good:

    - alert: LoadHigh
      expr: node_load1{job!="database"} > 5
    - alert: LoadHigh
      expr: node_load1{job="database"} > 10
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from tocsin import problem
from tocsin.checks.check import Across, Check
from tocsin.flows import flows
from tocsin.model import Alert, Compiled, Recording, RuleGroup
from tocsin.problem import Problem, Severity
from tocsin.promql import overlap
from tocsin.promql.parse import parse
from tocsin.source import Path

_MOST = 30  # rules of one name and the same labels that are compared with another one
_DIGEST = 12  # bytes: enough that two rules never share one by chance

Parts = Callable[[str], Compiled]
Place = tuple[str, int]  # a file, and which of its outputs or groups


class Identity(NamedTuple):
    """What tells an output apart. family: shared by all that may overlap; rule: its path."""

    whole: bytes
    family: bytes
    rule: Path


class Identities(NamedTuple):
    """What tells the outputs and the groups of a file apart, in order."""

    outputs: tuple[Identity, ...]
    groups: tuple[str, ...]


def gather(compiled: Compiled) -> Identities:
    """The identities of a file's outputs and groups."""
    # Prometheus wants the names of a file's groups to differ; a catalogue's, too.
    groups = compiled.catalogue.groups
    names = (f"{group.source.name if group.plain else ''}\0{group.name}" for group in groups)
    return Identities(tuple(map(_identity, compiled.outputs)), tuple(names))


def _identity(output: Alert | Recording) -> Identity:
    labels = [text for label in sorted(output.labels.items()) for text in label]
    kind = "alert" if isinstance(output, Alert) else "record"
    shared = (kind, _name(output), *labels)
    family = _digest(*shared, *sorted(parse(output.expr).metrics))
    return Identity(_digest(*shared, output.expr), family, output.rule.path)


def _digest(*texts: str) -> bytes:
    whole = "\0".join(texts)
    return blake2b(whole.encode(errors="surrogatepass"), digest_size=_DIGEST).digest()


def _name(output: Alert | Recording) -> str:
    return output.name if isinstance(output, Alert) else output.record


def judge(gathered: Mapping[str, Identities], part: Parts) -> Iterator[Problem]:
    """A problem for each later copy, and each later alert that overlaps another one."""
    yield from _same_groups(gathered, part)
    outputs: dict[bytes, Place] = {}
    families: dict[bytes, list[tuple[Place, Path]]] = {}
    for file, identities in gathered.items():
        for index, identity in enumerate(identities.outputs):
            place = outputs.setdefault(identity.whole, (file, index))
            if place != (file, index):
                yield _same(_at(part, place), _at(part, (file, index)))
                continue
            family = families.setdefault(identity.family, [])
            others = [p for p, rule in family if (p[0], rule) != (file, identity.rule)]
            family.append(((file, index), identity.rule))
            if others:
                yield from _alike(part, (file, index), others[:_MOST])


def _same_groups(gathered: Mapping[str, Identities], part: Parts) -> Iterator[Problem]:
    groups: dict[str, Place] = {}
    for file, identities in gathered.items():
        for index, name in enumerate(identities.groups):
            there, place = groups.setdefault(name, (file, index))
            if (there, place) != (file, index) and not name.endswith("\0"):
                first, again = part(there).catalogue.groups, part(file).catalogue.groups
                yield _group(first[place], again[index])


def _at(part: Parts, place: Place) -> Alert | Recording:
    return part(place[0]).outputs[place[1]]


def _alike(part: Parts, place: Place, others: Sequence[Place]) -> Iterator[Problem]:
    """A rule of the same name and labels that reads the same series as others."""
    again, known = _at(part, place), flows(part(place[0]))
    for other in others:
        first = _at(part, other)
        if overlap.canonical(first.expr) == overlap.canonical(again.expr):
            yield _same(first, again)
            return
        if isinstance(again, Alert) and overlap.overlaps(first.expr, again.expr, known):
            yield _overlapping(first, again)
            return


def _group(first: RuleGroup, again: RuleGroup) -> Problem:
    key = "name" if again.plain else "group"
    where = f"{first.source.name}:{first.source.position((*first.path, key)).line}"
    message = f"the group `{again.name}` is already at {where}"
    place = again.source.position((*again.path, key))
    return problem.error(place, CHECK.id, message, "give it another name")


def _same(first: Alert | Recording, again: Alert | Recording) -> Problem:
    name = _name(again)
    message = f"`{name}` is the same rule as the one at {_where(first)}"
    place = again.rule.at("alert" if isinstance(again, Alert) else "record")
    return problem.error(place, CHECK.id, message, "take one of them away", name)


def _overlapping(first: Alert | Recording, again: Alert) -> Problem:
    message = (
        f"this and the `{again.name}` at {_where(first)} can fire for the same series with the "
        "same labels: that is one alert, and nobody can tell which of them it is"
    )
    hint = "give one of them another name or label, or let them select different series"
    return problem.warning(again.rule.at("alert"), CHECK.id, message, hint, again.name)


def _where(output: Alert | Recording) -> str:
    return f"{output.rule.source.name}:{output.rule.at().line}"


CHECK = Check("rule/duplicate", Severity.ERROR, documentation=__doc__, across=Across(gather, judge))
