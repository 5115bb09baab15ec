"""`expr`: a plain Prometheus alerting rule, as it is.

The expression, `for`, labels and annotations are taken over unchanged; `severity:` is another way
to write the label. An override may say another `for` and another `severity`, or `severity: off`.

    - alert: PrometheusConfigReloadFailed
      expr: max_over_time(prometheus_config_last_reload_successful[5m]) == 0
      for: 10m
      labels: {severity: critical}
"""

from collections.abc import Iterator

from tocsin import problem
from tocsin.kinds.kind import Kind
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.tier import Part, Tier


def expand(rule: Rule, _settings: Settings) -> Iterator[Tier]:
    """One tier: the rule itself. Its parts are what the expression joins by `or`."""
    if rule.data.get("severity") is False:  # `off`
        return
    severity = str(rule.data.get("severity") or rule.own_labels.get("severity", ""))
    expr = rule.text("expr").strip()
    spans = text.alternatives(expr)
    parts = [expr[start:end] for start, end in spans] if len(spans) > 1 else []
    found = (Part(f"`{' '.join(part.split())}`", part, ("expr",)) for part in parts)
    yield Tier(severity, expr, rule.text("for"), parts=tuple(found))


def problems(rule: Rule, _settings: Settings) -> Iterator[Problem]:
    """Durations per severity, of which a plain rule has one; and `severity: on`."""
    if isinstance(rule.data.get("for"), dict):
        message = "`for` of an `expr` is one duration"
        yield problem.error(rule.at("for"), "schema/type", message, "such as `15m`", rule.name)
    if rule.data.get("severity") is True:
        message = "`severity` must be a severity, or `off`"
        yield problem.error(rule.at("severity"), "schema/type", message, rule=rule.name)


KIND = Kind("expr", expand, (("expr",),), problems)
