"""A chart as PNG: lines over time, those of the alerts that fire in front, and the limit.

The only place that imports matplotlib, which comes with the extra `charts`.
"""

import importlib.util
import io
import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

SIZE = (7.5, 3.6)  # inches, at 120 dots each
MOST = 60  # lines; the others are left out
TITLE = 76  # characters of the title
NAMED = 6  # lines that the legend tells apart

_FRONT = ("#d32f2f", "#1f6fc4", "#e08a00", "#23784a", "#7b4bb7", "#00838f")
_drawing = threading.Lock()  # warnings are switched for the whole process while one is drawn


@dataclass(frozen=True)
class Line:
    """One series. `points` are seconds since 1970 and values; `fires`: an alert stands for it."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]
    fires: bool = False


def available() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def draw(title: str, lines: Sequence[Line], limit: float | None) -> bytes:
    """The picture. Texts are drawn as they are: no label is taken for a formula."""
    with _drawing, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the font does not have
        return _drawn(title, lines, limit)


def _drawn(title: str, lines: Sequence[Line], limit: float | None) -> bytes:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415 - optional
    from matplotlib.figure import Figure  # noqa: PLC0415 - optional

    figure = Figure(figsize=SIZE, dpi=120, layout="constrained")
    axes = figure.subplots()
    front = [line for line in lines if line.fires][:MOST]
    common = _common(front)
    behind = [line for line in lines if not line.fires][: MOST - len(front)]
    for line in behind:
        axes.plot(*_split(line), color="#9aa4af", linewidth=0.9, alpha=0.6, zorder=1)
    for number, line in enumerate(front):
        name = _name(line.labels, common) if number < NAMED else None
        axes.plot(
            *_split(line), color=_FRONT[number % len(_FRONT)], linewidth=1.8, zorder=2, label=name
        )
    if limit is not None:
        told = f"limit {limit:g}"
        axes.axhline(limit, color="#b3261e", linewidth=1.2, linestyle="--", zorder=3, label=told)
    shown = title if len(title) <= TITLE else f"{title[: TITLE - 1]}…"
    axes.set_title(shown, fontsize=11, loc="left", parse_math=False)
    # matplotlib's dates have no types.
    locator = AutoDateLocator(maxticks=8, tz=UTC)
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, tz=UTC, show_offset=False)
    axes.xaxis.set_major_formatter(formatter)
    axes.set_xlabel("UTC", fontsize=9, loc="right")
    axes.tick_params(labelsize=10)
    axes.grid(visible=True, color="#e3e6ea", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    if front or limit is not None:
        legend = figure.legend(fontsize=10, frameon=False, loc="outside lower left", ncols=3)
        for text in legend.get_texts():
            text.set_parse_math(False)
    made = io.BytesIO()
    figure.savefig(made, format="png")
    return made.getvalue()


def _split(line: Line) -> tuple[list[float], list[float]]:
    """Times as matplotlib counts them, in days since 1970, and values."""
    return [at / 86_400 for at, _ in line.points], [value for _, value in line.points]


def _common(lines: Sequence[Line]) -> frozenset[tuple[str, str]]:
    """Labels that tell none of several lines from the others."""
    if len(lines) < 2:
        return frozenset()
    return frozenset.intersection(*(frozenset(line.labels.items()) for line in lines))


def _name(labels: Mapping[str, str], common: frozenset[tuple[str, str]]) -> str:
    own = sorted((labels.items() - common) or labels.items())
    told = ", ".join(f"{key}={value}" for key, value in own if key != "__name__")
    # A label that begins with "_" is left out of the legend; no name at all is told as such.
    return (f" {told}" if told.startswith("_") else told)[:40] or "value"
