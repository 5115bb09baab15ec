"""`expr`: a plain Prometheus alerting rule, as it is.

The expression, `for`, labels and annotations are taken over unchanged; `severity:` is another way
to write the label.

    - alert: PrometheusConfigReloadFailed
      expr: max_over_time(prometheus_config_last_reload_successful[5m]) == 0
      for: 10m
      labels: {severity: critical}
"""

from collections.abc import Iterator

from tocsin.kinds.kind import Kind
from tocsin.model import Rule, Settings
from tocsin.promql import text
from tocsin.tier import Part, Tier


def expand(rule: Rule, _settings: Settings) -> Iterator[Tier]:
    """One tier: the rule itself. Its parts are what the expression joins by `or`."""
    severity = str(rule.data.get("severity") or rule.own_labels.get("severity", ""))
    expr = rule.text("expr").strip()
    spans = text.alternatives(expr)
    parts = [expr[start:end] for start, end in spans] if len(spans) > 1 else []
    found = (Part(f"`{' '.join(part.split())}`", part, ("expr",)) for part in parts)
    yield Tier(severity, expr, rule.text("for"), parts=tuple(found))


KIND = Kind("expr", expand, expressions=(("expr",),))
