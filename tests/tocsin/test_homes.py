"""One run over files of several settings, and over some of the files of one."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tocsin.cli import cli

READER = "{alert: Reads, expr: 'job:errors:rate5m > 1'}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def plain(*rules: str) -> str:
    listed = "".join(
        f"      {rule}\n" if rule[:1] == "#" else f"      - {rule}\n" for rule in rules
    )
    return f"groups:\n  - name: g\n    rules:\n{listed}"


def lint(*asked: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["lint", *asked, "--format", "json"], catch_exceptions=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def told(*asked: str) -> list[tuple[str, str, str]]:
    return [(p["file"], p["check"], p["severity"]) for p in lint(*asked)["problems"]]


@pytest.fixture
def two() -> None:
    for name, severity in (("a", "error"), ("b", "info")):
        write(f"{name}/r.yml", plain("{alert: A, expr: up}"))
        section = {"checks": {"alerts/comparison": severity}}
        write(f"{name}/tocsin.yaml", json.dumps({"lint": section}))


A, B = (f"{name}/r.yml" for name in "ab")
TWO = [(A, "alerts/comparison", "error"), (B, "alerts/comparison", "info")]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("asked", [("a", "b"), ("b", "a"), (".",), (A, B), ("a", B)])
def test_each_file_has_its_own_settings(asked: tuple[str, ...]) -> None:
    found = lint(*asked)
    assert [(p["file"], p["check"], p["severity"]) for p in found["problems"]] == TWO
    assert found["summary"]["files"] == found["summary"]["rules"] == 2


@pytest.mark.usefixtures("two")
def test_a_nearer_file_of_settings_wins() -> None:
    write("tocsin.yaml", '{"lint": {"checks": {"alerts/*": "off"}}}')
    write("c/r.yml", plain("{alert: A, expr: up}"))
    assert told(".") == TWO
    assert told("c", "b") == TWO[1:]


def test_a_catalogue_beside_plain_files() -> None:
    write("rules/catalogue.yaml", "version: 1\npolicy: {require: [summary]}\n")
    write("rules/r.yaml", "group: g\nrules:\n  - {alert: A, expr: up == 0}\n")
    write("rules/metrics/m.yaml", "metrics: []\n")
    write("plain/r.yml", plain("{alert: A, expr: up == 0}"))
    assert told(".") == told("rules", "plain") == [("rules/r.yaml", "rule/policy", "error")]


def test_what_is_faulty_in_each_of_the_settings_is_told() -> None:
    for name in "ab":
        write(f"{name}/r.yml", plain("{alert: A, expr: up == 0}"))
        write(f"{name}/tocsin.yaml", "scrape: 1s\n")
    assert [file for file, *_ in told("a", "b")] == ["a/tocsin.yaml", "b/tocsin.yaml"]


@pytest.mark.usefixtures("two")
def test_a_path_that_is_not_there_is_told_once() -> None:
    done = CliRunner().invoke(cli, ["lint", "a", "nowhere", "b", "--format", "json"])
    assert done.exit_code == 2
    files = [p["file"] for p in json.loads(done.stdout)["problems"]]
    assert files == [A, B, "nowhere"]


@pytest.fixture
def catalogue() -> None:
    write("rules/catalogue.yaml", "version: 1\n")
    write("rules/metrics/m.yaml", "metrics: [{name: errors_total, type: counter}]\n")
    record = "  - {record: 'job:errors:rate5m', expr: 'sum by (job) (rate(errors_total[5m]))'}\n"
    write("rules/record.yaml", f"group: record\nrules:\n{record}")
    write("rules/read.yaml", f"group: read\nrules:\n  - {READER}\n  - {{alert: Bad, expr: nope}}\n")


@pytest.mark.usefixtures("catalogue")
def test_some_files_of_a_catalogue_know_the_others() -> None:
    """Nothing is missed that the others have, and nothing is told of them."""
    found = lint("rules/read.yaml")
    assert {p["check"] for p in found["problems"]} == {"promql/series", "alerts/comparison"}
    assert {p["rule"] for p in found["problems"]} == {"Bad"}
    assert (found["summary"]["files"], found["summary"]["rules"]) == (1, 2)
    assert told("rules/record.yaml") == []


def test_files_of_a_catalogue_by_another_name(tmp_path: Path, catalogue: None) -> None:
    (tmp_path / "link").symlink_to("rules")
    for name in (str(tmp_path / "rules/read.yaml"), "link/read.yaml", "./rules/../rules/read.yaml"):
        found = lint(name)["problems"]
        assert {(p["file"], p["rule"]) for p in found} == {(name.removeprefix("./"), "Bad")}


DUPLICATE = "{record: x, expr: vector(1)}"


@pytest.mark.parametrize("settings", [None, "{}"])
def test_an_ignore_of_what_another_file_causes(settings: str | None) -> None:
    """It is not unused where that file is not looked at."""
    if settings:
        write("d/tocsin.yaml", settings)
    write("d/a.yml", plain(DUPLICATE))
    write("d/b.yml", plain("# tocsin ignore rule/duplicate: on purpose", DUPLICATE))
    assert told("d") == []
    assert told("d/b.yml") == []
    write("d/a.yml", plain("{record: y, expr: vector(1)}"))
    assert told("d/b.yml") == []
    assert told("d") == [("d/b.yml", "lint/unused-ignore", "warning")]


@pytest.mark.parametrize(("check", "told_of"), [("promql/rate", True), ("alerts/count", False)])
def test_an_ignore_of_what_a_server_would_say(check: str, told_of: bool) -> None:
    """It is unused where the check has run, and nobody knows of one that needs a server."""
    write("d/a.yml", plain(f"# tocsin ignore {check}: on purpose", DUPLICATE))
    assert bool(told("d")) == told_of


def test_an_ignore_of_what_a_rule_alone_causes_is_unused_all_the_same() -> None:
    write("d/a.yml", plain("# tocsin ignore alerts/comparison: on purpose", DUPLICATE))
    assert told("d/a.yml") == [("d/a.yml", "lint/unused-ignore", "warning")]


def test_what_a_change_removed_is_told_of_its_own_settings(folder: Path) -> None:
    (folder / ".git").rmdir()
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for name in "ab":
        write(f"{name}/tocsin.yaml", "{}")
        write(f"{name}/record.yml", plain("{record: 'job:errors:rate5m', expr: vector(1)}"))
        write(f"{name}/read.yml", plain(READER))
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    write("b/record.yml", plain("{record: other, expr: vector(1)}"))
    removed = [("b/read.yml", "rule/dependency", "warning")]
    assert told("a", "b", "--since", "HEAD") == removed
    assert [check for _, check, _ in told(str(folder), "--since", "HEAD")] == ["rule/dependency"]


NEWER = "groups: [{name: g, query_offset: 1m, rules: [{alert: A, expr: 'histogram_avg(x) > 1'}]}]\n"


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (None, 0),
        ("scrape_interval: 30s", 0),  # plain files may be for any version
        ("targets: {prometheus: '2.50'}", 1),
        ("targets: {prometheus: '2.42'}", 2),
        ("targets: {prometheus: '3.0'}", 0),
    ],
)
def test_plain_files_are_for_any_version_unless_somebody_says(
    settings: str | None, found: int
) -> None:
    write("d/r.yml", NEWER)
    if settings:
        write("d/tocsin.yaml", settings)
    assert told("d") == [("d/r.yml", "promql/features", "error")] * found


@pytest.mark.parametrize("label", ["__name__", "a-b", "1a"])
def test_names_that_no_label_can_have(label: str) -> None:
    write("r.yml", plain(f"{{alert: A, expr: up == 0, labels: {{'{label}': x}}}}"))
    assert told("r.yml") == [("r.yml", "schema/value", "error")]
