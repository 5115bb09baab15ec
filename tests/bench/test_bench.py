"""The benchmarks run, on a catalogue too small to measure anything; nothing here is timed."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import catalogue, daemonkit, lint, report
from bench.measure import Failed
from bench.options import Options
from bench.registry import BENCHES
from tocsin import pipeline


def test_the_generated_catalogue_is_clean_and_the_same_every_time(tmp_path: Path) -> None:
    written = catalogue.write(tmp_path / "one", 26)
    again = catalogue.write(tmp_path / "two", 26)
    outcome = pipeline.run((written.folder,))
    assert outcome.result.problems == ()
    assert outcome.result.rules == written.rules == 26 * 20
    texts = [[path.read_bytes() for path in found.files] for found in (written, again)]
    assert texts[0] == texts[1]


def test_each_edit_of_a_rule_file_is_a_new_one(tmp_path: Path) -> None:
    path = catalogue.write(tmp_path, 5).files[0]
    seen = {path.read_bytes()}
    for times in range(3):
        catalogue.change(path, times)
        seen.add(path.read_bytes())
    assert len(seen) == 4
    assert pipeline.run((tmp_path / "rules",)).result.problems == ()


def test_lint_is_measured_against_the_real_promtool(promtool: Path, tmp_path: Path) -> None:
    assert promtool.exists()
    found = lint.run(Options(rounds=1, scale=0.002, scratch=tmp_path))
    assert all(row.measured.least > 0 and row.measured.memory > 0 for row in found.rows)
    page = report.write(found, tmp_path / "out", "make bench")
    assert "| promtool check rules" in page.read_text(encoding="utf-8")
    assert (tmp_path / "out" / "lint.png").stat().st_size > 0


@pytest.mark.usefixtures("prometheus_cpp")
def test_metrics_are_measured_in_python_and_in_cpp(tmp_path: Path) -> None:
    found = daemonkit.run(Options(rounds=1, scale=0.01, scratch=tmp_path))
    page = report.write(found, tmp_path / "out", "make bench").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert [row.count("|") for row in rows] == [5] * 8
    assert "| scrape of 100 series |" in page
    # 100 series and those of the operations; prometheus-client adds when each was created.
    sizes = dict(re.findall(r"^- (\S+) answers with (\d+) series", page, re.MULTILINE))
    assert set(sizes) == set(daemonkit.CLIENTS)
    assert 100 < int(sizes["daemonkit"]) < int(sizes["prometheus-client"])
    assert (tmp_path / "out" / "daemonkit.png").stat().st_size > 0


def test_without_a_compiler_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Failed, match="run tools/install-cpp"):
        daemonkit.run(Options(rounds=1, scale=0.01, scratch=tmp_path))


def test_a_benchmark_that_does_not_exist_is_named_with_those_that_do() -> None:
    from bench.__main__ import main

    result = CliRunner().invoke(main, ["nonsense"])
    assert result.exit_code == 2
    assert all(name in result.output for name in BENCHES)


@pytest.mark.parametrize("name", BENCHES)
def test_each_benchmark_has_its_file(name: str) -> None:
    assert Path("bench", f"{name}.py").is_file()
