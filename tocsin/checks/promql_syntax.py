"""PromQL that Prometheus would not load.

The problem underlines the part to blame. Syntax that is newer than the parser that Tocsin uses is
not reported: nothing can be said of it.

Bad:

    - alert: ManyErrors
      expr: sum(rate(errors_total[5m]) > 10

Good:

    - alert: ManyErrors
      expr: sum(rate(errors_total[5m])) > 10
"""

from collections.abc import Iterator
from itertools import groupby

from tocsin import problem
from tocsin.checks.check import Check
from tocsin.kinds import KINDS
from tocsin.model import Alert, Compiled
from tocsin.problem import Problem, Severity
from tocsin.promql import text
from tocsin.promql.parse import parse


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem for each text of a rule that does not parse, and each result that does not."""
    for rule in compiled.catalogue.rules:
        for path, written in KINDS[rule.kind if rule.kind in KINDS else "expr"].texts(rule).items():
            fault = parse(written).fault
            if fault:
                place = rule.at_text(path, fault.start, fault.end)
                yield problem.error(place, CHECK.id, fault.message, fault.hint, rule.name)
    typed = (alert for alert in compiled.alerts if alert.rule.kind != "expr")
    for _, alerts in groupby(typed, key=lambda alert: alert.rule.path):
        yield from _of_whole(list(alerts))


def _of_whole(alerts: list[Alert]) -> Iterator[Problem]:
    """That each part of a rule is right, and the whole is not: `x[5m]` cannot be compared,
    for example."""
    rule = alerts[0].rule
    for expr in text.shapes(alert.expr for alert in alerts):
        if fault := parse(expr).fault:
            path = KINDS[rule.kind].expressions[0]
            message = f"this gives PromQL that is not valid: {fault.message}"
            yield problem.error(rule.at(*path), CHECK.id, message, fault.hint, rule.name)
            return


CHECK = Check("promql/syntax", Severity.ERROR, run, __doc__, breaks=True, alone=True)
