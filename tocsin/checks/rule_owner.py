"""An owner that nobody knows, so that nobody would be told; a rule without one, where one is asked.

In a catalogue owners are those that catalogue.yaml declares. Bad, where that is only `platform`:

    - alert: HostDown
      owner: platfrom
      expr: up == 0

Good:

    - alert: HostDown
      owner: platform
      expr: up == 0

Plain rule files have no `owner`, so the `lint` section says who may own their rules, as regular
expressions, and which labels or annotations name the owner (default: the labels `owner` and
`team`). pint's comments `# pint rule/owner NAME` and `# pint file/owner NAME` count, too. Every
rule must have one then, unless `required` is false; `of: alert` speaks of alerts only:

    rule/owner: {allowed: ["team-.+", platform], labels: [team], annotations: [owner], of: alert}
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin import demands, problem, suggest
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule
from tocsin.problem import Position, Problem, Severity

_LABELS = ("owner", "team")


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem for each place that names an unknown owner, and each plain rule that lacks one."""
    yield from _declared(compiled)
    for rule in compiled.catalogue.rules:
        if rule.group.plain:
            options = compiled.catalogue.options(CHECK.id, rule)
            if options.keys() - {"severity"} and demands.concerns(options.get("of", ""), rule):
                yield from _of_plain(rule, options)


def _declared(compiled: Compiled) -> Iterator[Problem]:
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


def _of_plain(rule: Rule, options: Mapping[str, Any]) -> Iterator[Problem]:
    allowed = options.get("allowed", ())
    named = rule.at("record" if rule.kind == "record" else "alert")
    found = list(_owners(rule, options, named))
    if not found and options.get("required", True):
        labels = " or ".join(f"`{name}`" for name in options.get("labels", _LABELS))
        hint = f"give it a label {labels}" if labels else "give it one"
        hint += ", or a comment `# pint rule/owner NAME` above it"
        yield problem.error(named, CHECK.id, "the rule has no owner", hint, rule.name)
    for owner, place in found:
        if "{{" in owner:
            continue  # who it is shows when the alert fires
        if allowed and not any(demands.matches(each, owner, rule) for each in allowed):
            message = f"`{owner}` is none of the owners that are allowed"
            near = suggest.hint(owner, allowed) or f"allowed: {_listed(allowed)}"
            yield problem.error(place, CHECK.id, message, near, rule.name)


def _owners(
    rule: Rule, options: Mapping[str, Any], named: Position
) -> Iterator[tuple[str, Position]]:
    """Who answers for a plain rule, by all that may say so, and where that stands."""
    if rule.owner:
        yield rule.owner, named
    labels = {**rule.group.labels, **rule.mapping("labels")}
    for name in options.get("labels", _LABELS):
        if text := labels.get(name, "").strip():
            own = name in rule.mapping("labels")
            yield text, rule.at("labels", name) if own else named
    for name in options.get("annotations", ()):
        if text := rule.mapping("annotations").get(name, "").strip():
            yield text, rule.at("annotations", name)


def _listed(allowed: list[str]) -> str:
    return ", ".join(f"`{each}`" for each in allowed[:12])


CHECK = Check("rule/owner", Severity.ERROR, run, __doc__, alone=True)
