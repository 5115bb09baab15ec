"""A label or an annotation whose name or value the `lint` section does not allow.

`pattern` is a regular expression; rejected is what it matches as a whole. `in` says where to look:
`label_names`, `label_values`, `annotation_names`, `annotation_values`.

    lint:
      checks:
        rule/reject:
          reject:
            - {pattern: "https?://.+", in: [label_values], comment: "links are annotations"}

Bad, with that section:

    - alert: HostDown
      expr: up == 0
      labels: {wiki: "https://wiki.example.com/host"}

Good:

    - alert: HostDown
      expr: up == 0
      annotations: {wiki: "https://wiki.example.com/host"}
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin import demands
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule
from tocsin.problem import Position, Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per name and value that matches."""
    for rule in compiled.catalogue.rules:
        for entry in compiled.catalogue.options(CHECK.id, rule).get("reject", ()):
            for what, place in _matching(rule, entry):
                message = f"{what} must not match `{demands.expanded(entry['pattern'], rule)}`"
                level = demands.severity(entry) or CHECK.severity
                hint = entry.get("comment", "")
                yield Problem(place, CHECK.id, level, message, hint, rule.name)


def _matching(rule: Rule, entry: Mapping[str, Any]) -> Iterator[tuple[str, Position]]:
    pattern, places = entry["pattern"], entry["in"]
    for key, what in (("labels", "label"), ("annotations", "annotation")):
        for name, value in rule.mapping(key).items():
            if f"{what}_names" in places and demands.matches(pattern, str(name), rule):
                yield f"the name of the {what} `{name}`", rule.at(key, name, key=True)
            if f"{what}_values" in places and demands.matches(pattern, value, rule):
                yield f"the value of the {what} `{name}`", rule.at(key, name)


CHECK = Check("rule/reject", Severity.ERROR, run, __doc__, opt_in=True, alone=True)
