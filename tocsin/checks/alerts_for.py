"""A `for` or `keep_firing_for` that Prometheus does not read, or that says nothing.

`0s` is what both are without a word. What is no duration keeps Prometheus from loading the file.

Bad:

    - alert: HostDown
      expr: up == 0
      for: 5 minutes

Good:

    - alert: HostDown
      expr: up == 0
      for: 5m

Bad, being the default:

    - alert: HostDown
      expr: up == 0
      for: 0s
"""

from collections.abc import Iterator

from tocsin import durations, edits, problem
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem, Severity

KEYS = ("for", "keep_firing_for")


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per redundant key; the wrong ones are found by the schema, under this ID."""
    for rule in compiled.catalogue.rules:
        for key in KEYS:
            if key in rule.data and _is_redundant(rule, key):
                message = f"`{rule.text(key)}` is what `{key}` is anyway"
                place = rule.at(key)
                found = problem.info(place, CHECK.id, message, "take the line away", rule.name)
                yield problem.fixable(found, edits.without(rule.source, (*rule.path, key)))


def _is_redundant(rule: Rule, key: str) -> bool:
    """Whether a rule says 0 itself, with no default that it takes back by that."""
    values = [layer.data[key] for layer in rule.layers if key in layer.data]
    return len(values) == 1 and key in rule.layers[0].data and durations.parse(rule.text(key)) == 0


CHECK = Check("alerts/for", Severity.ERROR, run, __doc__, alone=True)
