"""`expr`: a plain Prometheus alerting rule, as it is.

The expression, `for`, labels and annotations are taken over unchanged. A rule that names no
severity, neither as `severity:` nor as a label, gets the catalogue's default.

    - alert: PrometheusConfigReloadFailed
      expr: max_over_time(prometheus_config_last_reload_successful[5m]) == 0
      for: 10m
      labels: {severity: critical}
"""

from collections.abc import Iterator

from tocsin.kinds.kind import Kind
from tocsin.model import Rule, Settings, Tier


def expand(rule: Rule, settings: Settings) -> Iterator[Tier]:
    """One tier: the rule itself."""
    labels = {**rule.group.labels, **rule.mapping("labels")}
    severity = str(rule.data.get("severity") or labels.get("severity", ""))
    if not rule.group.plain:
        severity = severity or settings.default_severity
    yield Tier(severity, rule.text("expr").strip(), rule.text("for"))


KIND = Kind("expr", expand, expressions=(("expr",),))
