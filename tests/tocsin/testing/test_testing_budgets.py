"""Generated tests of burn rates: what they expect is reckoned apart from what rules compile to."""

from pathlib import Path

import pytest
from testing_kit import compiled, disagree, generated, made_of

from tocsin.overrides import branches
from tocsin.testing.budgets import Scene, Stretch

RULE = """\
- alert: Burns
  burn_rate:
    errors: requests_total{code=~"5.."}
    total: requests_total
    by: [service]
    objective: 99.9
    windows:
      - {severity: critical, rate: 10, long: 1h, short: 6m}
      - {severity: critical, rate: 4, long: 3h, short: 30m}
  overrides:
    - where: {service: batch}
      objective: 99
      min_events: 0
"""
FIFTH = 'requests_total{code=~"5.."}'


def test_each_row_window_and_override_is_tested(tmp_path: Path, promtool: Path) -> None:
    found = generated(tmp_path, RULE)
    names = [
        "critical: errors just above 10 times the budget",
        "critical: errors just below 10 times the budget",
        "critical: errors just above 4 times the budget",
        "critical: errors just below 4 times the budget",
        "critical: a burst for 1h at 10 times the budget",
        "critical: just enough events for 10 times the budget",
        "critical: not quite enough events for 10 times the budget",
        "critical: just enough events for 4 times the budget",
        "critical: not quite enough events for 4 times the budget",
        *(
            f"critical: the {window} window just short of {rate} times the budget"
            for window in ("long", "short")
            for rate in (10, 4)
        ),
        "the errors have ended",
    ]
    others = [f"override 1, {name}" for name in names if "events" not in name]
    assert set(found) == {*names, *others}
    assert disagree(promtool, tmp_path, compiled(tmp_path, RULE), list(found.values())) == ""


def test_within_an_active_window_none_is_claimed(tmp_path: Path) -> None:
    found = made_of(tmp_path, f"{RULE}  active: {{days: sat-sun}}\n")
    assert found.generated == []
    assert [one.branch for one in found.unsolved] == [1, 0]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("objective: 99.9\n", "objective: 99.8\n"),
        ("rate: 4,", "rate: 4.2,"),
        ("long: 1h,", "long: 66m,"),
        ("windows:", "min_events: 11\n    windows:"),
        ("windows:", "min_events: 9\n    windows:"),
        ("objective: 99\n", "objective: 99.5\n"),
    ],
)
def test_a_rule_that_compiles_to_something_else_is_found_out(
    wrong: str, told: str, tmp_path: Path, promtool: Path
) -> None:
    tests = list(generated(tmp_path, RULE).values())
    assert RULE.count(wrong) == 1
    other = compiled(tmp_path, RULE.replace(wrong, told))
    assert "got:" in disagree(promtool, tmp_path, other, tests)


def test_errors_that_cannot_be_told_from_the_rest_are_not_guessed(tmp_path: Path) -> None:
    found = made_of(tmp_path, RULE.replace(FIFTH, "requests_total"))
    assert found.generated == []
    assert found.unsolved[0].why == "no series was found that counts but is no error"


def test_windows_agree_before_anything_fires(tmp_path: Path) -> None:
    rules = compiled(tmp_path, RULE)
    scene = Scene(list(branches(rules.catalogue.rules[0]))[-1], rules.catalogue.settings)
    burst = [Stretch(0.0, 60), Stretch(0.1, 5), Stretch(0.0, 60)]
    at = {minute: scene.firing(burst, 60_000, minute * 60_000) for minute in (60, 65, 96)}
    assert at == {60: frozenset(), 65: frozenset({"critical"}), 96: frozenset()}
