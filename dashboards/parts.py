"""What several dashboards are made of."""

from collections.abc import Mapping
from dataclasses import replace

from dashboards.selecting import narrowed
from dashboards.sheet import Form, Panel, Query, Selector
from dashboards.watched import Watched

PLATFORM = Selector("platform", "up")
HOST = Selector("host", "up")
RATE = "$__rate_interval"
"""Grafana makes of it a range that always holds several scrapes."""


def where(*labels: str) -> Mapping[str, str]:
    """Matchers that take what the selectors of these labels say."""
    return {label: f"${label}" for label in labels}


def query(expr: str, legend: str, *labels: str) -> Query:
    """A query, narrowed by the selectors of `labels`."""
    return Query(narrowed(expr, where(*labels)), legend)


def of_rule(
    rule: Watched, title: str, description: str, legend: str, *labels: str, **more: object
) -> Panel:
    """A graph of the very value that a rule judges, with its limits."""
    shown = Panel(
        title,
        f"{description} {rule.in_words()}",
        rule.grafana_unit,
        (query(rule.expr, legend, *labels),),
        watched=rule,
        highest=100.0 if rule.unit == "percent" else None,
    )
    return replace(shown, **more)  # type: ignore[arg-type] # fields of a panel


def stat(panel: Panel, title: str, expr: str, legend: str, *labels: str) -> Panel:
    """A panel's value as one number now, coloured by the same limits."""
    return replace(
        panel,
        title=title,
        queries=(query(expr, legend, *labels),),
        form=Form.STAT,
        width=4,
        height=4,
    )


def firing(names: str, *labels: str) -> Panel:
    """The alerts that fire now, worst first."""
    matchers = f'alertstate="firing", alertname=~"{names}"'
    return Panel(
        "Firing now",
        "The alerts that fire for what is selected. In Slack their messages link to the runbooks.",
        "short",
        (query(f"sort_desc(ALERTS{{{matchers}}})", "{{alertname}} {{severity}}", *labels),),
        form=Form.TABLE,
        width=24,
        height=6,
        may_be_empty="nothing fires",
    )
