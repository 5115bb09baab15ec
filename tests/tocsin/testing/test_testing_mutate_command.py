"""`tocsin test --mutate`: what it tells, where, and what a rule may explain."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tocsin.cli import cli

RULES = """\
group: a
rules:
  - alert: High
    expr: |
      max by (job) (load{mode="x"})
        > 80
    for: 2m
    labels: {severity: warning}
    tests:
      - interval: 1m
        series:
          load{job="a",mode="x"}: 80x3 82x9
          load{job="a",mode="y"}: 99x9
          load{job="b",mode="x"}: 79x9
        firing:
          5m: []
          6m: [{severity: warning, job: a}]
"""
EXPLAINED = """\
    mutants:
      - {change: "> 80 -> > 72", reason: 80 is fine}
"""
OTHER = """\
  - alert: Other
    expr: up == 0
"""


def mutate(folder: Path, rules: str, *options: str) -> Result:
    place = folder / "rules"
    place.mkdir(exist_ok=True)
    minutes = "scrape_interval: 1m\nevaluation_interval: 1m\n"
    (place / "catalogue.yaml").write_text(f"version: 1\n{minutes}")
    (place / "a.yaml").write_text(rules)
    return CliRunner().invoke(cli, ["test", str(place), "--mutate", *options])


def told(done: Result) -> list[tuple[str, int, int, str]]:
    found = json.loads(done.stdout)["problems"]
    return [(p["severity"], p["line"], p["column"], p["message"]) for p in found]


def test_what_no_test_notices_is_told_where_it_was_written(tmp_path: Path, promtool: Path) -> None:
    done = mutate(tmp_path, RULES.replace("79x9", "60x9").replace("82x9", "89x9"))
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[:4] == [
        f"{tmp_path}/rules/a.yaml:6:11: error: "
        "no test notices `> 80 -> > 88` in warning [test/mutant]",
        "    6 |         > 80",
        "      |           ^^",
        "   hint: write a test with a value between 80 and 88,"
        " or say under `mutants:` why no test can notice it",
    ]
    assert lines[-2:] == [
        "1 tests: 1 passed, 0 failed",
        "10 mutants: 9 noticed, 0 explained, 1 not noticed",
    ]


def test_tests_that_notice_everything_are_praised_by_silence(
    tmp_path: Path, promtool: Path
) -> None:
    done = mutate(tmp_path, RULES)
    assert done.output.splitlines() == [
        "1 tests: 1 passed, 0 failed",
        "10 mutants: 10 noticed, 0 explained, 0 not noticed",
    ]
    assert done.exit_code == 0


def test_a_rule_explains_what_no_test_can_notice(tmp_path: Path, promtool: Path) -> None:
    rules = RULES.replace("79x9", "60x9").replace("80x3", "70x3")
    assert mutate(tmp_path, rules).exit_code == 1
    more = '      - {change: "> 80  ->  >= 80", reason: it is never 80}\n'
    done = mutate(tmp_path, rules + EXPLAINED + more)
    assert done.output.endswith("10 mutants: 8 noticed, 2 explained, 0 not noticed\n")
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("> 80 -> > 72", "tests notice `> 80 -> > 72`: there is nothing to explain"),
        ("> 80 -> > 71", "no mutant of this rule is called `> 80 -> > 71`"),
    ],
)
def test_an_explanation_of_nothing_is_a_problem(
    change: str, message: str, tmp_path: Path, promtool: Path
) -> None:
    rules = RULES + EXPLAINED.replace("> 80 -> > 72", change)
    done = mutate(tmp_path, rules, "--format", "json")
    assert told(done) == [("warning", 19, 18, message)]
    assert done.exit_code == 0
    done = mutate(tmp_path, rules, "--written-only", "--format", "json")
    assert told(done) == [], "other tests might notice it"


def test_a_rule_without_a_test_is_told_once(tmp_path: Path, promtool: Path) -> None:
    done = mutate(tmp_path, RULES + OTHER, "--format", "json")
    message = "`Other` has no test: 3 mutants go unnoticed"
    assert told(done) == [("error", 18, 5, message)]
    assert done.exit_code == 1


def test_only_some_rules(tmp_path: Path, promtool: Path) -> None:
    done = mutate(tmp_path, RULES + OTHER, "--rule", "Hi*")
    assert done.exit_code == 0
    done = mutate(tmp_path, RULES + OTHER, "--rule", "Hig")
    assert (done.exit_code, done.stderr) == (
        2,
        "tocsin: no rule is called Hig\n  hint: did you mean `High`?\n",
    )
    done = mutate(tmp_path, RULES + OTHER, "--rule", "Other")
    assert (done.exit_code, "no rule of" in done.stderr) == (2, True)


def test_a_file_is_tested_with_what_its_catalogue_says(tmp_path: Path, promtool: Path) -> None:
    place = tmp_path / "rules"
    place.mkdir()
    (place / "b.yaml").write_text(f"group: b\nrules:\n{OTHER}    unless: High\n")
    mutate(tmp_path, RULES)
    done = CliRunner().invoke(cli, ["test", str(place / "a.yaml"), "--mutate"])
    assert done.output.endswith("10 mutants: 10 noticed, 0 explained, 0 not noticed\n")
    done = CliRunner().invoke(cli, ["test", str(place / "b.yaml")])
    assert "no rule of" in done.stderr, "`High` is known, but only `Other` was asked for"


def test_a_rule_whose_test_fails_has_to_be_mended_first(tmp_path: Path, promtool: Path) -> None:
    done = mutate(tmp_path, RULES.replace("5m: []", "5m: [{job: a}]"), "--format", "json")
    assert [problem[1] for problem in told(done)] == [16]
    assert done.exit_code == 1


def test_rules_that_we_ship_explain_what_their_tests_cannot_notice(promtool: Path) -> None:
    chosen = ["--rule", "PlatformDown", "--rule", "DaemonDown"]
    catalogue = str(Path(__file__).parents[3] / "rules")
    done = CliRunner().invoke(cli, ["test", catalogue, "--mutate", *chosen])
    assert done.exit_code == 0, done.output
    assert "3 explained, 0 not noticed" in done.output
    assert "explanation" not in done.output


@pytest.mark.parametrize(
    ("wrong", "missing"),
    [("mutants: [{change: x}]", "reason"), ("mutants: [{reason: x}]", "change")],
)
def test_an_explanation_says_what_and_why(
    wrong: str, missing: str, tmp_path: Path, promtool: Path
) -> None:
    done = mutate(tmp_path, f"{RULES}    {wrong}\n")
    assert f"an entry with `change` and `reason` needs `{missing}`" in done.output
    assert done.exit_code == 1
