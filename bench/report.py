"""A benchmark's result as a table and a picture, printed and kept in docs/benchmarks/."""

import datetime
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Protocol

import matplotlib as mpl
from matplotlib import pyplot

from bench.measure import Measured

mpl.use("Agg")
_COLOURS = {"tocsin": "#2f6f9f", "other": "#b9b9b9"}
_VERSIONS = ("PyYAML", "promql-parser", "jsonschema", "prometheus-client")


class Report(Protocol):
    """What a benchmark found. `intro` says what was measured, `notes` what came of it."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def intro(self) -> str: ...
    @property
    def notes(self) -> Sequence[str]: ...
    def table(self) -> str:
        """The rows in Markdown."""
        ...

    def method(self) -> str:
        """How it was measured, to follow "Measured by `make ...`: "."""
        ...

    def picture(self, path: Path) -> None:
        """Draws the rows, as a PNG."""
        ...


@dataclass(frozen=True)
class Row:
    """A measured command and, where there is one, what it is held against."""

    name: str
    measured: Measured
    other: str = ""  # the row that it is held against
    ours: bool = True


@dataclass(frozen=True)
class Commands:
    """Whole processes side by side."""

    name: str
    title: str
    intro: str
    rows: Sequence[Row]
    notes: Sequence[str] = field(default_factory=tuple)

    def table(self) -> str:
        """The rows in Markdown."""
        lines = [
            "| what | least | median | processor | held against | ratio | peak memory |",
            "|---|---:|---:|---:|---|---:|---:|",
        ]
        by_name = {row.name: row.measured for row in self.rows}
        for row in self.rows:
            found = row.measured
            ratio = f"{found.against(by_name[row.other]):.2f}" if row.other else ""
            lines.append(
                f"| {row.name} | {found.least:.2f} s | {found.median:.2f} s "
                f"| {min(found.cpu):.2f} s | {row.other} | {ratio} | {found.memory / 1e6:.0f} MB |"
            )
        return "\n".join(lines)

    def method(self) -> str:
        """How it was measured."""
        rounds = len(self.rows[0].measured.wall)
        return (
            f"each command once per round, {rounds} rounds; a ratio is the\n"
            "median of the rounds' ratios. Memory is that of a process with all its children,\n"
            "pages that they share counted once."
        )

    def picture(self, path: Path) -> None:
        """Time and memory of each row."""
        rows = list(reversed(self.rows))
        figure, (left, right) = pyplot.subplots(
            1, 2, figsize=(10, 0.5 * len(rows) + 1.2), sharey=True, layout="constrained"
        )
        names = [row.name for row in rows]
        colours = [_COLOURS["tocsin" if row.ours else "other"] for row in rows]
        for axis, values, title in (
            (left, [row.measured.median for row in rows], "seconds (median)"),
            (right, [row.measured.memory / 1e6 for row in rows], "peak memory, MB"),
        ):
            bars = axis.barh(names, values, color=colours)
            axis.bar_label(bars, fmt="%.2f" if axis is left else "%.0f", padding=3)
            axis.set_title(title, fontsize=10)
            axis.margins(x=0.15)
            axis.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, dpi=110, metadata={"Software": ""})
        pyplot.close(figure)


def write(report: Report, folder: Path, command: str) -> Path:
    """Writes NAME.md and NAME.png into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    report.picture(folder / f"{report.name}.png")
    page = folder / f"{report.name}.md"
    lines = [
        f"# {report.title}",
        "",
        report.intro.strip(),
        "",
        report.table(),
        "",
        f"![{report.title}]({report.name}.png)",
        "",
        *(f"- {note}" for note in report.notes),
        *([""] if report.notes else []),
        f"Measured by `{command}`: {report.method()}",
        "",
        *(f"- {fact}" for fact in _circumstances()),
    ]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return page


def _circumstances() -> Iterable[str]:
    load = os.getloadavg()[0]
    yield f"{datetime.datetime.now(datetime.UTC).date()}, load {load:.1f} at the end"
    yield f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()}"
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in _VERSIONS)
    yield f"Python {platform.python_version()}, tocsin {metadata.version('tocsin')}, {packages}"
    yield _promtool()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _promtool() -> str:
    tool = shutil.which("promtool")
    if tool is None:
        return "no promtool"
    told = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True)
    return (told.stdout or told.stderr).splitlines()[0].partition(" (")[0]
