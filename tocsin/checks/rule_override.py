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
from tocsin.where import Regexp, Value, Where, covers, disjoint

_ANEW = {"label_replace", "label_join"}  # they write labels, so selectors no longer tell


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
    asked = [found for text in KINDS[rule.kind].texts(rule).values() for found in _asked(text)]
    for index in range(len(rule.data["overrides"])):
        for label, values in overrides.where(rule, index).items():
            place = rule.at("overrides", index, "where", label)
            if possible is not None and label not in possible:
                message = f"override {index + 1} never matches: no result has the label `{label}`"
                known = ", ".join(f"`{name}`" for name in sorted(possible)) or "none"
                yield problem.error(place, CHECK.id, message, f"there is {known}", rule.name)
                continue
            of_label = [[m for m in matchers if m.label == label] for matchers in asked]
            if asked and not any(_may_be(v, matchers) for v in values for matchers in of_label):
                shown = sorted({_shown(matcher) for matchers in of_label for matcher in matchers})
                message = f"override {index + 1} never matches: `{label}` {' or '.join(shown)}"
                hint = "the rule's own selector says so"
                yield problem.error(place, CHECK.id, message, hint, rule.name)


def _asked(written: str) -> list[list[tree.Matcher]]:
    """What each selector asks of labels; of one that is written anew, nothing is known."""
    root = parse(written).tree
    nodes = list(tree.walk(root)) if root else []
    anew = any(isinstance(n, tree.Call) and n.name in _ANEW for n in nodes)
    return [[] if anew else list(n.matchers) for n in nodes if isinstance(n, tree.Selector)]


def _may_be(value: Value, matchers: list[tree.Matcher]) -> bool:
    """Whether a series that these matchers select may have the value, or one that fits it."""
    return all(_fits({matcher.label: (value,)}, matcher) for matcher in matchers)


def _fits(wanted: Where, matcher: tree.Matcher) -> bool:
    asked: Value = Regexp(matcher.value) if "~" in matcher.sign else matcher.value
    if matcher.sign.startswith("!"):
        return not covers({matcher.label: (asked,)}, wanted)
    return not disjoint({matcher.label: (asked,)}, wanted)


def _shown(matcher: tree.Matcher) -> str:
    words = {"=": "is", "!=": "is not", "=~": "matches", "!~": "does not match"}
    return f"{words[matcher.sign]} `{matcher.value}`"


CHECK = Check("rule/override", Severity.ERROR, run, __doc__)
