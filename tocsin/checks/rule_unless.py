"""`unless` that keeps nothing quiet: it names a rule that is not there, or shares no label with it.

`unless: PlatformDown` mutes this rule's alerts in Alertmanager while PlatformDown fires for the
same values of the labels that both have. Without a label in common one platform's trouble would
mute every other's, so nothing is muted.

Bad, where no rule is called `PlatformDwon`:

    - alert: HostDown
      expr: up == 0
      unless: PlatformDwon
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from tocsin import inhibitions, problem, suggest
from tocsin.checks.check import Across, Check
from tocsin.flows import flows
from tocsin.inhibitions import Side
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per unknown name."""
    known = compiled.known.alerts
    for rule in compiled.catalogue.rules:
        for name in rule.unless:
            place = rule.at("unless")
            if name == rule.name:
                message = "a rule cannot wait for itself"
                yield problem.error(place, CHECK.id, message, rule=rule.name)
            elif name not in known:
                message = f"there is no rule `{name}`"
                yield problem.error(place, CHECK.id, message, suggest.hint(name, known), rule.name)


def gather(compiled: Compiled) -> list[Side]:
    """The rules that any `unless` is about."""
    return inhibitions.sides(compiled, flows(compiled))


def judge(gathered: Mapping[str, list[Side]], part: Callable[[str], Compiled]) -> Iterator[Problem]:
    """A problem per pair of rules without a label in common."""
    for side, name, shared in inhibitions.meetings(chain.from_iterable(gathered.values())):
        if shared:
            continue
        rules = part(side.file).catalogue.rules
        rule = next(rule for rule in rules if rule.path == side.path)
        message = f"`{rule.name}` and `{name}` have no label in common, so nothing is muted"
        hint = "aggregate both `by` the labels that they should share"
        yield problem.error(rule.at("unless"), CHECK.id, message, hint, rule.name)


CHECK = Check("rule/unless", Severity.ERROR, run, __doc__, across=Across(gather, judge))
