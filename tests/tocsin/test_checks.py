"""Tables of rules per check: `checks/ID.yaml` says what is found, by severity and underlined text.

A case has `rules` (a list of plain Prometheus rules, as YAML text) or whole `files`; `settings` are
those of catalogue.yaml, `group` is more of the plain group that the rules stand in.
"""

import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from tocsin import checks, pipeline
from tocsin.problem import Position

TABLES = Path(__file__).parent / "checks"


def cases() -> list[Any]:
    return [
        pytest.param(path.stem, case, id=f"{path.stem}: {case['case']}")
        for path in sorted(TABLES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("check", "case"), cases())
def test_what_a_check_finds(
    check: str, case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    files = dict(case.get("files", {}))
    if "rules" in case:
        group = textwrap.indent(case.get("group", ""), "    ")
        rules = textwrap.indent(case["rules"], "      ")
        files["rules.yml"] = f"groups:\n  - name: g\n{group}    rules:\n{rules}"
    if "settings" in case:
        files["catalogue.yaml"] = yaml.safe_dump({"version": 1, **case["settings"]})
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    outcome = pipeline.run((Path(),))
    check_id = check.replace("_", "/", 1)
    found = [p for p in outcome.result.problems if p.check == check_id]
    shown = [f"{p.severity.label}: {underlined(p.position)}" for p in found]
    assert shown == case.get("found", []), outcome.result.problems
    said = "\n".join(problem.message for problem in found)
    assert all(words in said for words in case.get("says", [])), said


def underlined(place: Position) -> str:
    lines = Path(place.file).read_text(encoding="utf-8").split("\n")
    if place.line == place.end_line:
        return lines[place.line - 1][place.column - 1 : place.end_column - 1]
    first = lines[place.line - 1][place.column - 1 :]
    last = lines[place.end_line - 1][: place.end_column - 1]
    return " ".join([first, *map(str.strip, lines[place.line : place.end_line - 1]), last.strip()])


def test_every_table_is_about_a_check() -> None:
    assert {path.stem.replace("_", "/", 1) for path in TABLES.glob("*.yaml")} <= set(checks.CHECKS)
