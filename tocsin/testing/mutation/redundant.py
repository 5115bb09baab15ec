"""Parts that a kind puts into every rule, and that cannot matter in some: no test is missing there.

`equivalent` knows what holds for any PromQL; this knows what a kind's rule means.
"""

from collections.abc import Iterable

from tocsin import durations
from tocsin.model import Alert, Recording, Rule, Settings
from tocsin.promql import tree
from tocsin.promql.lexer import Kind, tokens
from tocsin.promql.operators import CannotTell
from tocsin.promql.parse import parse
from tocsin.promql.places import Span
from tocsin.promql.selectors import selectors
from tocsin.testing.mutation.changes import Change

Output = Alert | Recording
_RATIOS = {"ratio": ("of", "to"), "burn_rate": ("errors", "total")}
_COUNTED = {"rate", "increase"}  # functions of counters: never below 0


class Redundant:
    """What cannot matter in one output of a rule, given the other alerts of the rule."""

    def __init__(self, output: Output, alerts: Iterable[Alert], settings: Settings) -> None:
        self._output, self._rule = output, output.rule
        self._others = [a for a in alerts if a is not output]
        self._order = settings.severities
        self._zeros = list(_zeros(output.expr)) if self._no_errors_are_well else []

    def has(self, change: Change) -> bool:
        """Whether a change of the output's expression changes nothing."""
        start, end = change.about
        if any(first <= start and end <= last for first, last in self._zeros):
            return True
        if change.before == "> 0" and change.after in {">= 0", "> -1"}:
            return self._part_is_in_whole
        return self._is_of_severity(change) and self._fires_first

    @property
    def _no_errors_are_well(self) -> bool:
        """Whether a ratio without errors, which is 0, can neither fire nor be missed."""
        rule = self._rule
        if rule.kind == "burn_rate":
            return True
        if rule.kind != "ratio" or "no_data" in rule.data or rule.data.get("expect"):
            return False
        body = rule.body
        limits = [limit for limit in (body.get("above") or {}).values() if isinstance(limit, dict)]
        clear = body.get("clear", 0)
        clears = clear.values() if isinstance(clear, dict) else [clear]
        above = all(float(limit["at"]) >= 0 for limit in limits)
        return above and all(c >= 0 for c in clears) and not {"below", "outside"} & body.keys()

    @property
    def _part_is_in_whole(self) -> bool:
        """Whether what is counted is among all: where there is nothing, 0 / 0 is no number."""
        rule = self._rule
        if rule.kind not in _RATIOS or "no_data" in rule.data:
            return False
        part, whole = (rule.text(rule.kind, key) for key in _RATIOS[rule.kind])
        return _is_within(part, whole, rule)

    @staticmethod
    def _is_of_severity(change: Change) -> bool:
        return change.before.startswith('severity="') and not change.after

    @property
    def _fires_first(self) -> bool:
        """Whether no other severity of the same labels fires where this one's condition fails."""
        mine = self._output
        if not isinstance(mine, Alert):
            return False
        return all(
            self._rank(other.severity) > self._rank(mine.severity) and self._is_further(other, mine)
            for other in self._others
            if other.branch == mine.branch and other.severity != mine.severity
        )

    @staticmethod
    def _is_further(other: Alert, mine: Alert) -> bool:
        """Whether another severity fires only past this one's limit, or not before this one."""
        body = mine.rule.body
        clear = body.get("clear")
        if not isinstance(clear, dict) and _wait(other) >= _wait(mine):
            return True
        ends = clear.get(other.severity) if isinstance(clear, dict) else clear
        end = other.limit if ends is None else float(ends)
        if end is None or mine.limit is None:
            return False
        return end >= mine.limit if "above" in body else end <= mine.limit

    def _rank(self, severity: str) -> int:
        return self._order.index(severity) if severity in self._order else -1


def _wait(alert: Alert) -> int:
    return durations.parse(alert.for_) if alert.for_ else 0


def _zeros(expr: str) -> Iterable[Span]:
    """Where an expression says `0 * x`."""
    parsed = parse(expr)
    for node in tree.walk(parsed.tree) if parsed.tree is not None else ():
        if isinstance(node, tree.Binary) and node.operator == "*":
            left = tree.bare(node.left)
            if isinstance(left, tree.Number) and left.value == 0:
                yield parsed.places.of(node.right)


def _is_within(part: str, whole: str, rule: Rule) -> bool:
    """Whether one selector picks from what the other picks, and both are read alike."""
    try:
        (some,), (all_,) = selectors(part), selectors(whole)
    except (CannotTell, ValueError):
        return False
    if rule.kind == "ratio" and some.function not in _COUNTED:
        return False
    same = _without_matchers(part) == _without_matchers(whole)
    return same and some.name == all_.name and set(all_.matchers) <= set(some.matchers)


def _without_matchers(expr: str) -> list[str]:
    depth, kept = 0, list[str]()
    for token in tokens(expr):
        depth += (token.text == "{") - (token.text == "}")
        if not depth and not (token.kind is Kind.CLOSE and token.text == "}"):
            kept.append(token.text)
    return kept
