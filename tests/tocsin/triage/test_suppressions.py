"""Suppressions: as data in a rule, and as comments of our own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin import pipeline
from tocsin.problem import Problem, Severity

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CATALOGUE = """\
version: 1
policy: {require: [summary, runbook]}
"""
RULES = """\
group: host
IGNORE
rules:
  - alert: A
    expr: up == 0
    summary: gone
    IGNORE_A
  - alert: B
    expr: up == 0
    runbook: b.md
"""
# In a plain file, `rule/duplicate` is what any rule can be made to cause.
PLAIN = """\
groups:
  - name: one
    rules:
      - alert: A
        expr: up == 0
        labels: {severity: page}
      - alert: A
        expr: up == 0
        labels: {severity: page}
      - record: r
        expr: |
          sum(
            up
"""


def run(path: Path, *, building: bool = False) -> tuple[Problem, ...]:
    return pipeline.run((path,), now=NOW, building=building).result.problems


def catalogue(folder: Path, of_file: str = "", of_rule: str = "") -> list[tuple[str, str, int]]:
    """(check, rule, line) of what is told."""
    (folder / "catalogue.yaml").write_text(CATALOGUE)
    text = RULES.replace("IGNORE_A", of_rule).replace("IGNORE\n", of_file)
    (folder / "host.yaml").write_text(text)
    return [(p.check, p.rule, p.position.line) for p in run(folder)]


def test_an_entry_hides_the_problems_of_its_rule(tmp_path: Path) -> None:
    assert [found[:2] for found in catalogue(tmp_path)] == [
        ("rule/policy", "A"),
        ("rule/policy", "B"),
    ]
    entry = "ignore: [{check: rule/policy, reason: not yet, until: 2027-01-01}]"
    assert [found[:2] for found in catalogue(tmp_path, of_rule=entry)] == [("rule/policy", "B")]
    pattern = "ignore: [{check: rule/*, reason: not yet}]"
    assert [found[:2] for found in catalogue(tmp_path, of_rule=pattern)] == [("rule/policy", "B")]


def test_an_entry_of_the_file_hides_those_of_all_its_rules(tmp_path: Path) -> None:
    entry = "ignore: [{check: rule/policy, reason: not yet}]\n"
    assert catalogue(tmp_path, of_file=entry) == []


def test_an_entry_reaches_what_stands_in_the_defaults(tmp_path: Path) -> None:
    defaults = "defaults: {severity: page}\n"
    both = "ignore: [{check: rule/*, reason: x}]"
    found = catalogue(tmp_path, of_file=defaults, of_rule=both)
    assert [entry[:2] for entry in found] == [("rule/severity", "B"), ("rule/policy", "B")]


def test_an_entry_whose_time_is_over_is_told_with_what_it_hid(tmp_path: Path) -> None:
    entry = "ignore: [{check: rule/policy, reason: not yet, until: 2026-06-01}]"
    found = catalogue(tmp_path, of_rule=entry)
    assert sorted(found) == [
        ("lint/expired-ignore", "A", 6),
        ("rule/policy", "A", 3),
        ("rule/policy", "B", 7),
    ]
    until_tomorrow = entry.replace("06-01", "06-02")
    assert [f[:2] for f in catalogue(tmp_path, of_rule=until_tomorrow)] == [("rule/policy", "B")]


def test_an_entry_that_hides_nothing_is_told(tmp_path: Path) -> None:
    entry = "ignore: [{check: rule/owner, reason: x}]"
    assert ("lint/unused-ignore", "A", 6) in catalogue(tmp_path, of_rule=entry)


def test_of_a_check_that_is_off_nobody_knows_whether_it_is_ignored_in_vain(tmp_path: Path) -> None:
    entry = "ignore: [{check: rule/owner, reason: x}]"
    catalogue(tmp_path, of_rule=entry)
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE + "lint: {checks: {rule/owner: off}}\n")
    assert {p.check for p in run(tmp_path)} == {"rule/policy"}


def test_how_loud_that_is_can_be_set(tmp_path: Path) -> None:
    catalogue(tmp_path, of_rule="ignore: [{check: rule/owner, reason: x}]")
    loud = "lint: {checks: {rule/*: info, lint/unused-ignore: error}}\n"
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE + loud)
    told = {p.check: p.severity for p in run(tmp_path)}
    assert told == {"rule/policy": Severity.INFO, "lint/unused-ignore": Severity.ERROR}


@pytest.mark.parametrize(
    ("entry", "check", "message"),
    [
        ("{check: rule/polcy, reason: x}", "schema/value", "no check is called `rule/polcy`"),
        ("{check: rule/policy}", "schema/missing", "needs `reason`"),
        (
            "{check: rule/policy, reason: x, until: soon}",
            "schema/value",
            "`until` must be a date such as 2027-01-31",
        ),
        ("{check: rule/policy, reason: x, until: 2027-02-30}", "schema/value", "no 2027-02-30 in"),
        ("{chek: rule/policy, reason: x}", "schema/unknown-key", "did you mean `check`?"),
        ("rule/policy", "schema/type", "an entry of `ignore` must be an entry with `check`"),
    ],
)
def test_a_faulty_entry_is_told(tmp_path: Path, entry: str, check: str, message: str) -> None:
    catalogue(tmp_path, of_rule=f"ignore: [{entry}]")
    told = [p.message for p in run(tmp_path) if p.check == check]
    assert any(message in text for text in told), run(tmp_path)


def test_what_breaks_a_rule_can_be_hidden_from_lint_but_not_from_build(tmp_path: Path) -> None:
    path = tmp_path / "plain.yml"
    path.write_text("# tocsin ignore-file promql/syntax: a template\n" + PLAIN)
    assert {p.check for p in run(path)} == {"rule/duplicate"}
    assert {p.check for p in run(path, building=True)} == {"rule/duplicate", "promql/syntax"}


def told(folder: Path, *inserted: tuple[int, str]) -> list[tuple[str, int]]:
    """(check, line) of the plain file with text before or, for `  # `, at the end of lines."""
    lines = PLAIN.split("\n")
    for number, text in sorted(inserted, reverse=True):
        if text.startswith("  # "):
            lines[number - 1] += text
        else:
            lines.insert(number - 1, text)
    path = folder / "plain.yml"
    path.write_text("\n".join(lines))
    return [(p.check, p.position.line) for p in run(path)]


def test_without_comments_all_is_told(tmp_path: Path) -> None:
    assert told(tmp_path) == [("rule/duplicate", 7), ("promql/syntax", 12)]


WHY = "rule/duplicate until 2027-01-01: on purpose"


@pytest.mark.parametrize(
    "where",
    [
        (7, f"      # tocsin ignore {WHY}"),
        (7, f"  # tocsin ignore {WHY}"),
        (7, f"      # tocsin ignore {WHY}\n      # and so on"),
        (2, f"  # tocsin ignore {WHY}"),
        (2, f"# tocsin ignore {WHY}"),
        (3, f"    # tocsin ignore {WHY}"),
        (1, f"# tocsin ignore {WHY}"),
        (11, f"          # tocsin ignore-file {WHY}"),
        (7, f"      # tocsin ignore lint/comment, {WHY}"),
    ],
)
def test_a_comment_covers_what_it_stands_above_or_beside(
    tmp_path: Path, where: tuple[int, str]
) -> None:
    checks = {check for check, _ in told(tmp_path, where)}
    assert checks - {"lint/unused-ignore"} == {"promql/syntax"}


def test_a_comment_may_stand_within_an_expression(tmp_path: Path) -> None:
    inside = (12, "          # tocsin ignore promql/syntax: half of a template")
    assert told(tmp_path, inside) == [("rule/duplicate", 7)]


def test_a_comment_above_a_key_covers_its_value_and_no_more(tmp_path: Path) -> None:
    above = (8, "        # tocsin ignore *: only the expression")
    assert told(tmp_path, above) == [
        ("rule/duplicate", 7),
        ("lint/unused-ignore", 8),
        ("promql/syntax", 13),
    ]
    above = (11, "        # tocsin ignore promql/*: only the expression")
    assert told(tmp_path, above) == [("rule/duplicate", 7)]


def test_a_comment_whose_time_is_over_is_told(tmp_path: Path) -> None:
    old = (7, "      # tocsin ignore rule/duplicate until 2026-05-31: x")
    assert told(tmp_path, old)[:2] == [("lint/expired-ignore", 7), ("rule/duplicate", 8)]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# tocsin ignore rule/duplicate", "does not say why"),
        ("# tocsin ignore rule/duplicate:  ", "does not say why"),
        ("# tocsin ignore rule/duplicat: x", "no check is called `rule/duplicat`"),
        ("# tocsin ignore rule/duplicate until tomorrow: x", "`tomorrow` is not a date"),
        ("# tocsin ignore", "cannot be read"),
        ("# tocsin ignore : x", "cannot be read"),
        ("# tocsin ignroe rule/duplicate: x", "did you mean `ignore`?"),
        ("# tocsin ignore rule/duplicate: x\n", "stands above nothing"),
    ],
)
def test_a_comment_that_cannot_be_read_is_told(tmp_path: Path, comment: str, message: str) -> None:
    told(tmp_path, (7, f"      {comment}"))
    (found,) = [p for p in run(tmp_path) if p.check == "lint/comment"]
    assert found.position.line == 7 and found.position.column == 7
    assert message in found.message
    assert found.severity is Severity.WARNING


def test_prose_and_text_are_no_comments_to_the_lint(tmp_path: Path) -> None:
    path = tmp_path / "plain.yml"
    path.write_text(
        "# tocsin is a tool\ngroups:\n  - name: one\n    rules:\n      - alert: A\n"
        "        expr: up == 0\n        annotations:\n"
        '          summary: "write # tocsin ignore rule/x: so"\n'
    )
    assert run(path) == ()


def test_comments_of_a_file_that_is_no_yaml_say_nothing_of_its_rules(tmp_path: Path) -> None:
    path = tmp_path / "plain.yml"
    path.write_text("# tocsin ignore rule/duplicate: x\ngroups: [\n  a: b # tocsin ignore x: y\n")
    assert {p.check for p in run(path)} == {"yaml/syntax"}
