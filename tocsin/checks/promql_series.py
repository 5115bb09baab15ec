"""A metric, or a label of one, that nothing declares; an alert that is not there.

Where metrics are declared (`rules/metrics/`, or `metrics` in tocsin.yaml), a name that is neither
declared nor recorded is most likely misspelt, and a rule on it never does anything. So is a label
that neither the metric's declaration nor `target_labels` has. In a catalogue, `ALERTS` must ask for
alerts that there are.

With `--prometheus` the server is asked as well, whatever is declared: whether each selector finds
something, and if not, what stops it: a metric, a label or a value that was never there in the last
days (`lookback`), or has not been since some moment; for less than `min_age` that is only an
information. What is recorded by rules beside, stands in `absent(...)` or has another value in its
place (`or vector(0)`) is left alone. What is known otherwise can be named in the `lint` section:
metrics (`ignore`), and labels whose values come and go (`values_of`), such as a code of errors that
there were none of. The defaults are

    promql/series: {ignore: [], values_of: [], lookback: 7d, min_age: 2h}

With this declaration:

    metrics:
      - {name: node_load1, type: gauge, labels: [cpu]}
      - {name: errors_total, type: counter}

Bad:

    - alert: LoadHigh
      expr: nod_load1 > 8

Bad:

    - alert: LoadHigh
      expr: sum by (cpuu) (node_load1) > 8

Good:

    - alert: LoadHigh
      expr: sum by (cpu) (node_load1) > 8
"""

from collections.abc import Iterator

from tocsin import demands, durations, problem, suggest
from tocsin.asking import selecting, series
from tocsin.asking.series import Sought
from tocsin.checks.check import Check, OfServer
from tocsin.flows import Declared, metric_of
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem, Severity
from tocsin.promql.flow import Finding, Kind, Why
from tocsin.promql.outcome import OF_STATE
from tocsin.promql.tree import Selector
from tocsin.written import Expression, expressions

# Series that Prometheus itself makes. Source: its documentation, jobs_instances and feature_flags
_OWN = OF_STATE | frozenset(
    """
    up scrape_duration_seconds scrape_samples_scraped scrape_samples_post_metric_relabeling
    scrape_series_added scrape_timeout_seconds scrape_sample_limit scrape_body_size_bytes
    """.split()
)


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per unknown metric, label and alert."""
    catalogue = compiled.catalogue
    for expression in expressions(compiled):
        selectors = [node for node in expression.nodes if isinstance(node, Selector)]
        if catalogue.root is not None:
            for node in selectors:
                yield from _alerts(compiled, expression, node)
        if catalogue.metrics:
            for node in selectors:
                yield from _metric(compiled, expression, node)
            yield from _labels(expression)


def _alerts(compiled: Compiled, expression: Expression, node: Selector) -> Iterator[Problem]:
    known = compiled.known.alerts
    for matcher in node.matchers if node.name in OF_STATE else ():
        if matcher.label != "alertname" or matcher.sign != "=" or matcher.value in known:
            continue
        if "alert" not in compiled.known.gone.get(matcher.value, ()):
            message = f"there is no alert `{matcher.value}`"
            hint, place = suggest.hint(matcher.value, known), expression.at(matcher)
            yield problem.warning(place, CHECK.id, message, hint, expression.rule.name)


def _metric(compiled: Compiled, expression: Expression, node: Selector) -> Iterator[Problem]:
    catalogue, recorded, rule = compiled.catalogue, compiled.known.recorded, expression.rule
    name = node.name
    if not name or name in _OWN or name in recorded:
        return
    if "recording" in compiled.known.gone.get(name, ()):
        return  # rule/dependency knows more about it
    if metric_of(name, catalogue.metrics) is not None:
        return
    if _is_ignored(compiled, rule, name):
        return
    known = {*Declared(catalogue.settings, catalogue.metrics), *recorded}
    near = suggest.nearest(name, known)
    hint = f"did you mean `{near}`?" if near else "declare it in a file of metrics"
    place = expression.at(node, "name")
    message = f"`{name}` is neither declared nor recorded"
    yield problem.warning(place, CHECK.id, message, hint, rule.name)


def _labels(expression: Expression) -> Iterator[Problem]:
    for finding in expression.analysis.findings:
        reason = finding.reason
        if reason is None or reason.why is not Why.DECLARED or not _is_ours(finding):
            continue
        if isinstance(reason.node, Selector):
            known = expression.flows.branches(reason.node)[0].possible or ()
            message = f"`{reason.node.name}` has no label `{finding.label}`"
            place = expression.at(finding.node, finding.part, finding.label)
            hint = suggest.hint(finding.label, known)
            yield problem.warning(place, CHECK.id, message, hint, expression.rule.name)


def _is_ours(finding: Finding) -> bool:
    """What is about matching two operands is for promql/vector_matching."""
    if finding.kind is Kind.CONTRADICTION:
        return True
    return finding.kind is Kind.LABEL_GONE and finding.part != "matching"


def _is_ignored(compiled: Compiled, rule: Rule, name: str) -> bool:
    ignored = compiled.catalogue.options(CHECK.id, rule).get("ignore", ())
    return any(demands.matches(pattern, name, rule) for pattern in ignored)


def gather(compiled: Compiled) -> Iterator[Sought]:
    """The selectors of a file that a server should find something for."""
    recorded = compiled.known.recorded
    for expression in expressions(compiled):
        rule = expression.rule
        options = compiled.catalogue.options(CHECK.id, rule)
        back, age = (
            durations.parse(options.get(key, default)) / 1000
            for key, default in (("lookback", "7d"), ("min_age", "2h"))
        )
        coming = frozenset(options.get("values_of", ()))
        for node in selecting.expected(expression.root):
            if node.name in OF_STATE or node.name in recorded:
                continue
            if not _is_ignored(compiled, rule, node.name):
                yield Sought(selecting.asked(expression, node), rule.name, back, age, coming)


CHECK = Check(
    "promql/series",
    Severity.WARNING,
    run,
    __doc__,
    server=OfServer("which series there are", gather, series.find),
)
