"""The dashboards as files: current, well formed, in style, and true to the catalogue."""

import copy
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import SHEETS, files
from dashboards.__main__ import main
from dashboards.check import faults
from dashboards.selecting import narrowed
from dashboards.watched import Watched, watched
from tocsin import pipeline
from tocsin.promql.selectors import selectors

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "grafana" / "dashboards"


@pytest.fixture(scope="module")
def rules() -> dict[str, Watched]:
    return watched(ROOT / "rules")


@pytest.fixture(scope="module")
def boards(rules: dict[str, Watched]) -> dict[str, Any]:
    return {name: json.loads(text) for name, text in files.made(rules).items()}


def panels(board: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {panel["title"]: panel for panel in board["panels"] if panel["type"] != "row"}


def test_the_files_are_what_the_catalogue_says() -> None:
    done = CliRunner().invoke(
        main, ["build", "--check", "--rules", str(ROOT / "rules"), "--folder", str(FOLDER)]
    )
    assert done.exit_code == 0, done.output


def test_each_is_a_dashboard_by_grafanas_own_model(boards: dict[str, Any]) -> None:
    def bare(value: Any) -> Any:
        """Without what stands for nothing, such as nulls and empty lists."""
        if isinstance(value, dict):
            return {key: bare(one) for key, one in value.items() if one not in (None, [], {}, "")}
        return [bare(one) for one in value] if isinstance(value, list) else value

    for name, board in boards.items():
        again = json.loads(JSONEncoder().encode(Dashboard.from_json(copy.deepcopy(board))))
        assert bare(again) == bare(board), name


def test_each_is_in_style(boards: dict[str, Any], rules: dict[str, Watched]) -> None:
    own = files.of_rules(rules)
    told = {name: list(faults(board, own)) for name, board in boards.items()}
    assert not any(told.values()), told


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda board, _: board.update(uid=""), "UID"),
        (lambda board, _: board["templating"].update(list=[]), "data source"),
        (lambda board, _: board["annotations"].update(list=[]), "no alerts"),
        (lambda board, _: board.update(description=""), "no description"),
        (lambda board, _: board.update(panels=[]), "no panel"),
        (lambda _, panel: panel.update(description=""), "no description"),
        (lambda _, panel: panel["fieldConfig"]["defaults"].pop("unit"), "no unit"),
        (lambda _, panel: panel.update(targets=[]), "asks nothing"),
        (lambda _, panel: panel["datasource"].update(uid="x"), "was chosen"),
        (lambda _, panel: panel["targets"][0].update(expr="rate(a[5m])"), "is fixed"),
        (lambda _, panel: panel["targets"][0].update(expr="rate(a"), "not PromQL"),
        (lambda _, panel: panel["targets"][0].update(legendFormat=""), "no name"),
        (lambda _, panel: panel["gridPos"].update(x=20), "wider than the page"),
        (lambda _, panel: panel["gridPos"].update(y=0), "lies over"),
        (lambda _, panel: panel.update(title="CPU by mode"), "two of it"),
        (lambda board, _: board["templating"]["list"][2].update(query="x"), "not narrowed"),
    ],
)
def test_what_is_out_of_style_is_told(boards: dict[str, Any], change: Any, fault: str) -> None:
    board = copy.deepcopy(boards["host.json"])
    change(board, panels(board)["CPU"])
    assert fault in "\n".join(faults(board))


def test_every_metric_is_declared(boards: dict[str, Any]) -> None:
    outcome = pipeline.run((ROOT / "rules",))
    known = {*outcome.compiled.catalogue.metrics, "ALERTS"}
    for name, board in boards.items():
        for title, panel in panels(board).items():
            for target in panel["targets"]:
                expr = re.sub(r"\$__(rate_interval|range)", "5m", target["expr"])
                asked = {selector.name.removesuffix("_bucket") for selector in selectors(expr)}
                assert asked <= known, f"{name}: {title}"


def test_every_rule_leads_to_a_dashboard_that_shows_it_and_back(boards: dict[str, Any]) -> None:
    outcome = pipeline.run((ROOT / "rules",))
    linked = {
        alert.rule.name: alert.annotations.get("dashboard_url", "")
        for alert in outcome.compiled.alerts
    }
    for name, url in linked.items():
        found = re.search(r"/d/(\w+)", url)
        assert found, name
        assert f"{found[1]}.json" in boards, name
    shown = boards["host.json"]["panels"]
    (cpu,) = [panel for panel in shown if panel["title"] == "CPU"]
    assert cpu["links"][0]["url"].endswith("host.md#cpu")


def test_a_changed_limit_changes_the_dashboard(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    host = tmp_path / "rules" / "host.yaml"
    text = host.read_text()
    assert "warning: {at: 80, for: 15m}" in text
    host.write_text(text.replace("warning: {at: 80, for: 15m}", "warning: {at: 77, for: 15m}", 1))
    board = json.loads(files.made(watched(tmp_path / "rules"))["host.json"])
    steps = panels(board)["CPU"]["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, 77, 95]
    assert "warning 77%" in panels(board)["CPU"]["description"]


def test_limits_below_colour_from_the_other_side(boards: dict[str, Any]) -> None:
    steps = panels(boards["service.json"])["Processes"]["fieldConfig"]["defaults"]["thresholds"]
    assert [(step["value"], step["color"]) for step in steps["steps"]] == [
        (None, "red"),
        (1, "green"),
    ]


def test_a_catalogue_with_errors_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("group: a\nrules:\n  - alert: A\n    expr: up ==\n")
    done = CliRunner().invoke(main, ["build", "--rules", str(tmp_path), "--folder", str(tmp_path)])
    assert done.exit_code == 1
    assert "a.yaml:4" in done.output
    assert "tocsin lint" in done.output


def test_what_is_stale_is_named_and_what_is_no_more_removed(
    tmp_path: Path, rules: dict[str, Watched]
) -> None:
    (tmp_path / "old.json").write_text("{}")
    made = files.made(rules)
    assert files.stale(made, tmp_path) == sorted({"old.json", *made})
    files.write(made, tmp_path)
    assert files.stale(made, tmp_path) == []
    assert {path.stem for path in tmp_path.iterdir()} == set(SHEETS)


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("up", 'up{a=~"$a"}'),
        ("up{}", 'up{a=~"$a"}'),
        ('up{b="c"}', 'up{a=~"$a", b="c"}'),
        ('{__name__="x"}', '{a=~"$a", __name__="x"}'),
        ("sum by (b) (rate(x[5m]))", 'sum by (b) (rate(x{a=~"$a"}[5m]))'),
        ("sum(x) without (b)", 'sum(x{a=~"$a"}) without (b)'),
        ("x / on (b) group_left (c) y", 'x{a=~"$a"} / on (b) group_left (c) y{a=~"$a"}'),
        ("x[5m:1m] offset 1h", 'x{a=~"$a"}[5m:1m] offset 1h'),
        ("time() - x > bool 3", 'time() - x{a=~"$a"} > bool 3'),
        ("x and y unless z or v", 'x{a=~"$a"} and y{a=~"$a"} unless z{a=~"$a"} or v{a=~"$a"}'),
        ("rate(x[$__rate_interval])", 'rate(x{a=~"$a"}[$__rate_interval])'),
        ("x @ end()", 'x{a=~"$a"} @ end()'),
        ("Inf + NaN", "Inf + NaN"),
    ],
)
def test_every_selector_is_narrowed_and_nothing_else(expr: str, expected: str) -> None:
    assert narrowed(expr, {"a": "$a"}) == expected


def test_nothing_to_narrow_leaves_it_as_it_is() -> None:
    assert narrowed("up", {}) == "up"
