"""What tests have seen, measured by promtool; and the gate that asks for more."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tocsin.cli import cli
from tocsin.promql import text
from tocsin.testing import probes

HIGH = """\
group: a
rules:
  - alert: High
    threshold:
      value: max by (host) (load)
      above: {warning: {at: 80}, critical: {at: 95}}
      clear: 70
    overrides:
      - where: {host: h2}
        above: {warning: {at: 90}, critical: off}
    no_data: {after: 10m}
    expect: [{host: h9}]
    active: {hours: "00:00-02:00"}
    tests:
      - interval: 1m
        series:
          load{host="h1"}: 10 20 30
        firing:
          2m: []
  - alert: Plain
    expr: up == 0 or on (job) absent(up{job="x"})
    tests:
      - interval: 1m
        series:
          up{job="x"}: 1 0 0
        firing:
          0m: []
          2m: [{job: x}]
"""


def cover(folder: Path, *options: str, policy: str = "{}", rules: str = HIGH) -> Result:
    place = folder / "rules"
    place.mkdir(exist_ok=True)
    minutes = "scrape_interval: 1m\nevaluation_interval: 1m\n"  # fewer steps, less to wait for
    (place / "catalogue.yaml").write_text(f"version: 1\npolicy: {policy}\n{minutes}")
    (place / "a.yaml").write_text(rules)
    return CliRunner().invoke(cli, ["test", str(place), *options])


def not_seen(done: Result) -> dict[str, int]:
    """What was not seen, and at which line."""
    found = json.loads(done.stdout)["problems"]
    return {
        problem["message"].removeprefix("no test has seen "): problem["line"]
        for problem in found
        if problem["check"] == "test/uncovered"
    }


def test_what_no_written_test_has_seen_is_told_where_it_was_written(
    tmp_path: Path, promtool: Path
) -> None:
    done = cover(tmp_path, "--coverage", "--written-only", "--format", "json")
    assert done.exit_code == 0, "without a gate it is told, no more"
    found = not_seen(done)
    assert found == {
        "warning firing": 6,
        "warning: above firing": 6,
        "warning: clear firing": 7,
        "warning: no data firing": 11,
        "warning: no data while firing firing": 11,
        "warning: expected 1 firing": 12,
        "warning: outside its hours silent": 13,
        "critical firing": 6,
        "critical: above firing": 6,
        "critical: clear firing": 7,
        "critical: no data firing": 11,
        "critical: no data while firing firing": 11,
        "critical: expected 1 firing": 12,
        "critical: outside its hours silent": 13,
        "override 1, warning firing": 10,
        "override 1, warning silent": 10,
        "override 1, warning: above firing": 10,
        "override 1, warning: clear firing": 7,
        "override 1, warning: no data firing": 11,
        "override 1, warning: no data while firing firing": 11,
        "override 1, warning: outside its hours silent": 13,
        "override 1, critical: off silent": 9,
        '`absent(up{job="x"})` firing': 21,
    }


def test_generated_tests_see_nearly_all_of_it(tmp_path: Path, promtool: Path) -> None:
    done = cover(tmp_path, "--coverage", "--format", "json")
    assert not_seen(done).keys() == {'`absent(up{job="x"})` firing'}


def test_the_text_sums_up_by_file(tmp_path: Path, promtool: Path) -> None:
    rules = HIGH[: HIGH.index("  - alert: High")] + HIGH[HIGH.index("  - alert: Plain") :]
    done = cover(tmp_path, "--coverage", rules=rules)
    lines = done.output.splitlines()
    assert lines[-3:] == [
        f"  75.0%     3 of    4  {tmp_path}/rules/a.yaml",
        "  75.0%     3 of    4  seen by tests",
        "1 tests: 1 passed, 0 failed",
    ]


@pytest.mark.parametrize(
    ("gate", "options", "exit_code"),
    [
        ("{coverage: 76}", [], 1),
        ("{coverage: 75}", [], 0),
        ("{coverage: 100}", ["--coverage"], 1),
        ("{coverage: 100}", ["--written-only"], 0),  # the gate is about all tests
    ],
)
def test_the_gate_fails_below_its_mark(
    gate: str, options: list[str], exit_code: int, tmp_path: Path, promtool: Path
) -> None:
    rules = HIGH[: HIGH.index("  - alert: High")] + HIGH[HIGH.index("  - alert: Plain") :]
    done = cover(tmp_path, *options, policy=gate, rules=rules)
    assert done.exit_code == exit_code
    told = "catalogue.yaml:2:20: error: tests have seen 75.0% of what they should see"
    assert (told in done.output) == (exit_code == 1)
    assert ("no test has seen" in done.output) == ("--coverage" in options)


def test_a_failed_test_is_told_as_without_coverage(tmp_path: Path, promtool: Path) -> None:
    rules = HIGH.replace("2m: [{job: x}]", "2m: [{job: y}]")
    done = cover(tmp_path, "--coverage", "--written-only", rules=rules)
    assert done.exit_code == 1
    assert '{job="x"} fires, not {job="y"} fires [test/failed]' in done.output


def test_a_gate_is_a_share_of_a_hundred(tmp_path: Path) -> None:
    done = cover(tmp_path, policy="{coverage: 101}")
    assert "`coverage` must be a number from 0 to 100" in done.output


OUTPUT = r"""Unit Testing:  t.yml
  FAILED:
    expr: "3 + 0 * count(\nx{a=\"}, time: 1m\"}\n)", time: 2m,
        exp: nil
        got: {} 3E+00
    expr: "4 + 0 * count(\nx * y\n)", time: 2m, err: found duplicate series
    expr: "count (ALERTS)", time: 2m,
        exp: nil
        got: {} 1E+00
"""


def test_answers_and_failures_are_told_apart() -> None:
    seen, rest = probes.answers(OUTPUT)
    assert seen == {3}
    assert probes.failed(rest)
    assert "count (ALERTS)" in rest and "count(\\n" not in rest
    assert not probes.failed(probes.answers(OUTPUT.partition('    expr: "count (')[0])[1])


@pytest.mark.parametrize(
    ("expr", "parts"),
    [
        ("a > 1", ["a > 1"]),
        ("a or b", ["a", "b"]),
        ('a{x="or"} OR ignoring (y) b unless c\nor d', ['a{x="or"}', "b unless c", "d"]),
        ("(a or b) == 0 and (c or d)", ["(a or b) == 0 and (c or d)"]),
        ("floor or on () color or", ["floor", "color", ""]),
    ],
)
def test_the_operands_of_or(expr: str, parts: list[str]) -> None:
    assert [expr[start:end] for start, end in text.alternatives(expr)] == parts
