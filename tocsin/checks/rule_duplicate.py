"""The same rule twice: Prometheus would evaluate it twice and send one alert's two versions.

Two alerts are the same when name, expression and labels are; two groups of one catalogue must
not share a name, because output, dashboards and silences know them by it.

Bad:

    - alert: HostDown
      expr: up == 0
    - alert: HostDown
      expr: up == 0
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from tocsin import problem
from tocsin.checks.check import Across, Check
from tocsin.model import Alert, Compiled, Recording, RuleGroup
from tocsin.problem import Problem, Severity

_DIGEST = 12  # bytes: enough that two rules never share one by chance

Parts = Callable[[str], Compiled]


class Identities(NamedTuple):
    """What tells the outputs and the groups of a file apart, in order."""

    outputs: tuple[bytes, ...]
    groups: tuple[str, ...]


def gather(compiled: Compiled) -> Identities:
    """The identities of a file's outputs and groups."""
    # Prometheus wants the names of a file's groups to differ; a catalogue's, too.
    groups = compiled.catalogue.groups
    names = (f"{group.source.name if group.plain else ''}\0{group.name}" for group in groups)
    return Identities(tuple(map(_identity, compiled.outputs)), tuple(names))


def _identity(output: Alert | Recording) -> bytes:
    labels = [text for label in sorted(output.labels.items()) for text in label]
    kind = "alert" if isinstance(output, Alert) else "record"
    whole = "\0".join((kind, _name(output), output.expr, *labels))
    return blake2b(whole.encode(errors="surrogatepass"), digest_size=_DIGEST).digest()


def _name(output: Alert | Recording) -> str:
    return output.name if isinstance(output, Alert) else output.record


def judge(gathered: Mapping[str, Identities], part: Parts) -> Iterator[Problem]:
    """A problem for each later copy."""
    groups: dict[str, tuple[str, int]] = {}
    outputs: dict[bytes, tuple[str, int]] = {}
    for file, identities in gathered.items():
        for index, name in enumerate(identities.groups):
            there, place = groups.setdefault(name, (file, index))
            if (there, place) != (file, index) and not name.endswith("\0"):
                first, again = part(there).catalogue.groups, part(file).catalogue.groups
                yield _group(first[place], again[index])
        for index, identity in enumerate(identities.outputs):
            there, place = outputs.setdefault(identity, (file, index))
            if (there, place) != (file, index):
                yield _output(part(there).outputs[place], part(file).outputs[index])


def _group(first: RuleGroup, again: RuleGroup) -> Problem:
    key = "name" if again.plain else "group"
    where = f"{first.source.name}:{first.source.position((*first.path, key)).line}"
    message = f"the group `{again.name}` is already at {where}"
    place = again.source.position((*again.path, key))
    return problem.error(place, CHECK.id, message, "give it another name")


def _output(first: Alert | Recording, again: Alert | Recording) -> Problem:
    name = _name(again)
    where = f"{first.rule.source.name}:{first.rule.at().line}"
    message = f"`{name}` is the same rule as the one at {where}"
    place = again.rule.at("alert" if isinstance(again, Alert) else "record")
    return problem.error(place, CHECK.id, message, "take one of them away", name)


CHECK = Check("rule/duplicate", Severity.ERROR, documentation=__doc__, across=Across(gather, judge))
