"""What each kind means, judged by the real promtool on the series of `proofs/`."""

from functools import cache
from pathlib import Path

from tocsin import pipeline, ruletests

PROOFS = Path(__file__).parent / "proofs"


@cache
def outcome() -> pipeline.Outcome:
    return pipeline.run((PROOFS,))


def test_the_proofs_have_no_problems() -> None:
    assert outcome().result.problems == ()


def test_every_proof_holds(promtool: Path, tmp_path: Path) -> None:
    cases = ruletests.cases(outcome().compiled)
    findings = list(ruletests.run(promtool, outcome().compiled, tmp_path))
    assert len(findings) == len(cases) > 20
    assert [found.message for found in findings if found] == []


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
    from tocsin import emit
    from tocsin import promtool as runner

    for name, content in emit.files(outcome().compiled).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    rules = next((tmp_path / "prometheus").glob("*threshold*"))
    source = next(a.annotations["source"] for a in outcome().compiled.alerts if a.name == "High")
    test = tmp_path / "own.test.yml"
    test.write_text(SERIES.format(rules=rules, source=source))
    done = runner.run_tests(promtool, test)
    assert done.ok, done.output
