"""A rule sets a label that Prometheus adds to everything it sends: one of `external_labels`.

A recorded series with such a label differs from all others when it is federated or written to
another server. An alert with such a label hides from which Prometheus it comes; with the same
value, it says what is said anyway.

Bad, where `external_labels` in catalogue.yaml has `cluster`:

    - record: job:up:sum
      expr: sum by (job) (up)
      labels: {cluster: dev}

Good:

    - record: job:up:sum
      expr: sum by (job) (up)
      labels: {measured_in: dev}
"""

from collections.abc import Iterator, Mapping

from tocsin import problem
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule, RuleGroup
from tocsin.problem import Position, Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per label, of a rule or of its group."""
    external = compiled.catalogue.settings.external_labels
    if not external:
        return
    told: set[int] = set()
    for rule in compiled.catalogue.rules:
        group = rule.group
        if group.labels and id(group) not in told:
            told.add(id(group))
            yield from _of_group(group, external)
        for label in (rule.data.get("labels") or {}).keys() & external.keys():
            value = rule.text("labels", label)
            yield _told(rule.at("labels", label), label, value, external[label], rule)


def _of_group(group: RuleGroup, external: Mapping[str, str]) -> Iterator[Problem]:
    for label in group.labels.keys() & external.keys():
        place = group.source.position((*group.path, "labels", label))
        yield _told(place, label, group.labels[label], external[label])


def _told(
    place: Position, label: str, value: str, external: str, rule: Rule | None = None
) -> Problem:
    name = rule.name if rule else ""
    if value == external and rule and rule.kind != "record":
        message = f"Prometheus adds `{label}` to each alert anyway, with the same value"
        return problem.warning(place, CHECK.id, message, "take it away", name)
    message = f"Prometheus adds `{label}` itself, as `{external}`: the two get in each other's way"
    hint = "give this label another name; `external_labels` has that one"
    return problem.warning(place, CHECK.id, message, hint, name)


CHECK = Check("labels/conflict", Severity.WARNING, run, __doc__)
