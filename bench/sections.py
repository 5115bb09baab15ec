"""A report of several measurements: a table each, and one picture with a part for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from matplotlib import pyplot
from matplotlib.axes import Axes

COLOURS = {"relay": "#2f6f9f", "SQLite": "#2f6f9f", "PostgreSQL": "#7fa65b"}
GREY = "#b9b9b9"


@dataclass(frozen=True)
class Section:
    """One measurement. The first column of `rows` is text, the others are numbers as written."""

    title: str
    intro: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    draw: Callable[[Axes], None]

    def table(self) -> str:
        """The rows in Markdown, below what was measured."""
        lines = [
            f"## {self.title}\n\n{self.intro}\n",
            f"| {' | '.join(self.head)} |",
            f"|---|{'---:|' * (len(self.head) - 1)}",
            *(f"| {' | '.join(row)} |" for row in self.rows),
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Sections:
    """All of them."""

    name: str
    title: str
    intro: str
    sections: Sequence[Section]
    notes: Sequence[str] = field(default_factory=tuple)

    def table(self) -> str:
        """All tables in Markdown."""
        return "\n\n".join(section.table() for section in self.sections)

    def method(self) -> str:
        """How it was measured."""
        return (
            "everything runs on this machine, the load generator\n"
            "and Slack's stand-in too; what is compared was measured in turn, in one run."
        )

    def picture(self, path: Path) -> None:
        """A part for each section."""
        rows = (len(self.sections) + 1) // 2
        figure, axes = pyplot.subplots(
            rows, 2, figsize=(11, 3.6 * rows), layout="constrained", squeeze=False
        )
        for axis, section in zip(axes.flat, self.sections, strict=False):
            section.draw(axis)
            axis.set_title(section.title, fontsize=10)
            axis.spines[["top", "right"]].set_visible(False)
        for axis in list(axes.flat)[len(self.sections) :]:
            axis.set_visible(False)
        figure.savefig(path, dpi=110, metadata={"Software": ""})
        pyplot.close(figure)


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
