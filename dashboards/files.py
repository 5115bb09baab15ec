"""The dashboards of a catalogue as files, and whether those on disk are them."""

from collections.abc import Mapping
from pathlib import Path

from dashboards import SHEETS
from dashboards.frame import rendered
from dashboards.watched import Watched


def made(rules: Mapping[str, Watched]) -> dict[str, str]:
    """File names to contents."""
    return {f"{uid}.json": rendered(make(rules)) for uid, make in SHEETS.items()}


def of_rules(rules: Mapping[str, Watched]) -> frozenset[str]:
    """The queries that show what rules judge: these keep the range that the rule has."""
    return frozenset(
        query.expr
        for make in SHEETS.values()
        for row in make(rules).rows
        for panel in row.panels
        if panel.watched and panel.watched.expr
        for query in panel.queries
    )


def stale(files: Mapping[str, str], folder: Path) -> list[str]:
    """The names of files that are missing, differ, or should not be there."""
    present = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.json"))}
    names = sorted({*files, *present})
    return [name for name in names if files.get(name) != present.get(name)]


def write(files: Mapping[str, str], folder: Path) -> None:
    """Writes all, and removes dashboards that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if path.name not in files:
            path.unlink()
    for name, content in files.items():
        (folder / name).write_text(content, "utf-8")
