"""A group that is evaluated less often than every 5 minutes.

A query looks back 5 minutes for the latest sample. A series that is recorded less often has gaps,
and an alert that is evaluated less often flaps, unless `keep_firing_for` lasts for the interval.

Bad, in a file with `interval: 10m`:

    - record: job:up:sum
      expr: sum by (job) (up)
"""

from collections.abc import Iterator

from tocsin import durations, problem
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule, RuleGroup
from tocsin.problem import Problem, Severity

LOOKBACK = 5 * 60_000  # Prometheus's --query.lookback-delta


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per group of which a rule suffers."""
    told: set[int] = set()
    for rule in compiled.catalogue.rules:
        group = rule.group
        if not group.interval or id(group) in told:
            continue
        every = _milliseconds(group.interval)
        if every > LOOKBACK and _milliseconds(rule.text("keep_firing_for")) < every:
            told.add(id(group))
            yield _problem(group, rule)


def _milliseconds(written: str) -> int:
    try:
        return durations.parse(written)
    except ValueError:
        return 0  # told by the schema


def _problem(group: RuleGroup, rule: Rule) -> Problem:
    if rule.kind == "record":
        effect = f"`{rule.name}` has gaps when it is queried"
        hint = "5m at most: a query looks no further back"
    else:
        effect = f"`{rule.name}` flaps"
        hint = "5m at most, or a `keep_firing_for` as long as the interval"
    message = f"evaluated every {group.interval}, {effect}"
    place = group.source.position((*group.path, "interval"))
    return problem.warning(place, CHECK.id, message, hint, rule.name)


CHECK = Check("group/interval", Severity.WARNING, run, __doc__, alone=True)
