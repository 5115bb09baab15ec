"""A picture of each dashboard from the answers to its own queries: what it shows, for those who
have no Grafana at hand. Drawn by matplotlib in Grafana's layout; not a screenshot of Grafana.
"""

import math
import time
from collections.abc import Iterable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dashboards.ask import filled, get, variables

WIDTH_INCHES = 16.0
ROW_INCHES = 0.34  # one of Grafana's rows
DAY_SECONDS = 86_400.0
SERIES = 12  # more lines than that cannot be told apart
INK, PAPER, CARD, GRID = "#d8d9da", "#111217", "#181b1f", "#2c3235"
COLOURS = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "blue": "#5794f2"}
LINES = ("#7eb26d", "#eab839", "#6ed0e0", "#ef843c", "#e24d42", "#1f78c1", "#ba43a9", "#705da0")

Series = tuple[str, list[float], list[float]]


def draw_all(
    boards: Iterable[dict[str, Any]], prometheus: str, minutes: int, out: Path
) -> Iterator[Path]:
    """A PNG per dashboard in `out`; raises NoAnswer where Prometheus gives none."""
    out.mkdir(parents=True, exist_ok=True)
    for board in boards:
        path = out / f"dashboard-{board['uid']}.png"
        figure = _board(board, prometheus, minutes)
        figure.savefig(path, dpi=70, facecolor=PAPER, metadata={"Software": None})
        yield path


def _board(board: dict[str, Any], prometheus: str, minutes: int) -> Figure:
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"]) + 2
    figure = Figure(figsize=(WIDTH_INCHES, rows * ROW_INCHES))
    figure.text(0.01, 1 - 1.2 / rows, board["title"], color=INK, fontsize=15, va="center")
    chosen = "   ".join(f"{name}: All" for name in variables(board))
    figure.text(0.99, 1 - 1.2 / rows, chosen, color=INK, fontsize=10, ha="right", va="center")
    for panel in board["panels"]:
        place = panel["gridPos"]
        bottom = 1 - (place["y"] + place["h"] + 2) / rows
        if panel["type"] == "row":
            figure.text(0.01, bottom + 0.5 / rows, f"⌄ {panel['title']}", color=INK, va="center")
            continue
        box = (
            place["x"] / 24 + 0.005, bottom + 0.12 / rows,
            place["w"] / 24 - 0.01, (place["h"] - 0.24) / rows,
        )  # fmt: skip
        card = figure.add_axes(box, facecolor=CARD)
        card.set_xticks([])
        card.set_yticks([])
        for side in card.spines.values():
            side.set_color(GRID)
        card.set_title(panel["title"], color=INK, fontsize=10, loc="left", y=1, pad=-13, x=0.012)
        _inside(figure, panel, box, 1 / rows, _series(board, panel, prometheus, minutes))
    return figure


def _series(
    board: dict[str, Any], panel: dict[str, Any], prometheus: str, minutes: int
) -> list[Series]:
    end = time.time()
    start = end - 60 * minutes
    step = max(1, round(60 * minutes / 240))
    found: list[Series] = []
    for target in panel["targets"]:
        rate = f"{max(4, 4 * step)}s"
        expr = filled(target["expr"], variables(board), rate, f"{minutes}m")
        answer = get(prometheus, "query_range", query=expr, start=start, end=end, step=step)
        for one in answer["result"]:
            times = [float(at) / DAY_SECONDS for at, _ in one["values"]]  # as matplotlib has them
            values = [float(value) for _, value in one["values"]]
            found.append((_legend(target.get("legendFormat", ""), one["metric"]), times, values))
    return found


def _legend(pattern: str, labels: dict[str, str]) -> str:
    for name, value in labels.items():
        pattern = pattern.replace(f"{{{{{name}}}}}", value)
    return pattern or ", ".join(f"{k}={v}" for k, v in labels.items())


def _inside(
    figure: Figure,
    panel: dict[str, Any],
    box: tuple[float, float, float, float],
    unit: float,
    series: list[Series],
) -> None:
    left, bottom, width, height = box
    middle = (left + width / 2, bottom + height / 2)
    if not series:
        text = panel["fieldConfig"]["defaults"].get("noValue", "no data")
        figure.text(*middle, text, color=INK, ha="center", va="center", alpha=0.6)
    elif panel["type"] == "stat":
        value = series[0][2][-1]
        shown = _shown(value, panel["fieldConfig"]["defaults"]["unit"])
        colour = _colour(panel, value)
        figure.text(*middle, shown, color=colour, ha="center", va="center", fontsize=22)
    elif panel["type"] == "table":
        lines = [f"{_shown(s[2][-1], 'short'):>8}   {s[0]}" for s in series[:SERIES]]
        top = bottom + height - 1.6 * unit
        figure.text(left + 0.01, top, "\n".join(lines), color=INK, va="top", family="monospace")
    else:
        axes = figure.add_axes(
            (left + 0.045, bottom + 1.9 * unit, width - 0.055, height - 3.3 * unit), facecolor=CARD
        )
        (_timeline if panel["type"] == "state-timeline" else _graph)(axes, panel, series)


def _graph(axes: Axes, panel: dict[str, Any], series: list[Series]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    shown = sorted(series, key=lambda one: -max(one[2]))[:SERIES]
    if defaults.get("custom", {}).get("stacking", {}).get("mode") == "normal":
        times = max((one[1] for one in shown), key=len)
        rows = [dict(zip(one[1], one[2], strict=True)) for one in shown]
        axes.stackplot(
            times,
            [[row.get(at, 0.0) for at in times] for row in rows],
            labels=[one[0] for one in shown],
            colors=LINES,
            alpha=0.7,
        )
    else:
        for index, (name, times, values) in enumerate(shown):
            axes.plot(times, values, lw=1.2, label=name, color=LINES[index % len(LINES)])
    steps = defaults.get("thresholds", {}).get("steps", [])
    if defaults.get("custom", {}).get("thresholdsStyle"):
        for step in steps:
            if step["value"] is not None:
                axes.axhline(step["value"], ls="--", lw=1, color=COLOURS[step["color"]])
    axes.set_ylim(bottom=0)
    if (top := defaults.get("custom", {}).get("axisSoftMax")) is not None:
        axes.set_ylim(top=max(top, axes.get_ylim()[1]))
    unit = defaults["unit"]
    axes.yaxis.set_major_formatter(lambda value, _: _shown(value, unit))
    _dressed(axes)
    axes.legend(
        loc="upper left", bbox_to_anchor=(-0.06, -0.13), ncols=4, fontsize=7, frameon=False,
        labelcolor=INK, handlelength=1,
    )  # fmt: skip


def _timeline(axes: Axes, _panel: dict[str, Any], series: list[Series]) -> None:
    for row, (name, times, _values) in enumerate(series[:SERIES]):
        axes.plot(times, [row] * len(times), "s", ms=5, color=COLOURS["red"])
        axes.text(
            0.005, row + 0.3, name, color=INK, fontsize=8, transform=axes.get_yaxis_transform()
        )
    axes.set_ylim(-0.6, min(len(series), SERIES) + 0.1)
    axes.set_yticks([])
    _dressed(axes)


def _dressed(axes: Axes) -> None:
    form = "%H:%M:%S" if _short(axes) else "%H:%M"
    axes.xaxis.set_major_formatter(dates.DateFormatter(form, tz=UTC))
    axes.xaxis.set_major_locator(dates.AutoDateLocator(maxticks=7))
    axes.grid(color=GRID, lw=0.6)
    axes.tick_params(colors=INK, labelsize=8, length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _short(axes: Axes) -> bool:
    """Whether the time that is shown is a matter of minutes."""
    start, end = axes.get_xlim()
    return (end - start) * 24 * 60 < 15


def _colour(panel: dict[str, Any], value: float) -> str:
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    passed = [step for step in steps if step["value"] is None or value >= step["value"]]
    return COLOURS[passed[-1]["color"]]


def _shown(value: float, unit: str) -> str:
    """A value as Grafana would write it, nearly."""
    if not math.isfinite(value):
        return str(value)
    if unit == "percent":
        return f"{value:.3g}%"
    if unit == "percentunit":
        return f"{100 * value:.3g}%"
    if unit == "s":
        for size, name in ((86_400, "d"), (3600, "h"), (60, "min")):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}"
        return f"{value:.3g} s"
    base, after = (1024.0, {"bytes": "B", "Bps": "B/s"}.get(unit, "")) if unit in {
        "bytes", "Bps"
    } else (1000.0, "/s" if unit in {"ops", "cps"} else "")  # fmt: skip
    for name in ("", "k", "M", "G", "T"):
        if abs(value) < base or name == "T":
            return f"{value:.3g} {name}{after}".strip()
        value /= base
    return ""
