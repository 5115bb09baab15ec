"""What a dashboard shows, as plain data; `frame` makes Grafana's JSON of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from dashboards.watched import Watched


class Form(StrEnum):
    """How a panel shows its numbers."""

    GRAPH = "timeseries"
    STAT = "stat"
    TABLE = "table"
    TIMELINE = "state-timeline"


@dataclass(frozen=True)
class Query:
    """PromQL, and the name of each of its series: text with `{{label}}`."""

    expr: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """One panel. Width in Grafana's 24 columns, height in its rows.

    watched: the rule whose value it shows: its limits are drawn, its runbook is linked.
    may_be_empty: why it can be without data on a healthy platform; "" where it must not.
    """

    title: str
    description: str
    unit: str  # Grafana's name of it
    queries: tuple[Query, ...]
    form: Form = Form.GRAPH
    width: int = 12
    height: int = 8
    watched: Watched | None = None
    stacked: bool = False
    highest: float | None = None  # the axis's end, where a value has one
    may_be_empty: str = ""


@dataclass(frozen=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Selector:
    """A variable on top: the values of a label of a metric; narrowed by the selectors before it."""

    label: str
    metric: str


@dataclass(frozen=True)
class Sheet:
    """One dashboard. `alerts`: a regular expression for the alerts that are drawn into it."""

    uid: str
    title: str
    description: str
    selectors: tuple[Selector, ...]
    rows: tuple[Row, ...]
    alerts: str = ".*"
    tags: tuple[str, ...] = field(default=("tocsin",))
