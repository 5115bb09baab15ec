"""The label flow: which labels an expression's results surely have, may have and cannot have.

    analysis = Flows().of('sum by (job) (rate(errors_total{env="prod"}[5m]))')
    analysis.presence("job")          # MAY: `by` keeps it, if the series have it
    analysis.cannot("env").text       # "`sum by (job)` leaves no other labels"
    analysis.place(analysis.cannot("env"))    # the characters of `by (job)`

An expression is walked from its selectors upwards. What it returns are branches: alternatives, one
for each operand of an `or`, each with what is known of its labels, why, and with the numbers that
its values can be. On the way, what is odd is noted as findings: operands that never match, a label
that is aggregated away and then used, a comparison that cannot hold.

| module | holds |
|---|---|
| `branch` | what is known of labels, as a value |
| `reason` | why it is known |
| `numbers` | which numbers a value can be |
| `finding` | what is odd, as data |
| `selectors`, `aggregations`, `calls` | what these make of labels |
| `matching`, `sets`, `comparing` | what operators make of two operands |
| `analysis` | the walk, and the metrics that are declared and recorded |

What is said is never wrong, and is judged by evaluating expressions with Prometheus itself; it may
be less than could be said. Of a metric that nothing declares, only what its matchers ask for is
known: any label may be there.
"""

from tocsin.promql.flow.analysis import Analysis, Declaration, Flows
from tocsin.promql.flow.branch import Branch, Presence
from tocsin.promql.flow.finding import Finding, Kind
from tocsin.promql.flow.numbers import Numbers
from tocsin.promql.flow.reason import Reason, Why

__all__ = [
    "Analysis",
    "Branch",
    "Declaration",
    "Finding",
    "Flows",
    "Kind",
    "Numbers",
    "Presence",
    "Reason",
    "Why",
]
