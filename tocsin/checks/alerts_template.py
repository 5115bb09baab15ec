"""A template in a label or annotation that does not load, or does not say what it should.

Labels and annotations are Go templates with Prometheus's functions. Found are: what keeps
Prometheus from loading the rule; what fails when an alert is made of it, such as a function that
gets the wrong thing; labels that no result has, or only some results have; PromQL in `query` that
is none; the alert's value in a label, where each new value makes a new alert; a rate shown with all
its digits.

Bad:

    - alert: HostDown
      expr: up == 0
      summary: "{{ $lables.host }} is down for {{ $value | humanise }}"

Good:

    - alert: HostDown
      expr: up == 0
      summary: "{{ $labels.host }} is down for {{ $value | humanizeDuration }}"

Bad, since `sum` leaves no labels:

    - alert: ManyErrors
      expr: sum(errors) > 5
      summary: "{{ $labels.job }} has errors"

Good:

    - alert: ManyErrors
      expr: sum by (job) (errors) > 5
      summary: "{{ $labels.job }} has errors"

Bad, since Go compares no float with a whole number:

    - alert: DiskFull
      expr: disk_used_percent > 80
      summary: "The disk is {{ if gt $value 95 }}full{{ else }}filling up{{ end }}"

Good:

    - alert: DiskFull
      expr: disk_used_percent > 80
      summary: "The disk is {{ if gt $value 95.0 }}full{{ else }}filling up{{ end }}"

Bad, since the alert is a new one whenever the value changes:

    - alert: QueueLong
      expr: queue_length > 100
      labels: {length: "{{ $value }}"}

Good:

    - alert: QueueLong
      expr: queue_length > 100
      annotations: {length: "{{ $value }}"}

Bad, since 0.016666666666666666 is hard to read:

    - alert: ManyErrors
      expr: rate(errors_total[5m]) > 0
      summary: "{{ $value }} errors per second"

Good:

    - alert: ManyErrors
      expr: rate(errors_total[5m]) > 0
      summary: "{{ $value | humanize }} errors per second"
"""

from collections.abc import Iterator

from tocsin import gotemplate, problem, templates
from tocsin.checks.check import Check
from tocsin.gotemplate import Meaning, Query
from tocsin.labelreads import Missing, Reader
from tocsin.model import Compiled, Rule
from tocsin.problem import Position, Problem, Severity
from tocsin.promql.flow import Why
from tocsin.promql.outcome import branches
from tocsin.promql.parse import parse
from tocsin.promql.text import not_a_value
from tocsin.templates import Text

_RATES = {"rate", "irate", "deriv"}
_DECLARED = "declare it with the metric, or in `target_labels` if every series has it"


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per fault of each template of each alert."""
    reader = Reader(compiled)
    for found in templates.of(compiled):
        faults = gotemplate.template(found.text).faults
        meaning = gotemplate.meaning(found.text)
        for fault in (*faults, *meaning.faults):
            place = found.place(fault.start, fault.end)
            yield problem.error(place, CHECK.id, fault.message, fault.hint, found.name)
        for query in meaning.queries:
            yield from _query(found, query)
        for lost in reader.missing(found, meaning):
            yield _missing(found, lost)
        yield from _value(found, meaning)


def _missing(found: Text, lost: Missing) -> Problem:
    read = lost.read
    place = found.place(read.start, read.end)
    of_query = "" if read.is_of_alert else " of the query"
    hint = _DECLARED if lost.reason.why is Why.DECLARED else ""
    if found.rule is not None and read.is_of_alert and _is_own(found.rule, read.name):
        hint = "`$labels` holds the labels of the results, not those that the rule adds"
    if lost.always:
        message = f"no result{of_query} has the label `{read.name}`: {lost.reason.text}"
        # A label without a value is no label, and routes depend on it; a text has a gap.
        told = problem.error if found.is_label else problem.warning
        return told(place, CHECK.id, message, hint, found.name)
    message = f"some results{of_query} have no label `{read.name}`: {lost.reason.text}"
    hint = hint or f"`{{{{ with $labels.{read.name} }}}}` shows it where it is there"
    return problem.warning(place, CHECK.id, message, hint, found.name)


def _is_own(rule: Rule, label: str) -> bool:
    return label in {"alertname", "severity"} or label in rule.own_labels


def _query(found: Text, query: Query) -> Iterator[Problem]:
    faults = [parse(text).fault for text in query.texts]
    fault = faults[0]
    if fault is not None and all(faults):
        message = f"this query is not valid PromQL: {fault.message}"
        place = found.place(query.start, query.end)
        if query.exact:
            place = found.place(query.start + fault.start, query.start + fault.end)
        yield problem.error(place, CHECK.id, message, fault.hint, found.name)
    elif all(not_a_value(text) for text in query.texts):
        message = f"`query` must get one value for each series, not {not_a_value(query.texts[0])}"
        place = found.place(query.start, query.end)
        yield problem.error(place, CHECK.id, message, "", found.name)


def _value(found: Text, meaning: Meaning) -> Iterator[Problem]:
    """The alert's value where it does harm, or is hard to read."""
    if found.is_label:
        for shown in meaning.shown:
            yield _in_label(found, shown.text, found.place(shown.start, shown.end))
        return
    unread = [shown for shown in meaning.shown if not shown.readable]
    if found.rule is None or not unread or len(unread) < len(meaning.shown):
        return  # shown legibly as well: the digits are meant
    if call := _rate(found.rule):
        message = f"the value is that of `{call}`, with more digits than anybody reads"
        hint = f"`{{{{ {unread[0].text} | humanize }}}}`, or another of the humanizing functions"
        place = found.place(unread[0].start, unread[0].end)
        yield problem.info(place, CHECK.id, message, hint, found.name)


def _in_label(found: Text, text: str, place: Position) -> Problem:
    message = f"`{text}` in a label: each new value is a new alert"
    hint = "put it in an annotation"
    if found.rule is not None and found.rule.data.get("for"):
        message += ", which begins to wait anew"
        return problem.error(place, CHECK.id, message, hint, found.name)
    return problem.warning(place, CHECK.id, message, hint, found.name)


def _rate(rule: Rule) -> str:
    """The function whose bare result is the value of a plain alert, "" for none."""
    if rule.kind != "expr":
        return ""
    for branch in branches(rule.text("expr")):
        if branch.call in _RATES and not branch.counted and not branch.dead:
            return branch.call
    return ""


CHECK = Check("alerts/template", Severity.ERROR, run, __doc__)
