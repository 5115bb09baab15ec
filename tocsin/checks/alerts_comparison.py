"""An alert without a condition, which always fires.

Prometheus makes an alert of each result of `expr`, whatever its value. Without a comparison (or
`unless`, or `absent`) the alert fires for every series there is; with `or vector(0)`, and with
`bool`, it even fires when all is well. What is meant to fire always is a `heartbeat`.

Bad:

    - alert: ManyErrors
      expr: rate(errors_total[5m])

Good:

    - alert: ManyErrors
      expr: rate(errors_total[5m]) > 10
"""

from collections.abc import Iterator

from tocsin import problem
from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity
from tocsin.promql.outcome import Branch, branches


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per part of an expression that gives results under no condition."""
    for rule in compiled.catalogue.rules:
        if rule.kind != "expr":
            continue  # the other kinds bring their own condition
        written = rule.text("expr")
        found = branches(written)
        for branch in found:
            if branch.unconditional:
                message, hint = _told(branch, alone=len(found) == 1, plain=rule.group.plain)
                place = rule.at_text(("expr",), *branch.span(written))
                yield problem.warning(place, CHECK.id, message, hint, rule.name)


def _told(branch: Branch, *, alone: bool, plain: bool) -> tuple[str, str]:
    if branch.as_bool:
        message = "`bool` makes 0 or 1 of the comparison, so there always is a result to fire for"
        return message, "leave `bool` out"
    if branch.always and alone:
        hint = "if it is meant to, say so: `# tocsin ignore alerts/comparison: REASON`"
        hint = hint if plain else "make it a `heartbeat`"
        return "this always has a result, so the alert always fires", hint
    if branch.always:
        message = "this has a result when the rest has none, so the alert fires all the time"
        return message, "leave it out, or compare the whole with something"
    message = "nothing is compared here: the alert fires as soon as there is such a series"
    return message, "say when to fire, such as `> 0`"


CHECK = Check("alerts/comparison", Severity.WARNING, run, __doc__, alone=True)
