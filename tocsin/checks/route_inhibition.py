"""Lower tiers that cannot be muted, because the labels of the rule's results are not known.

While `critical` fires, Alertmanager mutes `warning` of the same labels. To say which labels those
are, Tocsin must know them: from an aggregation (`by`), or from the metrics' declarations in
`rules/metrics/`. Muting by too few labels would hide the trouble of another host, so nothing is
muted where they are not known, and both severities are shown.

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
"""

from collections.abc import Iterator

from tocsin import inhibitions, problem
from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per rule with tiers whose labels are not known."""
    for rule in inhibitions.unknown(compiled):
        message = "the labels of this value are not known, so lower tiers are not muted"
        hint = "aggregate `by` the labels that matter, or declare the metric in rules/metrics/"
        place = rule.at(rule.kind, key=True)
        yield problem.warning(place, CHECK.id, message, hint, rule.name)


CHECK = Check("route/inhibition", Severity.WARNING, run, __doc__)
