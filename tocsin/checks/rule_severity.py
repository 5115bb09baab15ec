"""A severity that catalogue.yaml does not declare under `severities`.

The relay orders and colours by severity, owners are mentioned by severity, and the higher tier
mutes the lower: none of that works for a word that nobody declared. An error for `severity:` and
for tiers, a warning for a label of a pasted rule.

Bad, where the catalogue declares `info`, `warning` and `critical`:

    - alert: HostDown
      expr: up == 0
      severity: page

Good:

    - alert: HostDown
      expr: up == 0
      severity: critical
"""

from collections.abc import Iterator
from dataclasses import replace

from tocsin import severities
from tocsin.checks.check import Check
from tocsin.kinds import heartbeat
from tocsin.model import Compiled, Rule, Settings
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per unknown severity of a rule; tiers are judged by their kinds."""
    settings = compiled.catalogue.settings
    for rule in compiled.catalogue.rules:
        if rule.kind != "record" and not rule.group.plain:
            yield from _rule(rule, settings)


def _rule(rule: Rule, settings: Settings) -> Iterator[Problem]:
    known = settings.severities
    named = str(rule.data.get("severity") or "")
    if named and named not in known and rule.kind != "no_events":
        yield severities.unknown(rule.at("severity"), named, known, rule.name)
    label = rule.mapping("labels").get("severity", "")
    if label and "{{" not in label and label not in {*known, heartbeat.SEVERITY}:
        place = rule.at("labels", "severity")
        found = severities.unknown(place, label, known, rule.name)
        yield replace(found, severity=Severity.WARNING)


CHECK = Check("rule/severity", Severity.ERROR, run, __doc__, alone=True)
