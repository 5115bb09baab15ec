"""Every query of every dashboard, asked of the demo's real Prometheus; and the pictures of it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dashboards.__main__ import main
from dashboards.ask import ask_all
from demo.chain import start, supervised
from demo.parts import Parts

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "grafana" / "dashboards"
PATIENCE_SECONDS = 90

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, prometheus: Path) -> Iterator[str]:
    """The address of the Prometheus of a demo that runs."""
    state = tmp_path_factory.mktemp("demo")
    parts = Parts(state)
    with supervised(parts) as supervisor:
        start(parts, supervisor)
        yield parts.prometheus_url


def boards() -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))]


def test_every_panel_has_data_or_says_why_not(asked: str) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while bad := [one for one in ask_all(boards(), asked) if not one.fine]:
        assert time.monotonic() < give_up, "\n".join(f"{one.line()}\n{one.expr}" for one in bad)
        time.sleep(1)
    assert sum(one.series > 0 for one in ask_all(boards(), asked)) > 50


def test_asking_by_hand_tells_each_and_the_sum(asked: str) -> None:
    test_every_panel_has_data_or_says_why_not(asked)
    done = CliRunner().invoke(main, ["ask", "--folder", str(FOLDER), "--prometheus", asked])
    assert done.exit_code == 0, done.output
    assert "0 without the answer they should have" in done.output
    assert "Tocsin / Host / CPU" in done.output


def test_each_dashboard_is_drawn(asked: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main,
        [
            "draw",
            "--folder",
            str(FOLDER),
            "--prometheus",
            asked,
            "--minutes",
            "2",
            "--out",
            str(tmp_path),
        ],
    )
    assert done.exit_code == 0, done.output
    pictures = sorted(tmp_path.glob("*.png"))
    assert len(pictures) == len(boards())
    assert all(picture.stat().st_size > 10_000 for picture in pictures)


def test_a_prometheus_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["ask", "--folder", str(FOLDER), "--prometheus", "http://127.0.0.1:1"]
    )
    assert done.exit_code == 1
    assert "does not answer" in done.output


def test_a_query_that_is_wrong_is_told(asked: str) -> None:
    board = boards()[0]
    board["panels"] = [panel for panel in board["panels"] if panel["type"] != "row"][:1]
    board["panels"][0]["targets"][0]["expr"] = "rate(up)"
    first = next(ask_all([board], asked))
    assert not first.fine
    assert "expected type range vector" in first.line()
