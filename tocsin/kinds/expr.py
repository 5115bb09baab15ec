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
from tocsin.model import Rule, Settings, Tier


def expand(rule: Rule, _settings: Settings) -> Iterator[Tier]:
    """One tier: the rule itself."""
    severity = str(rule.data.get("severity") or rule.own_labels.get("severity", ""))
    yield Tier(severity, rule.text("expr").strip(), rule.text("for"))


KIND = Kind("expr", expand, expressions=(("expr",),))
