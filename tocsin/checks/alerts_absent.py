"""`absent()` in an alert that does not wait: it fires whenever Prometheus starts.

After a start the rule is evaluated before the first scrape has brought the series. A `for` of two
scrape intervals is enough. `absent_over_time` waits by itself.

Also: `absent()` of something that always has a result, which never fires.

Bad:

    - alert: SchedulerGone
      expr: absent(up{job="scheduler"})

Good:

    - alert: SchedulerGone
      expr: absent(up{job="scheduler"})
      for: 5m
"""

from collections.abc import Iterator

from tocsin import durations, problem
from tocsin.checks.check import Check
from tocsin.model import Alert, Catalogue, Compiled, Rule
from tocsin.problem import Position, Problem, Severity
from tocsin.promql.outcome import Branch, branches

PROMETHEUS_DEFAULT = "1m"  # global.scrape_interval, where nobody says otherwise


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per `absent` of an alert whose `for` is missing or too short."""
    wanted = 2 * durations.parse(_scrape_interval(compiled.catalogue))
    told = set()
    for alert in compiled.alerts:
        rule = alert.rule
        key = (rule.source.name, rule.path)
        if rule.kind not in {"expr", "absent"} or "absent" not in alert.expr or key in told:
            continue
        for branch in branches(_written(rule)):
            if branch.operation == "absent":
                told.add(key)
                yield from _branch(alert, branch, wanted)


def _written(rule: Rule) -> str:
    return rule.text("expr") if rule.kind == "expr" else f"absent({rule.text('absent', 'series')})"


def _scrape_interval(catalogue: Catalogue) -> str:
    source = catalogue.settings.source
    said = source is not None and "scrape_interval" in source.data
    return catalogue.settings.scrape_interval if said or catalogue.root else PROMETHEUS_DEFAULT


def _branch(alert: Alert, branch: Branch, wanted: int) -> Iterator[Problem]:
    rule = alert.rule
    place = _place(rule, branch)
    if branch.dead:
        message = "this `absent` never fires: what it looks for is always there"
        yield problem.warning(place, CHECK.id, message, "", rule.name)
        return
    wait = durations.parse(alert.for_) if alert.for_ else 0
    if wait >= wanted:
        return
    hint = f"give it `for: {durations.text(wanted)}`, two scrape intervals, or more"
    message = "`absent` is true whenever Prometheus starts, before the first scrape"
    if wait:
        place = rule.at("for") if rule.kind == "expr" else rule.at("absent", "for")
        message = f"{message}; {alert.for_} is too short to wait for it"
    yield problem.warning(place, CHECK.id, message, hint, rule.name)


def _place(rule: Rule, branch: Branch) -> Position:
    if rule.kind == "absent":
        return rule.at("absent", key=True)
    return rule.at_text(("expr",), *branch.span(rule.text("expr")))


CHECK = Check("alerts/absent", Severity.WARNING, run, __doc__, alone=True)
