"""The same rule twice: Prometheus would evaluate it twice and send one alert's two versions.

Two alerts are the same when name, expression and labels are; two groups of one catalogue must
not share a name, because output, dashboards and silences know them by it.

Bad:

    - alert: HostDown
      expr: up == 0
    - alert: HostDown
      expr: up == 0
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from tocsin import problem
from tocsin.checks.check import Check
from tocsin.model import Alert, Compiled, Recording, RuleGroup
from tocsin.problem import Problem, Severity

Item = TypeVar("Item", RuleGroup, "Alert | Recording")


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem for each later copy."""
    yield from _groups(compiled.catalogue.groups)
    seen: dict[object, Alert | Recording] = {}
    for output in compiled.outputs:
        name = output.name if isinstance(output, Alert) else output.record
        labels = tuple(sorted(output.labels.items()))
        first = seen.setdefault((type(output), name, output.expr, labels), output)
        if first is output:
            continue
        where = f"{first.rule.source.name}:{first.rule.at().line}"
        message = f"`{name}` is the same rule as the one at {where}"
        place = output.rule.at("alert" if isinstance(output, Alert) else "record")
        yield problem.error(place, CHECK.id, message, "take one of them away", name)


def _groups(groups: Sequence[RuleGroup]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], RuleGroup] = {}
    for group in groups:
        # Prometheus wants the names of a file's groups to differ; a catalogue's, too.
        file = group.source.name if group.plain else ""
        first = seen.setdefault((file, group.name), group)
        if first is group or not group.name:
            continue
        key = "name" if group.plain else "group"
        where = f"{first.source.name}:{first.source.position((*first.path, key)).line}"
        message = f"the group `{group.name}` is already at {where}"
        place = group.source.position((*group.path, key))
        yield problem.error(place, CHECK.id, message, "give it another name")


CHECK = Check("rule/duplicate", Severity.ERROR, run, __doc__)
