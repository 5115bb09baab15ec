"""`--since`: what a change brought or touched, in real repositories."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tocsin.cli import cli

CATALOGUE = "version: 1\npolicy: {require: [summary]}\n"
HOST = """\
group: host
rules:
  - record: job:up:sum
    expr: sum by (job) (up)

  - alert: A
    expr: up == 0

  - alert: B
    expr: up == 0
    for: 5m
"""
NET = """\
group: net
rules:
  - alert: C
    expr: job:up:sum == 0
    for: 2m
    unless: A
"""


class Repository:
    """A git repository with a catalogue in rules/."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.rules = top / "rules"
        self.rules.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.write("catalogue.yaml", CATALOGUE)
        self.write("host.yaml", HOST)
        self.write("net.yaml", NET)
        self.commit()
        self.git("switch", "-q", "-c", "change")

    def git(self, *arguments: str) -> str:
        names = ("GIT_AUTHOR", "GIT_COMMITTER")
        who = {f"{name}_{key}": "x@y" for name in names for key in ("NAME", "EMAIL")}
        done = subprocess.run(
            ["git", "-C", str(self.top), *arguments],
            env={**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def write(self, name: str, text: str) -> None:
        (self.rules / name).parent.mkdir(parents=True, exist_ok=True)
        (self.rules / name).write_text(text)

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.rules / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    found = Repository(tmp_path / "repository")
    monkeypatch.chdir(found.top)
    return found


def lint(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["lint", *(str(argument) for argument in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def told(*arguments: object) -> list[tuple[str, str]]:
    """(check, rule) of what is told since main."""
    shown = lint(*arguments, "--since", "main", "--format", "json")
    problems = json.loads(shown.stdout)["problems"]
    assert shown.exit_code == (1 if problems else 0)
    return [(problem["check"], problem["rule"]) for problem in problems]


POLICY = "rule/policy"


def test_without_a_change_nothing_is_told(repository: Repository) -> None:
    assert lint().exit_code == 1
    shown = lint("--since", "main")
    assert shown.exit_code == 0
    assert shown.output == "ok: 2 files, 4 rules, 3 alerts, 3 untouched, no others\n"


def test_what_is_brought_is_told_committed_or_not(repository: Repository) -> None:
    repository.write("new.yaml", "group: new\nrules:\n  - alert: D\n    expr: up == 0\n")
    assert told() == [(POLICY, "D")], "a new file that git has not been told of"
    repository.commit()
    assert told() == [(POLICY, "D")]


def test_of_a_touched_rule_all_is_told(repository: Repository) -> None:
    repository.replace("host.yaml", "for: 5m", "for: 10m")
    assert told() == [(POLICY, "B")]


def test_moved_lines_are_not_touched(repository: Repository) -> None:
    repository.replace("host.yaml", "group: host\n", "# why\n\ngroup: host\n")
    assert told() == []


def test_a_removed_recording_is_missed_where_it_is_used(repository: Repository) -> None:
    shared = "  - alert: X\n    expr: up == 0\n    summary: x\n    unless: B\n"
    repository.git("switch", "-q", "main")
    repository.write("net.yaml", NET + shared)
    repository.commit()
    repository.git("switch", "-q", "-C", "change")
    whole = (repository.rules / "host.yaml").read_text()
    repository.write("host.yaml", whole.partition("  - alert: B")[0])
    assert ("rule/unless", "X") in told(), "in a file that nobody touched"


def test_what_is_removed_and_still_read_is_told(repository: Repository) -> None:
    rule = '  - alert: X\n    expr: ALERTS{alertname="B"} == 1\n    summary: x\n    for: 5m\n'
    alert = "  - alert: B\n    expr: up == 0\n    summary: x\n"
    start = "group: host\nrules:\n"
    repository.git("switch", "-q", "main")
    repository.write("metrics/a.yaml", "metrics:\n  - {name: up2, type: gauge}\n")
    repository.write("net.yaml", NET + rule)
    repository.commit()
    repository.git("switch", "-q", "-C", "change")
    repository.write("host.yaml", start + alert)
    assert ("rule/dependency", "C") in told()
    assert ("promql/series", "C") not in told()
    repository.write("host.yaml", HOST.partition("  - alert: B")[0])
    assert told("--fail-on", "warning") == [("rule/dependency", "X")]
    repository.write("net.yaml", NET + rule + alert)
    assert told() == [], "it has only moved"


def test_a_changed_policy_brings_problems_everywhere(repository: Repository) -> None:
    repository.write("catalogue.yaml", CATALOGUE.replace("summary", "summary, runbook"))
    assert told() == [(POLICY, "A"), (POLICY, "B"), (POLICY, "C")]


def test_a_problem_that_got_worse_is_told(repository: Repository) -> None:
    repository.git("switch", "-q", "main")
    repository.write("catalogue.yaml", CATALOGUE + "lint: {checks: {rule/policy: warning}}\n")
    repository.commit()
    repository.git("switch", "-q", "-C", "change")
    repository.write("catalogue.yaml", CATALOGUE)
    assert told() == [(POLICY, "A"), (POLICY, "B"), (POLICY, "C")]


def test_a_renamed_file_is_the_same_file(repository: Repository) -> None:
    repository.git("mv", "rules/host.yaml", "rules/hosts.yaml")
    assert told() == []
    repository.replace("hosts.yaml", "for: 5m", "for: 6m")
    assert told() == [(POLICY, "B")]
    repository.commit()
    assert told() == [(POLICY, "B")]


def test_what_others_did_meanwhile_is_not_this_changes(repository: Repository) -> None:
    repository.git("switch", "-q", "main")
    repository.replace("host.yaml", "    for: 5m\n", "    for: 5m\n    summary: x\n")
    repository.commit()
    repository.git("switch", "-q", "change")
    assert told() == [], "B lacks its summary here, since main got it later"


def test_a_deleted_file_that_is_asked_for_is_no_mistake(repository: Repository) -> None:
    (repository.rules / "net.yaml").unlink()
    assert told("rules/net.yaml", "rules/host.yaml") == []
    shown = lint("rules/net.yaml", "--since", "main")
    assert (shown.exit_code, shown.output) == (0, "ok: 0 files, 0 rules, 0 alerts, no problems\n")
    assert lint("rules/never.yaml", "--since", "main").exit_code == 2


def test_it_works_from_any_folder(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.replace("host.yaml", "for: 5m", "for: 10m")
    monkeypatch.chdir(repository.rules)
    assert told(".") == told("host.yaml") == [(POLICY, "B")]
    assert told(repository.rules) == [(POLICY, "B")]
    monkeypatch.chdir(tmp_path)
    assert told("repository/rules") == told(repository.rules) == [(POLICY, "B")]


def test_broken_yaml_is_told_when_the_change_broke_it(repository: Repository) -> None:
    repository.write("old.yaml", "group: [\n")
    repository.commit()
    repository.git("branch", "-f", "main")
    assert told() == []
    repository.write("host.yaml", HOST + "  x: [\n")
    assert ("yaml/syntax", "") in told()


def test_plain_files_and_their_settings(repository: Repository) -> None:
    plain = "groups:\n  - name: a\n    rules:\n      - alert: P\n        expr: up ==\n"
    (repository.top / "plain.yml").write_text(plain)
    (repository.top / "tocsin.yaml").write_text("lint: {checks: {promql/syntax: warning}}\n")
    repository.commit()
    repository.git("branch", "-f", "main")
    assert told("plain.yml") == []
    (repository.top / "tocsin.yaml").write_text("lint: {}\n")
    assert told("plain.yml") == [("promql/syntax", "P")]


def test_a_baseline_goes_with_it(repository: Repository) -> None:
    assert lint("--baseline", "known.json", "--write-baseline").exit_code == 0
    repository.replace("host.yaml", "for: 5m", "for: 10m")
    assert told("--baseline", "known.json") == []
    repository.write("new.yaml", "group: new\nrules:\n  - alert: D\n    expr: up == 0\n")
    assert told("--baseline", "known.json") == [(POLICY, "D")]


def refused(*arguments: object) -> str:
    shown = lint(*arguments)
    assert shown.exit_code == 2
    assert "Traceback" not in shown.output
    return shown.output


@pytest.mark.parametrize("name", ["nowhere", "-x", "--all", "HEAD~99", "main:rules"])
def test_an_unknown_revision_is_told(repository: Repository, name: str) -> None:
    assert f"git knows no revision `{name}`" in refused(f"--since={name}")


def test_outside_of_a_repository_there_is_nothing_to_compare_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain.yml").write_text("groups: []\n")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert "is in no git repository" in refused("plain.yml", "--since", "main")


def test_without_git_that_is_told(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "git is needed" in refused("--since", "main")


def test_a_shallow_clone_that_lacks_the_start_is_told(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.replace("host.yaml", "for: 5m", "for: 6m")
    repository.commit()
    repository.git("switch", "-q", "main")
    repository.replace("net.yaml", "for: 2m", "for: 3m")
    repository.commit()
    clone = tmp_path / "clone"
    repository.git(
        "clone", "-q", "--depth=1", "-b", "change", f"file://{repository.top}", str(clone)
    )
    monkeypatch.chdir(clone)
    assert "this clone is shallow and may lack it: `git fetch` it" in refused("--since", "main")
    subprocess.run(["git", "fetch", "-q", "--depth=1", "origin", "main"], check=True)
    assert "fetch-depth: 0" in refused("--since", "FETCH_HEAD")
    subprocess.run(["git", "fetch", "-q", "--unshallow", "origin", "main"], check=True)
    shown = json.loads(lint("--since", "FETCH_HEAD", "--format", "json").stdout)
    assert [problem["rule"] for problem in shown["problems"]] == ["B"]


def test_histories_that_never_met_are_told(repository: Repository) -> None:
    repository.git("switch", "-q", "--orphan", "other")
    repository.write("catalogue.yaml", CATALOGUE)
    repository.commit()
    repository.git("switch", "-q", "change")
    assert "have no commit in common" in refused("--since", "other")


def test_a_repository_without_a_commit_has_no_revisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    (tmp_path / "plain.yml").write_text("groups: []\n")
    assert "git knows no revision `HEAD`" in refused("plain.yml", "--since", "HEAD")
