"""An annotation that an alert must have, or a value that it may not have.

Asked for in the `lint` section of catalogue.yaml or tocsin.yaml. `name` and `value` are regular
expressions that must match as a whole; `values` lists what is allowed; with `token` each part of a
value that matches it is judged by itself.

    lint:
      checks:
        alerts/annotation:
          annotations:
            - {name: summary, required: true}
            - {name: dashboard, value: "https://grafana[.]example[.]com/.+", severity: error}

Bad, with that section:

    - alert: HostDown
      expr: up == 0

Good:

    - alert: HostDown
      expr: up == 0
      summary: "{{ $labels.host }} is down"
      annotations: {dashboard: "https://grafana.example.com/d/host"}
"""

from collections.abc import Iterator
from functools import partial

from tocsin import demands
from tocsin.checks.check import Check
from tocsin.demands import Demand, Given
from tocsin.model import Alert, Compiled, Rule
from tocsin.problem import Position, Problem, Severity
from tocsin.source import Path

_SHORT = {"summary": "summary", "description": "description"}
_SHORT |= {"runbook_url": "runbook", "dashboard_url": "dashboard"}


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per demand that an alert does not meet."""
    read: dict[int, list[Demand]] = {}
    made = {alert.rule.path: alert for alert in compiled.alerts}
    for rule in compiled.catalogue.rules:
        if rule.kind == "record":
            continue
        written = compiled.catalogue.options(CHECK.id, rule).get("annotations", ())
        if id(written) not in read:
            read[id(written)] = demands.read(written)
        given = _given(rule, made.get(rule.path))
        for found in demands.unmet(read[id(written)], rule, "annotation", given):
            place = found.place or _missing(rule)
            level = found.severity or CHECK.severity
            yield Problem(place, CHECK.id, level, found.message, found.hint, rule.name)


def _missing(rule: Rule) -> Position:
    return rule.at("annotations", key=True) if rule.data.get("annotations") else rule.at("alert")


def _given(rule: Rule, alert: Alert | None) -> dict[str, Given]:
    """The annotations of an alert: as compiled, and those of a rule that is not."""
    found = dict(alert.annotations) if alert else {}
    found.update(rule.mapping("annotations"))
    for name, key in _SHORT.items():
        if key in rule.data:
            found.setdefault(name, rule.text(key))
    return {name: Given(text, partial(rule.at, *_path(rule, name))) for name, text in found.items()}


def _path(rule: Rule, name: str) -> Path:
    if name in (rule.data.get("annotations") or {}):
        return ("annotations", name)
    return (_SHORT.get(name, "alert"),)


CHECK = Check("alerts/annotation", Severity.WARNING, run, __doc__, opt_in=True, alone=True)
