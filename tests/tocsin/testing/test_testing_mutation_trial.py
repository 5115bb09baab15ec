"""Mutants side by side are judged as they are alone: by the real promtool, on the same tests."""

from pathlib import Path

import pytest
from testing_kit import compiled

from tocsin.testing import cases, generate, run
from tocsin.testing.mutation import trial
from tocsin.testing.mutation.mutant import Mutant
from tocsin.testing.mutation.trial import Trial

MINUTES = "version: 1\nscrape_interval: 1m\nevaluation_interval: 1m\n"
HELD = """\
- alert: High
  threshold:
    value: max by (host) (load{kind="a"})
    above: {warning: {at: 80, for: 3m}, critical: {at: 95, for: 1m}}
    clear: 70
  overrides:
    - where: {host: [h2, h3]}
      above: {warning: {at: 90}, critical: off}
  no_data: {after: 4m}
  keep_firing_for: 2m
  labels: {team: a}
"""
BRIEF = """\
- alert: Brief
  threshold:
    value: max by (host) (load{kind="a"})
    above: {warning: {at: 80, for: 1m}, critical: {at: 95}}
    clear: 70
  overrides:
    - where: {host: h2}
      above: {warning: {at: 90}, critical: off}
  tests:
    - interval: 1m
      series:
        load{host="h1",kind="a"}: 70 81 81 75 75 70 96 96
        load{host="h2",kind="a"}: 70 81 81 91 91 75 75 70
        load{host="h2",kind="b"}: 99x9
      firing:
        1m: []
        2m: [{severity: warning, host: h1}]
        4m: [{severity: warning, host: h1}, {severity: warning, host: h2}]
        5m: [{severity: warning, host: h2}]
        6m: [{severity: critical, host: h1}, {severity: warning, host: h2}]
        7m: [{severity: critical, host: h1}, {severity: warning, host: h1}]
"""
SILENT = """\
- alert: Silent
  no_events:
    counter: events_total{kind="a"}
    by: [flow]
    for: {warning: 3m, critical: 6m}
    expect: [{flow: cdr}]
    remember: 1h
"""
CHAINED = """\
- record: job:load:max
  expr: max by (job) (load{mode="x"})
- record: job:firing:count
  expr: count by (job) (ALERTS{alertname="Chained",alertstate="firing",severity="info"})
- alert: Chained
  expr: job:load:max > 5 or job:firing:count > 3
  labels: {severity: info, load: "{{ $labels.job }}"}
  tests:
    - interval: 1m
      series:
        load{job="a",mode="x"}: 1 5 6 7 1
        load{job="a",mode="y"}: 9x9
      firing:
        0m: []
        1m: []
        2m: [{severity: info, job: a, load: a}]
        3m: [{severity: info, job: a}]
"""
MATCHED = """\
- alert: Matched
  expr: a * on (x) group_left (y) b > 3
  labels: {severity: info}
  tests:
    - interval: 1m
      series:
        a{x="1",z="1"}: 2
        a{x="1",z="2"}: 2
        b{x="1",y="7"}: 2
        b{x="2",y="7"}: 2
      firing:
        0m: [{x: "1", y: "7", z: "1"}, {x: "1", y: "7", z: "2"}]
"""
WATCHED = """\
- alert: Watched
  expr: count(ALERTS{alertstate="firing"}) > 0 or up == 0
  labels: {severity: info}
  tests:
    - interval: 1m
      series:
        up: 1 0 1 1 0
        ALERTS{alertname="Other",alertstate="firing"}: _ _ 1
      firing:
        0m: []
        1m: [{severity: info}]
"""


def trial_of(folder: Path, rules: str, name: str) -> tuple[Trial, run.Bench, Path]:
    found = compiled(folder, rules, MINUTES)
    tests = list(cases.written(found))
    tests = tests or list(cases.generated(generate.tests(found).generated))
    trials = trial.trials(found, run.batches(tests))
    (mine,) = (one for one in trials if one.rule.name == name)
    return mine, found, folder


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        pytest.param(HELD, "High", marks=pytest.mark.slow),
        pytest.param(SILENT, "Silent", marks=pytest.mark.slow),
        (BRIEF, "Brief"),
        (CHAINED, "Chained"),
        (MATCHED, "Matched"),
        (WATCHED, "Watched"),
    ],
)
def test_each_mutant_is_judged_as_if_it_were_alone(
    rules: str, name: str, tmp_path: Path, promtool: Path
) -> None:
    mine, found, _ = trial_of(tmp_path, rules, name)
    bench = run.Bench(promtool, found, tmp_path / "bench")
    alone = mine._one_by_one(bench, dict(enumerate(mine.mutants)))
    noticed = {mutant.number for mutant in mine.run(bench).noticed if mutant.rule.name == name}
    left = {mutant.number for mutant in alone.values() if mutant.rule.name == name}
    of_rule = {mutant.number for mutant in mine.mutants if mutant.rule.name == name}
    assert noticed == of_rule - left
    assert noticed, "tests notice some of them"


def said(mutants: tuple[Mutant, ...]) -> set[str]:
    return {mutant.change for mutant in mutants}


def test_mutants_of_what_a_rule_reads_are_its_own_affair_too(
    tmp_path: Path, promtool: Path
) -> None:
    mine, found, _ = trial_of(tmp_path, CHAINED, "Chained")
    verdict = mine.run(run.Bench(promtool, found, tmp_path / "bench"))
    of_records = tuple(m for m in verdict.noticed if m.rule.kind == "record")
    assert {'mode="x" -> mode!="x"', 'without mode="x"', "by (job) -> by ()"} <= said(of_records)


def test_a_mutant_that_promtool_cannot_run_is_noticed(tmp_path: Path, promtool: Path) -> None:
    mine, found, _ = trial_of(tmp_path, MATCHED, "Matched")
    verdict = mine.run(run.Bench(promtool, found, tmp_path / "bench"))
    assert "on (x) -> on ()" in said(verdict.noticed), "then several series match one"
    assert said(tuple(set_minus(verdict.mutants, verdict.noticed))) == {
        "> 3 -> >= 3",
        "> 3 -> > 2",
        "severity: info -> severity: mutant",
    }


def set_minus(all_: tuple[Mutant, ...], some: tuple[Mutant, ...]) -> list[Mutant]:
    return [mutant for mutant in all_ if mutant not in some]
