"""Inhibition that mutes nothing, or everything.

While `critical` fires, Alertmanager mutes `warning` of the same labels. To say which labels those
are, Tocsin must know them: from an aggregation (`by`), or from the metrics' declarations in
`rules/metrics/`. Muting by too few labels would hide the trouble of another host, so nothing is
muted where they are not known, and both severities are shown.

Rules that wait for each other by `unless` mute each other: Alertmanager lets an alert that is muted
mute others all the same, so that nobody is told of either.

Bad, where nothing declares `queue_length`:

    - alert: QueueLong
      threshold:
        value: queue_length
        above: {warning: {at: 10}, critical: {at: 100}}

Good:

    - alert: QueueLong
      threshold:
        value: max by (host, queue) (queue_length)
        above: {warning: {at: 10}, critical: {at: 100}}

Bad:

    - alert: HostDown
      expr: max by (host) (up) == 0
      unless: HostUnreachable
    - alert: HostUnreachable
      expr: max by (host) (probe_success) == 0
      unless: HostDown
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from tocsin import inhibitions, problem
from tocsin.checks.check import Across, Check
from tocsin.flows import flows
from tocsin.inhibitions import Side
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per rule with tiers whose labels are not known."""
    for rule in inhibitions.unknown(compiled):
        message = "the labels of this value are not known, so lower tiers are not muted"
        hint = "aggregate `by` the labels that matter, or declare the metric in rules/metrics/"
        place = rule.at(rule.kind, key=True)
        yield problem.warning(place, CHECK.id, message, hint, rule.name)


def gather(compiled: Compiled) -> list[Side]:
    """The rules that any `unless` is about."""
    return inhibitions.sides(compiled, flows(compiled))


def judge(gathered: Mapping[str, list[Side]], part: Callable[[str], Compiled]) -> Iterator[Problem]:
    """A problem per circle of rules that mute each other, at the first of them."""
    waits: dict[str, list[str]] = {}
    sides: dict[str, Side] = {}
    for side, name, shared in inhibitions.meetings(chain.from_iterable(gathered.values())):
        if shared:
            waits.setdefault(side.name, []).append(name)
            sides.setdefault(side.name, side)
    told: set[str] = set()
    for name, side in sides.items():
        circle = _circle(name, waits) if name not in told else []
        if circle:
            told.update(circle)
            rules = part(side.file).catalogue.rules
            rule = next(rule for rule in rules if rule.path == side.path)
            shown = " and ".join(f"`{each}`" for each in circle)
            message = f"{shown} mute each other: when they fire together, nobody is told of any"
            hint = "let only the consequence wait for its cause"
            yield problem.error(rule.at("unless"), CHECK.id, message, hint, rule.name)


def _circle(start: str, waits: Mapping[str, list[str]]) -> list[str]:
    """The shortest way from a rule along `unless` back to itself."""
    ways, seen = [[start]], {start}
    for way in ways:  # grows while it is walked
        for name in waits.get(way[-1], ()):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


CHECK = Check("route/inhibition", Severity.WARNING, run, __doc__, across=Across(gather, judge))
