"""A name that is not as the `lint` section wants names of alerts or recordings.

`pattern` is a regular expression that must match the whole name; `of` is the sort of rules that it
is about.

    lint:
      checks:
        rule/name:
          names:
            - of: record
              pattern: "[a-z_]+:[a-z0-9_]+:[a-z0-9_]+"
              comment: "level:metric:operations"

Bad, with that section:

    - record: up_sum
      expr: sum by (job) (up)

Good:

    - record: job:up:sum
      expr: sum by (job) (up)
"""

from collections.abc import Iterator

from tocsin import demands
from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per rule and expression that its name does not match."""
    for rule in compiled.catalogue.rules:
        for entry in compiled.catalogue.options(CHECK.id, rule).get("names", ()):
            pattern, of = entry["pattern"], entry.get("of", "")
            if not demands.concerns(of, rule):
                continue
            if not demands.matches(pattern, rule.name, rule):
                message = f"the name must match `{demands.expanded(pattern, rule)}`"
                place = rule.at("record" if rule.kind == "record" else "alert")
                level = demands.severity(entry) or CHECK.severity
                hint = entry.get("comment", "")
                yield Problem(place, CHECK.id, level, message, hint, rule.name)


CHECK = Check("rule/name", Severity.INFO, run, __doc__, opt_in=True, alone=True)
