"""An override that can never match.

Its `where` asks for a label that the rule's results cannot have, for a value that the rule's own
selectors rule out, or for label sets that an earlier override takes already.

Bad, since the results have no label `host`:

    - alert: LoadHigh
      threshold:
        value: max by (platform) (node_load1)
        above: {warning: {at: 8}}
      overrides:
        - where: {host: db1}
          above: {warning: {at: 16}}

Good:

    - alert: LoadHigh
      threshold:
        value: max by (platform, host) (node_load1)
        above: {warning: {at: 8}}
      overrides:
        - where: {host: db1}
          above: {warning: {at: 16}}
"""

from collections.abc import Iterator

from tocsin import overrides, problem
from tocsin.checks.check import Check
from tocsin.flows import flows
from tocsin.kinds import KINDS
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem, Severity
from tocsin.promql import tree
from tocsin.promql.parse import parse


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per override and label that cannot be; shadowed ones are told while compiling."""
    known = flows(compiled)
    told = set()
    for alert in compiled.alerts:
        rule = alert.rule
        key = (rule.source.name, rule.path)
        if rule.data.get("overrides") and key not in told:
            told.add(key)
            analysis = known.of(alert.expr)
            yield from _rule(rule, analysis.possible if analysis else None)


def _rule(rule: Rule, possible: frozenset[str] | None) -> Iterator[Problem]:
    fixed = [_fixed(written) for written in KINDS[rule.kind].texts(rule).values()]
    for index in range(len(rule.data["overrides"])):
        for label, values in overrides.where(rule, index).items():
            place = rule.at("overrides", index, "where", label)
            if possible is not None and label not in possible:
                message = f"override {index + 1} never matches: no result has the label `{label}`"
                known = ", ".join(f"`{name}`" for name in sorted(possible)) or "none"
                yield problem.error(place, CHECK.id, message, f"there is {known}", rule.name)
                continue
            asked = [found[label] for found in fixed if label in found]
            if asked and not any(set(values) & found for found in asked):
                shown = " or ".join(f"`{value}`" for value in sorted(set.union(*asked)))
                message = f"override {index + 1} never matches: `{label}` is {shown}"
                hint = "the rule's own selector says so"
                yield problem.error(place, CHECK.id, message, hint, rule.name)


def _fixed(written: str) -> dict[str, set[str]]:
    """Labels that every selector fixes by `=`, and the values that they fix them to."""
    root = parse(written).tree
    nodes = tree.walk(root) if root else ()
    selectors = [
        {matcher.label: matcher.value for matcher in node.matchers if matcher.sign == "="}
        for node in nodes
        if isinstance(node, tree.Selector)
    ]
    found: dict[str, set[str]] = {}
    for label in {name for matchers in selectors for name in matchers}:
        if all(label in matchers for matchers in selectors):
            found[label] = {matchers[label] for matchers in selectors}
    return found


CHECK = Check("rule/override", Severity.ERROR, run, __doc__)
