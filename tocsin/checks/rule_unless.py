"""`unless` names a rule that is not in the catalogue: nothing would keep the alert quiet.

Bad, where no rule is called `PlatformDwon`:

    - alert: HostDown
      expr: up == 0
      unless: PlatformDwon
"""

from collections.abc import Iterator

from tocsin import problem, suggest
from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per unknown name."""
    known = {rule.name for rule in compiled.catalogue.rules if rule.kind != "record"}
    for rule in compiled.catalogue.rules:
        for name in rule.unless:
            place = rule.at("unless")
            if name == rule.name:
                message = "a rule cannot wait for itself"
                yield problem.error(place, CHECK.id, message, rule=rule.name)
            elif name not in known:
                message = f"there is no rule `{name}`"
                yield problem.error(place, CHECK.id, message, suggest.hint(name, known), rule.name)


CHECK = Check("rule/unless", Severity.ERROR, run, __doc__)
