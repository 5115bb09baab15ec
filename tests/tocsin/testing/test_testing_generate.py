"""Which tests rules come with, and that promtool agrees with each of them."""

from pathlib import Path

from testing_kit import compiled, disagree, generated, made_of

GROWTH = """\
- alert: Grows
  threshold:
    value: 100 * (max by (db) (bytes) / max by (db) (bytes offset 1d > 1e9) - 1)
    unit: percent
    above: {warning: {at: 20, for: 30m}}
"""
HIGH = """\
- alert: High
  threshold:
    value: max by (host) (load)
    above: {warning: {at: 20, for: 3m}}
"""
UNSOLVED = """\
- alert: Odd
  threshold:
    value: sum by (host) (topk(1, load) unless on (host) load)
    above: {warning: {at: 20}}
"""


def test_a_value_that_is_held_against_its_own_past_is_tested(
    tmp_path: Path, promtool: Path
) -> None:
    found = generated(tmp_path, GROWTH)
    test = found["warning: at the limit, past it, and back"]
    assert {check.firing for check in test.checks} == {frozenset(), frozenset({"warning"})}
    rules = compiled(tmp_path, GROWTH)
    assert disagree(promtool, tmp_path, rules, list(found.values())) == ""


def test_what_cannot_be_tested_is_told_at_the_limit(tmp_path: Path) -> None:
    (unsolved,) = made_of(tmp_path, UNSOLVED).unsolved
    found = unsolved.problem
    assert found.position.line == 6
    assert found.message == (
        "no test could be made of warning: at the limit, past it, and back:"
        " no series were found on which the value reaches the limit"
    )
    assert found.severity.label == "info"


def test_rules_that_are_evaluated_less_often_are_tested_so(tmp_path: Path) -> None:
    catalogue = "version: 1\nevaluation_interval: 45s\n"
    found = generated(tmp_path, HIGH, catalogue)
    assert {test.step for test in found.values()} == {45_000}
