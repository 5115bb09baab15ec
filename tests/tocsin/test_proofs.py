"""What each kind means, judged by the real promtool on the series of `proofs*/` and `clocks/`."""

from functools import cache
from pathlib import Path

import pytest

from tocsin import emit, kinds, pipeline
from tocsin import promtool as runner
from tocsin.testing import cases, run

HERE = Path(__file__).parent
FOLDERS = ["proofs", "proofs_days", "clocks/spring"]


@cache
def outcome(folder: str) -> pipeline.Outcome:
    return pipeline.run((HERE / folder,))


def prove(folder: str, promtool: Path, work: Path) -> None:
    written = list(cases.written(outcome(folder).compiled))
    ran = run.run(promtool, outcome(folder).compiled, work, run.batches(written))
    findings = [finding for done in ran for finding in done.findings]
    assert len(findings) == len(written) > 0
    assert [found.message for found in findings if found] == []


def test_every_kind_has_proofs() -> None:
    proven = {rule.kind for name in FOLDERS for rule in outcome(name).compiled.catalogue.rules}
    proven_elsewhere = {"expr"}  # test_emit.py
    assert proven | proven_elsewhere == set(kinds.KINDS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_proof_holds(folder: str, promtool: Path, tmp_path: Path) -> None:
    assert outcome(folder).result.problems == ()
    prove(folder, promtool, tmp_path)


@pytest.mark.slow
def test_windows_hold_when_the_clocks_go_back(promtool: Path, tmp_path: Path) -> None:
    """Ten months of promtool's time; in the suite, `test_zones.py` judges the same expressions."""
    prove("clocks/autumn", promtool, tmp_path)


SERIES = """\
rule_files: [{rules}]
evaluation_interval: 15s
tests:
  - interval: 1m
    input_series:
      - {{series: 'load{{host="h1", disk="a"}}', values: '10x9 97x60'}}
    alert_rule_test:
      - eval_time: 14m
        alertname: High
      - eval_time: 15m
        alertname: High
        exp_alerts:
          - exp_labels: {{severity: critical, host: h1}}
            exp_annotations: {{source: "{source}"}}
"""


def test_promtools_own_alert_test_agrees(promtool: Path, tmp_path: Path) -> None:
    """The proofs ask `ALERTS`; this one asks promtool for whole alerts, labels and annotations."""
    compiled = outcome("proofs").compiled
    for name, content in emit.files(compiled).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    rules = next((tmp_path / "prometheus").glob("*threshold*"))
    source = next(alert.annotations["source"] for alert in compiled.alerts if alert.name == "High")
    test = tmp_path / "own.test.yml"
    test.write_text(SERIES.format(rules=rules, source=source))
    done = runner.run_tests(promtool, test)
    assert done.ok, done.output
