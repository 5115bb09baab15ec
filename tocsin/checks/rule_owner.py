"""An owner that catalogue.yaml does not declare: nobody would be told.

Bad, where the catalogue declares only `platform`:

    - alert: HostDown
      owner: platfrom
      expr: up == 0

Good:

    - alert: HostDown
      owner: platform
      expr: up == 0
"""

from collections.abc import Iterator

from tocsin import problem, suggest
from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem for each place that names an unknown owner."""
    owners = compiled.catalogue.settings.owners
    hint = "declare it under `owners:` in catalogue.yaml"
    for group in compiled.catalogue.groups:
        # A plain file's owner is in a comment, and nobody has declared any.
        if group.owner and group.owner not in owners and not group.plain:
            place = group.source.position((*group.path, "owner"))
            near = suggest.hint(group.owner, owners)
            message = f"the owner `{group.owner}` is not declared"
            yield problem.error(place, CHECK.id, message, near or hint)
    for rule in compiled.catalogue.rules:
        name = rule.data.get("owner")
        if name and name not in owners:
            near = suggest.hint(str(name), owners)
            message = f"the owner `{name}` is not declared"
            yield problem.error(rule.at("owner"), CHECK.id, message, near or hint, rule.name)


CHECK = Check("rule/owner", Severity.ERROR, run, __doc__)
