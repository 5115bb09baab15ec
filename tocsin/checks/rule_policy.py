"""A rule lacks a field that the catalogue's `policy` asks of every alert.

With `policy: {require: [summary, runbook]}` in catalogue.yaml. Bad:

    - alert: HostDown
      expr: up == 0

Good:

    - alert: HostDown
      expr: up == 0
      summary: "{{ $labels.host }} is down"
      runbook: host.md#down
"""

from collections.abc import Iterator

from tocsin import problem
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per rule and missing field; recordings and plain rule files are free of it."""
    for rule in compiled.catalogue.rules:
        if rule.kind == "record" or rule.group.plain:
            continue
        for field in compiled.catalogue.settings.require:
            if field != "tests" and not _has(rule, field):  # those are for rule/untested
                message = f"the rule has no `{field}`"
                hint = "`policy` in catalogue.yaml asks for it"
                yield problem.error(rule.at("alert"), CHECK.id, message, hint, rule.name)


def _has(rule: Rule, field: str) -> bool:
    if field == "owner":
        return bool(rule.owner)
    annotations = rule.data.get("annotations") or {}
    return bool(rule.data.get(field) or annotations.get(field) or annotations.get(f"{field}_url"))


CHECK = Check("rule/policy", Severity.ERROR, run, __doc__, alone=True)
