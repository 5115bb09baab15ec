"""A label that a rule must have, or a value that it may not have.

Asked for in the `lint` section of catalogue.yaml or tocsin.yaml, with the same keys as for
`alerts/annotation`; `of: alert` or `of: record` speaks of one sort of rules. Labels of the rule and
of its file or group count, not those of the series.

    lint:
      checks:
        rule/label:
          labels:
            - {name: team, required: true, of: alert}
            - {name: severity, values: [warning, critical]}

Bad, with that section:

    - alert: HostDown
      expr: up == 0

Good:

    - alert: HostDown
      expr: up == 0
      labels: {team: platform}
"""

from collections.abc import Iterator
from functools import partial

from tocsin import demands
from tocsin.checks.check import Check
from tocsin.demands import Demand, Given
from tocsin.model import Compiled, Rule
from tocsin.problem import Position, Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per demand that a rule does not meet."""
    read: dict[int, list[Demand]] = {}
    made: dict[object, dict[str, str]] = {}
    for output in compiled.outputs:
        made.setdefault(output.rule.path, {}).update(output.labels)
    for rule in compiled.catalogue.rules:
        written = compiled.catalogue.options(CHECK.id, rule).get("labels", ())
        if id(written) not in read:
            read[id(written)] = demands.read(written)
        given = _given(rule, made.get(rule.path, {}))
        for found in demands.unmet(read[id(written)], rule, "label", given):
            place = found.place or _missing(rule)
            level = found.severity or CHECK.severity
            yield Problem(place, CHECK.id, level, found.message, found.hint, rule.name)


def _missing(rule: Rule) -> Position:
    if rule.data.get("labels"):
        return rule.at("labels", key=True)
    return rule.at("record" if rule.kind == "record" else "alert")


def _given(rule: Rule, made: dict[str, str]) -> dict[str, Given]:
    """Labels as written; else as compiled, such as the severity of a tier."""
    found = {name: Given(text, partial(_other, rule, name)) for name, text in made.items()}
    group = rule.group
    for name, text in group.labels.items():
        path = (*group.path, "labels", name)
        found[name] = Given(text, partial(group.source.position, path))
    for name, text in rule.mapping("labels").items():
        found[name] = Given(text, partial(rule.at, "labels", name))
    return found


def _other(rule: Rule, label: str) -> Position:
    """Where a label comes from that nobody wrote as one."""
    return rule.at(label) if label in rule.data else _missing(rule)


CHECK = Check("rule/label", Severity.WARNING, run, __doc__, opt_in=True, alone=True)
