"""A template in a label or annotation that Prometheus would not load.

Labels and annotations are Go templates with Prometheus's functions.

Bad:

    - alert: HostDown
      expr: up == 0
      summary: "{{ $lables.host }} is down for {{ $value | humanise }}"

Good:

    - alert: HostDown
      expr: up == 0
      summary: "{{ $labels.host }} is down for {{ $value | humanizeDuration }}"
"""

from collections.abc import Iterator

from tocsin import gotemplate, problem
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem, Severity
from tocsin.source import Path


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per fault of each template of each alert."""
    for rule in compiled.catalogue.rules:
        if rule.kind == "record":
            continue
        for path in _templates(rule):
            text = rule.text(*path)
            if "{{" not in text:
                continue
            for fault in gotemplate.faults(text):
                place = rule.at_text(path, fault.start, fault.end)
                yield problem.error(place, CHECK.id, fault.message, fault.hint, rule.name)


def _templates(rule: Rule) -> Iterator[Path]:
    for key in ("summary", "description"):
        if key in rule.data:
            yield (key,)
    for key in ("labels", "annotations"):
        for name in rule.data.get(key) or {}:
            yield (key, name)


CHECK = Check("alerts/template", Severity.ERROR, run, __doc__)
