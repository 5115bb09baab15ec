"""A sheet to the JSON that Grafana provisions. The only place that knows Grafana's own words."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.sheet import Form, Panel, Selector, Sheet
from dashboards.watched import Watched

SOURCE = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
COLOURS = {"info": "blue", "warning": "orange", "critical": "red"}
REFRESH = "30s"


def rendered(sheet: Sheet) -> str:
    """The file that Grafana reads."""
    board = (
        builders.Dashboard(f"Tocsin / {sheet.title}")
        .uid(sheet.uid)
        .description(sheet.description)
        .tags(list(sheet.tags))
        .timezone("browser")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .time("now-3h", "now")
        .refresh(REFRESH)
        .readonly()
        .annotation(_alerts(sheet))
        .link(_others())
        .with_variable(
            builders.DatasourceVariable("datasource")
            .label("Prometheus")
            .type("prometheus")
            .description("The Prometheus that is asked.")
        )
    )
    for index, selector in enumerate(sheet.selectors):
        board = board.with_variable(_variable(selector, sheet.selectors[:index]))
    for row in sheet.rows:
        board = board.with_row(builders.Row(row.title))
        for panel in row.panels:
            board = board.with_panel(_panel(panel))
    made = json.loads(JSONEncoder().encode(board.build()))
    return json.dumps(_stable(made), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _stable(made: dict[str, Any]) -> dict[str, Any]:
    """Numbered panels: without an ID Grafana gives new ones, and links to a panel break."""
    for number, panel in enumerate(made["panels"], start=1):
        panel["id"] = number
    return made


def _alerts(sheet: Sheet) -> builders.AnnotationQuery:
    labels = [one.label for one in sheet.selectors if one.label in {"platform", "host"}]
    chosen = "".join(f', {label}=~"${label}"' for label in labels)
    return (
        builders.AnnotationQuery()
        .name("Alerts")
        .datasource(SOURCE)
        .enable(True)
        .icon_color("red")
        .expr(f'ALERTS{{alertstate="firing", alertname=~"{sheet.alerts}"{chosen}}}')
        .title_format("{{alertname}} {{severity}}")
        .text_format("{{platform}} {{host}} {{service}} {{flow}} {{scenario}}")
        .tag_keys("severity")
        .step("60s")
    )


def _others() -> builders.DashboardLink:
    return (
        builders.DashboardLink("Tocsin")
        .type(dashboard.DashboardLinkType.DASHBOARDS)
        .tags(["tocsin"])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )


def _variable(selector: Selector, before: Sequence[Selector]) -> builders.QueryVariable:
    chosen = ", ".join(f'{one.label}=~"${one.label}"' for one in before)
    metric = f"{selector.metric}{{{chosen}}}" if chosen else selector.metric
    return (
        builders.QueryVariable(selector.label)
        .label(selector.label.capitalize())
        .datasource(SOURCE)
        .query(f"label_values({metric}, {selector.label})")
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.NATURAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")  # also what has no such label
        .current(dashboard.VariableOption(selected=True, text="All", value="$__all"))
    )


def _panel(panel: Panel) -> Any:
    makers: dict[Form, Callable[[Panel], Any]] = {
        Form.GRAPH: _graph,
        Form.STAT: _stat,
        Form.TABLE: _table,
        Form.TIMELINE: _timeline,
    }
    made = (
        makers[panel.form](panel)
        .title(panel.title)
        .description(panel.description)
        .unit(panel.unit)
        .datasource(SOURCE)
        .span(panel.width)
        .height(panel.height)
        .thresholds(_thresholds(panel.watched))
        .no_value(panel.may_be_empty or "no data")
    )
    for index, query in enumerate(panel.queries):
        target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend)
        target = target.ref_id(chr(ord("A") + index)).datasource(SOURCE)
        if panel.form in {Form.STAT, Form.TABLE}:
            target = target.instant()
        if panel.form is Form.TABLE:
            target = target.format(PromQueryFormat.TABLE)
        made = made.with_target(target)
    if panel.watched and panel.watched.runbook.startswith(("http://", "https://")):
        made = made.links(
            [
                builders.DashboardLink(f"Runbook of {panel.watched.name}")
                .url(panel.watched.runbook)
                .type(dashboard.DashboardLinkType.LINK)
                .target_blank(True)
            ]
        )
    return made


def _graph(panel: Panel) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .line_width(1)
        .fill_opacity(60 if panel.stacked else 5)
        .show_points(common.VisibilityMode.NEVER)
        .min(0)
        .legend(
            common_builders.VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(
            common_builders.VizTooltipOptions()
            .mode(common.TooltipDisplayMode.MULTI)
            .sort(common.SortOrder.DESCENDING)
        )
    )
    if panel.stacked:
        made = made.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL))
    if panel.highest is not None:
        made = made.axis_soft_max(panel.highest)
    if panel.watched and panel.watched.limits:
        style = common_builders.GraphThresholdsStyleConfig()
        made = made.thresholds_style(style.mode(common.GraphThresholdsStyleMode.DASHED))
    return made


def _stat(_panel: Panel) -> stat.Panel:
    reduce = common_builders.ReduceDataOptions().calcs(["lastNotNull"])
    return (
        stat.Panel()
        .reduce_options(reduce)
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.VALUE)
    )


def _table(_panel: Panel) -> table.Panel:
    """The labels of each series; what every alert has alike is left out."""
    hidden = dashboard.DataTransformerConfig(
        id_val="organize",
        options={"excludeByName": {"Time": True, "__name__": True, "alertstate": True}},
    )
    return table.Panel().with_transformation(hidden)


def _timeline(_panel: Panel) -> statetimeline.Panel:
    return (
        statetimeline.Panel()
        .show_value(common.VisibilityMode.NEVER)
        .merge_values(True)
        .color_scheme(builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
    )


def _thresholds(watched: Watched | None) -> builders.ThresholdsConfig:
    """Green where all is well; the colours of the severities from their limits on."""
    limits = dict(watched.limits) if watched else {}
    if not limits:
        steps = [dashboard.Threshold(value=None, color="green")]
    elif watched and watched.above:
        steps = [dashboard.Threshold(value=None, color="green")]
        steps += [
            dashboard.Threshold(value=limit, color=COLOURS.get(severity, "yellow"))
            for severity, limit in sorted(limits.items(), key=lambda item: item[1])
        ]
    else:  # below a limit: each colour holds up to its limit
        ordered = sorted(limits.items(), key=lambda item: item[1])
        ends = [None, *(limit for _, limit in ordered)]
        colours = [COLOURS.get(severity, "yellow") for severity, _ in ordered] + ["green"]
        steps = [
            dashboard.Threshold(value=end, color=colour)
            for end, colour in zip(ends, colours, strict=True)
        ]
    return builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)
