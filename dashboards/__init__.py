"""Grafana dashboards as code. What a rule watches comes from the catalogue: its expression, its
limits, its links. So a changed limit changes the rule and the dashboard together.

    rules/ ──► watched ──► host, service, flows, ... ──► frame ──► deploy/grafana/dashboards/*.json
                           (plain data: sheet)             check, ask, draw ◄──┘
"""

from collections.abc import Callable, Mapping

from dashboards import alerting, flows, host, scenarios, service
from dashboards.sheet import Sheet
from dashboards.watched import Watched

SHEETS: Mapping[str, Callable[[Mapping[str, Watched]], Sheet]] = {
    "host": host.sheet,
    "service": service.sheet,
    "flows": flows.sheet,
    "scenarios": scenarios.sheet,
    "alerting": alerting.sheet,
}
"""Each dashboard by its stable UID, which rules name with `dashboard:`."""
