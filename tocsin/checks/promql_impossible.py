"""A part of an expression that cannot do what it was written for.

Found are operands that never match, since one side lacks a label that the other one has; labels
that an aggregation or a join has taken away and that are used later, or that are joined and then
lost; comparisons that cannot hold, such as `count(x) == 0` (`count` of nothing is nothing);
selectors that contradict themselves. It is an error when the whole expression never returns
anything. What decides is underlined.

Bad, since `sum` leaves no `job`, so that nothing is ever muted:

    - alert: HostDown
      expr: up{job="node"} == 0 unless sum(maintenance)

Good:

    - alert: HostDown
      expr: up{job="node"} == 0 unless on () sum(maintenance)

Bad, since `sum` leaves no `cluster` to group by:

    - record: cluster:errors:count
      expr: count by (cluster) (sum(rate(errors_total[5m])))

Good:

    - record: cluster:errors:count
      expr: count by (cluster) (sum by (cluster, instance) (rate(errors_total[5m])))

Bad, since `and` takes no labels from its right side:

    - alert: Overloaded
      expr: load > 10 and on (instance) (up * on (instance) group_left (team) owners == 1)

Good:

    - alert: Overloaded
      expr: (load > 10 and on (instance) up == 1) * on (instance) group_left (team) owners

Bad, since `count` is 1 or more, or nothing at all:

    - alert: NoWorkers
      expr: count(worker_busy) == 0
      for: 5m

Good:

    - alert: NoWorkers
      expr: absent(worker_busy)
      for: 5m
"""

from collections.abc import Callable, Iterator
from itertools import groupby

from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Position, Problem, Severity
from tocsin.promql import tree
from tocsin.promql.flow import Finding, Kind, Reason, Why
from tocsin.written import Expression, expressions

_FATAL = {Kind.UNMATCHED, Kind.NEVER, Kind.CONTRADICTION, Kind.MUTED}


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per odd thing; labels with the same fate share one."""
    for expression in expressions(compiled):
        found = [finding for finding in expression.analysis.findings if _is_ours(finding)]
        for _, group in groupby(found, key=_fate):
            yield _told(expression, list(group))


def _is_ours(finding: Finding) -> bool:
    """What only follows from a declaration is for promql/series and promql/vector_matching."""
    declared = finding.reason is not None and finding.reason.why is Why.DECLARED
    return finding.kind in _TELLERS and not declared


def _fate(finding: Finding) -> tuple[object, ...]:
    reason = finding.reason
    decides = (reason.why, reason.node) if reason and finding.kind is not Kind.JOIN_NEEDLESS else ()
    return finding.kind, id(finding.node), finding.part, [id(part) for part in decides]


def _told(expression: Expression, group: list[Finding]) -> Problem:
    finding = group[0]
    message, hint = _TELLERS[finding.kind](finding, _listed(group))
    fatal = expression.analysis.empty and finding.certain and finding.kind in _FATAL
    severity = Severity.ERROR if fatal else Severity.WARNING
    place = _place(expression, finding, len(group))
    return Problem(place, CHECK.id, severity, message, hint, expression.rule.name)


def _place(expression: Expression, finding: Finding, labels: int) -> Position:
    reason = finding.reason
    if reason is not None and finding.kind in {Kind.UNMATCHED, Kind.LABEL_GONE}:
        return expression.at(reason.node, reason.part, reason.label)
    return expression.at(finding.node, finding.part, finding.label if labels == 1 else "")


def _listed(group: list[Finding]) -> str:
    names = [f"`{finding.label}`" for finding in group]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _because(reason: Reason | None) -> str:
    return reason.text if reason else ""


def _unmatched(finding: Finding, labels: str) -> tuple[str, str]:
    node = finding.node
    assert isinstance(node, tree.Binary)  # noqa: S101 # only operations match
    side = "left" if finding.side is node.left else "right"
    wanted = "which `on` names" if node.on is not None else "which the other side has"
    message = f"the {side} side of `{node.operator}` never matches: it has no {labels}, {wanted}"
    hint = "match with `on` or `ignoring` on labels that both sides have"
    if finding.reason and finding.reason.why is Why.AGGREGATED:
        hint = f"aggregate `by ({finding.label})` there, or leave it out of the match"
    return f"{message}, since {_because(finding.reason)}", hint


def _gone(finding: Finding, labels: str) -> tuple[str, str]:
    node = finding.node
    user = {"grouping": "by", "matching": "on"}.get(finding.part, "")
    if isinstance(node, tree.Binary) and not user:
        user = f"group_{node.many}"
    if isinstance(node, tree.Call):
        message = f"`{node.name}` reads {labels}, not there since {_because(finding.reason)}"
        return message, "keep the label there; without it, this does nothing"
    message = f"`{user}` asks for {labels}, not there since {_because(finding.reason)}"
    return message, "keep the label there, or do not ask for it"


def _never(finding: Finding, _labels: str) -> tuple[str, str]:
    assert isinstance(finding.node, tree.Binary)  # noqa: S101 # only operations compare
    if finding.node.truth:
        return f"this is always 0: {finding.text}", ""
    if finding.certain:
        counted = any(_is_count(child) for child in finding.node.children)
        hint = "`count` of nothing is nothing: ask for `absent(...)`, or add `or vector(0)`"
        return f"this never holds: {finding.text}", hint if counted else ""
    return f"one part of this never holds: {finding.text}", "that part adds nothing: leave it out"


def _is_count(node: tree.Node) -> bool:
    node = tree.bare(node)
    return isinstance(node, tree.Aggregation) and node.name == "count"


def _always(finding: Finding, _labels: str) -> tuple[str, str]:
    return f"this compares constants, and always holds: {finding.text}", ""


def _lost(finding: Finding, labels: str) -> tuple[str, str]:
    node = finding.node
    if isinstance(node, tree.Aggregation):
        message = f"joined in vain: {labels}, since `{node.name}` does not keep it"
        return message, f"group `by ({finding.label})`, too, or do not join it"
    operator = node.operator if isinstance(node, tree.Binary) else ""
    message = f"joined in vain: {labels}, since `{operator}` does not hand it on"
    return message, "put brackets around what is to be joined as a whole"


def _needless(finding: Finding, labels: str) -> tuple[str, str]:
    message = f"{labels} is there already: {_because(finding.reason)}"
    return message, "the join replaces it: leave it out of the join"


def _contradiction(finding: Finding, labels: str) -> tuple[str, str]:
    reason = finding.reason
    if reason is not None and reason.why is Why.RECORDED:
        return f"no series has {labels}: {reason.text}", ""
    since = f", since {reason.text}" if reason else ""
    return f"no series satisfies this{since}", ""


def _muted(finding: Finding, _labels: str) -> tuple[str, str]:
    if isinstance(finding.node, tree.Call):
        return "this never returns anything: what it looks at is always there", ""
    return "nothing is ever left of this: the right side of `unless` is always there", ""


def _unused(_finding: Finding, _labels: str) -> tuple[str, str]:
    message = "the right side of `or` is never used: the left one is always there"
    return message, "swap the two sides"


_TELLERS: dict[Kind, Callable[[Finding, str], tuple[str, str]]] = {
    Kind.UNMATCHED: _unmatched,
    Kind.LABEL_GONE: _gone,
    Kind.NEVER: _never,
    Kind.ALWAYS: _always,
    Kind.JOIN_LOST: _lost,
    Kind.JOIN_NEEDLESS: _needless,
    Kind.CONTRADICTION: _contradiction,
    Kind.MUTED: _muted,
    Kind.UNUSED: _unused,
}

CHECK = Check("promql/impossible", Severity.WARNING, run, __doc__)
