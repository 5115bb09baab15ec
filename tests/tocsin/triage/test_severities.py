"""Severities by policy: per check, path, owner and group, in catalogue.yaml and tocsin.yaml."""

import os
from pathlib import Path

import pytest

from tocsin import pipeline
from tocsin.checks import CHECKS
from tocsin.lintsettings import Subject, matches_path, read
from tocsin.problem import Problem, Severity

CATALOGUE = """\
version: 1
owners: {a: {channel: "#a"}, b: {channel: "#b"}}
policy: {require: [summary]}
"""
RULES = "group: %s\nowner: %s\nrules:\n  - alert: %s\n    expr: up == 0\n"
PLAIN = "groups:\n  - name: one\n    rules:\n      - alert: A\n        expr: up ==\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "old").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "host.yaml").write_text(RULES % ("host", "a", "HostA"))
    (folder / "old" / "net.yaml").write_text(RULES % ("net", "b", "NetB"))
    return folder


def found(folder: Path, lint: str, check: str = "rule/policy") -> dict[str, str]:
    """The severity of each rule's problem of one check."""
    (folder / "catalogue.yaml").write_text(CATALOGUE + lint)
    result = pipeline.run((folder,), building=False).result
    others = [p for p in result.problems if p.check not in {check, "route/unreachable"}]
    assert others == [], others
    return {p.rule: p.severity.label for p in result.problems if p.check == check}


def test_a_check_has_the_severity_that_is_set(rules: Path) -> None:
    assert found(rules, "") == {"HostA": "error", "NetB": "error"}
    assert found(rules, "lint: {checks: {rule/policy: info}}") == {"HostA": "info", "NetB": "info"}
    assert found(rules, "lint: {checks: {rule/policy: {severity: warning}}}")["NetB"] == "warning"
    assert found(rules, "lint: {checks: {rule/policy: off}}") == {}
    assert found(rules, "lint: {checks: {rule/policy: 'off'}}") == {}


def test_a_checks_own_name_counts_more_than_a_pattern(rules: Path) -> None:
    lint = "lint: {checks: {rule/policy: warning, rule/*: info, '*': off}}"
    assert found(rules, lint)["HostA"] == "warning"
    assert found(rules, "lint: {checks: {rule/*: info, '*': off}}")["HostA"] == "info"


@pytest.mark.parametrize(
    "where",
    [
        "{path: old/**}",
        "{path: old/}",
        "{path: rules/old/net.yaml}",
        "{path: [x.yaml, net.yaml]}",
        "{owner: b}",
        "{group: n*}",
        "{group: net, owner: b, path: '**/net.yaml'}",
    ],
)
def test_an_override_speaks_of_a_part_of_the_rules(rules: Path, where: str) -> None:
    lint = f"lint:\n  overrides:\n    - where: {where}\n      checks: {{rule/policy: info}}\n"
    assert found(rules, lint) == {"HostA": "error", "NetB": "info"}


@pytest.mark.parametrize("where", ["{path: old}", "{path: '*/b.yaml'}", "{owner: a, group: net}"])
def test_an_override_that_matches_nothing_changes_nothing(rules: Path, where: str) -> None:
    lint = f"lint:\n  overrides:\n    - where: {where}\n      checks: {{rule/policy: off}}\n"
    assert found(rules, lint) == {"HostA": "error", "NetB": "error"}


def test_the_last_override_that_matches_wins(rules: Path) -> None:
    lint = (
        "lint:\n  checks: {rule/policy: off}\n  overrides:\n"
        "    - {where: {group: '*'}, checks: {rule/*: info}}\n"
        "    - {where: {owner: b}, checks: {rule/policy: warning}}\n"
    )
    assert found(rules, lint) == {"HostA": "info", "NetB": "warning"}


def test_what_defaults_cause_belongs_to_the_rule_that_takes_them_over(rules: Path) -> None:
    faulty = "defaults: {severity: page}\n"
    (rules / "host.yaml").write_text(RULES % ("host", "a", "HostA") + "    summary: x\n")
    (rules / "old" / "net.yaml").unlink()
    lint = faulty + "lint: {overrides: [{where: {owner: a}, checks: {rule/severity: info}}]}"
    assert found(rules, lint, "rule/severity") == {"HostA": "info"}


def problems(folder: Path, *, building: bool = False) -> tuple[Problem, ...]:
    return pipeline.run((folder,), building=building).result.problems


def test_a_check_that_is_not_known_is_told_with_the_one_that_was_meant(rules: Path) -> None:
    lint = (
        "lint:\n  checks: {rule/polcy: off}\n"
        "  overrides: [{where: {path: old/}, checks: {promql/*: off, 'x/*': off}}]\n"
    )
    (rules / "catalogue.yaml").write_text(CATALOGUE + lint)
    told = [p for p in problems(rules) if p.check == "schema/unknown-key"]
    assert [(p.position.line, p.position.column) for p in told] == [(5, 12), (6, 61)]
    assert told[0].message == "no check is called `rule/polcy`"
    assert told[0].hint == "did you mean `rule/policy`?"
    assert "tocsin lint --list" in told[1].hint


@pytest.mark.parametrize(
    ("lint", "message"),
    [
        ("{checks: {rule/policy: eror}}", "`rule/policy` must be `error`, `warning`, `info`"),
        ("{checks: {rule/policy: {sevrity: off}}}", "did you mean `severity`?"),
        ("{checks: [rule/policy]}", "`checks` must be checks and their severities, not a list"),
        ("{overrides: [{where: {}, checks: {}}]}", "`where` must not be empty"),
        ("{overrides: [{where: {path: 5}, checks: {}}]}", "must be a pattern, or a list"),
        ("{overrides: [{checks: {}}]}", "needs `where`"),
        ("{check: {}}", "did you mean `checks`?"),
    ],
)
def test_a_faulty_section_is_told(rules: Path, lint: str, message: str) -> None:
    (rules / "catalogue.yaml").write_text(f"{CATALOGUE}lint: {lint}\n")
    told = [p.message for p in problems(rules)]
    assert any(message in text for text in told), told


def test_what_breaks_a_rule_may_be_silenced_for_lint_but_not_for_build(tmp_path: Path) -> None:
    (tmp_path / "plain.yml").write_text(PLAIN)
    (tmp_path / "tocsin.yaml").write_text("lint: {checks: {promql/syntax: off}}\n")
    assert problems(tmp_path) == ()
    assert [p.severity for p in problems(tmp_path, building=True)] == [Severity.ERROR]
    (tmp_path / "tocsin.yaml").write_text("lint: {checks: {promql/syntax: info}}\n")
    assert [p.severity for p in problems(tmp_path)] == [Severity.INFO]
    assert [p.severity for p in problems(tmp_path, building=True)] == [Severity.ERROR]


def test_plain_files_take_their_settings_from_the_folder_or_above(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    nested = tmp_path / "a" / "b"
    nested.mkdir(parents=True)
    (nested / "plain.yml").write_text(PLAIN)
    (tmp_path / "tocsin.yaml").write_text("lint: {checks: {promql/syntax: warning}}\n")
    assert [p.severity for p in problems(nested / "plain.yml")] == [Severity.WARNING]
    (nested / "tocsin.yaml").write_text("lint: {checks: {promql/syntax: info}}\n")
    assert [p.severity for p in problems(nested)] == [Severity.INFO]


def test_settings_outside_of_the_repository_do_not_count(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (repository / "plain.yml").write_text(PLAIN)
    (tmp_path / "tocsin.yaml").write_text("lint: {checks: {promql/syntax: off}}\n")
    assert len(problems(repository)) == 1


def test_without_a_repository_settings_above_the_working_directory_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    (here / "rules").mkdir(parents=True)
    (here / "rules" / "plain.yml").write_text(PLAIN)
    monkeypatch.chdir(here)
    (tmp_path / "tocsin.yaml").write_text("lint: {checks: {promql/syntax: off}}\n")
    assert len(problems(Path("rules"))) == len(problems(here / "rules")) == 1
    (here / "tocsin.yaml").write_text("lint: {checks: {promql/syntax: off}}\n")
    assert problems(Path("rules")) == problems(here / "rules") == ()
    os.chdir("rules")
    assert len(problems(Path("plain.yml"))) == 1


def test_tocsin_yaml_says_what_is_known_of_plain_files(tmp_path: Path) -> None:
    (tmp_path / "known").mkdir()
    declared = "metrics: [{name: up, type: gauge, labels: [job]}]\n"
    (tmp_path / "known" / "m.yaml").write_text(declared)
    (tmp_path / "docker-compose.yml").write_text("services: {}\n")
    (tmp_path / "plain.yml").write_text(PLAIN.replace("up ==", "up == 0"))
    settings = "scrape_interval: 1m\nexclude: docker-compose.yml\nmetrics: known/*.yaml\n"
    (tmp_path / "tocsin.yaml").write_text(settings)
    outcome = pipeline.run((tmp_path,), building=False)
    assert outcome.result.problems == ()
    assert outcome.compiled.catalogue.settings.scrape_interval == "1m"
    assert outcome.compiled.catalogue.metrics["up"].labels == ("job",)


def test_a_pattern_for_metrics_that_matches_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "plain.yml").write_text(PLAIN.replace("up ==", "up == 0"))
    (tmp_path / "tocsin.yaml").write_text("metrics: [knwon/*.yaml, x]\n")
    (told,) = problems(tmp_path)
    assert told.message == "no file matches `knwon/*.yaml` or `x`"
    (tmp_path / "tocsin.yaml").write_text("metrcs: x\n")
    (told,) = problems(tmp_path)
    assert "did you mean `metrics`?" in told.message


def test_settings_of_a_check_are_merged_from_all_that_is_said_of_it() -> None:
    section = {
        "checks": {"promql/*": {"a": 1, "b": 1}, "promql/rate": {"a": 2}},
        "overrides": [{"where": {"owner": "x"}, "checks": {"promql/rate": {"c": 3}}}],
    }
    lint = read(section, None)
    assert lint.options("promql/rate", Subject()) == {"a": 2, "b": 1}
    assert lint.options("promql/rate", Subject(owner="x")) == {"a": 2, "b": 1, "c": 3}
    assert lint.options("promql/nan", Subject(owner="x")) == {"a": 1, "b": 1}
    assert not lint.mentions("rule/link")
    assert not lint.is_off("promql/rate")


@pytest.mark.parametrize(
    ("pattern", "path", "match"),
    [
        ("a.yaml", "x/y/a.yaml", True),
        ("a/*.yaml", "a/b.yaml", True),
        ("a/*.yaml", "a/b/c.yaml", False),
        ("a/**", "a/b/c.yaml", True),
        ("./a/**", "a/b/c.yaml", True),
        ("**/c.yaml", "c.yaml", True),
        ("**/c.yaml", "abc.yaml", False),
        ("a?.yaml", "ab.yaml", True),
        ("a.yaml", "abyaml", False),
    ],
)
def test_patterns_of_paths(pattern: str, path: str, match: bool) -> None:
    assert matches_path(pattern, path) is match


def test_every_check_with_settings_of_its_own_is_a_check() -> None:
    from tocsin import resources

    named = resources.schema("catalogue")["$defs"]["checks"]["properties"]
    assert set(named) - set(CHECKS) == set()
