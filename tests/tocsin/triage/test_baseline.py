"""`--baseline`: what is known is counted, what is new is told, what is mended is told, too."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tocsin.cli import cli

CATALOGUE = "version: 1\npolicy: {require: [summary]}\n"
RULE = "  - alert: {}\n    expr: {}\n"
HOST = "group: host\nrules:\n" + RULE.format("A", "up == 0") + RULE.format("B", "up ==")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "catalogue.yaml").write_text(CATALOGUE)
    (tmp_path / "rules" / "host.yaml").write_text(HOST)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["lint", *(str(argument) for argument in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def write(*paths: str) -> Result:
    return lint(*paths, "--baseline", "known.json", "--write-baseline")


def told(*paths: str) -> list[tuple[str, str]]:
    shown = json.loads(lint(*paths, "--baseline", "known.json", "--format", "json").stdout)
    return [(problem["check"], problem["rule"]) for problem in shown["problems"]]


def test_what_is_known_is_counted_and_does_not_fail() -> None:
    assert lint().exit_code == 1
    written = write()
    known = "ok: 1 file, 2 rules, 1 alert, 3 known, no others\n"
    assert (written.exit_code, written.output) == (0, known)
    again = lint("--baseline", "known.json")
    assert (again.exit_code, again.output) == (0, known)
    summary = json.loads(lint("--baseline", "known.json", "--format", "json").stdout)["summary"]
    assert (summary["known"], summary["errors"]) == (3, 0)


def test_what_is_new_is_told_also_of_a_kind_that_is_known(here: Path) -> None:
    write()
    (here / "rules" / "host.yaml").write_text(HOST + RULE.format("C", "up == 0"))
    assert told() == [("rule/policy", "C")]
    (here / "rules" / "host.yaml").write_text(HOST + RULE.format("A", "up == 1"))
    assert told() == [("rule/policy", "A")], "a second one like it is not the one that is known"
    assert lint("--baseline", "known.json").exit_code == 1


def test_moved_lines_stay_known(here: Path) -> None:
    twice = HOST + RULE.format("A", "up == 0") + "    summary: x\n"
    (here / "rules" / "host.yaml").write_text(twice)
    write()
    assert '"rule/duplicate"' in (here / "known.json").read_text()
    (here / "rules" / "host.yaml").write_text("# a\n# b\n\n" + twice)
    assert told() == []


def test_what_is_mended_is_told_at_its_line(here: Path) -> None:
    write()
    (here / "rules" / "host.yaml").write_text(HOST.replace("up ==\n", "up == 0\n"))
    shown = lint("--baseline", "known.json")
    assert shown.exit_code == 0
    assert "known.json:4:1: info: `promql/syntax` is mended in rules/host.yaml" in shown.output
    write()
    assert told() == []
    assert "promql/syntax" not in (here / "known.json").read_text()


def test_of_files_that_nobody_looked_at_nothing_is_forgotten(here: Path) -> None:
    (here / "rules" / "net.yaml").write_text("group: net\nrules:\n" + RULE.format("N", "up == 0"))
    write()
    before = (here / "known.json").read_text()
    assert told("rules/net.yaml") == []
    write("rules/net.yaml")
    assert (here / "known.json").read_text() == before
    (here / "rules" / "host.yaml").unlink()
    assert told() == [("lint/stale-baseline", "")] * 3, "a file that is gone"


def test_it_is_found_from_any_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write()
    monkeypatch.chdir(here / "rules")
    shown = lint(".", "--baseline", "../known.json")
    assert shown.output == "ok: 1 file, 2 rules, 1 alert, 3 known, no others\n"


def test_the_file_has_a_line_per_problem_and_is_the_same_every_time(here: Path) -> None:
    (here / "rules" / "host.yaml").write_text(HOST.replace("{", "x") + RULE.format("B", "up ==  "))
    write()
    lines = (here / "known.json").read_text().splitlines()
    entries = [json.loads(line.strip().rstrip(",")) for line in lines[3:-2]]
    assert [(entry["check"], entry.get("count", 1)) for entry in entries] == [
        ("promql/syntax", 2),
        ("rule/policy", 1),
        ("rule/policy", 2),
    ]
    write()
    assert (here / "known.json").read_text().splitlines() == lines
    (here / "rules" / "host.yaml").write_text("group: a\nrules: [{record: a, expr: up}]\n")
    write()
    assert json.loads((here / "known.json").read_text()) == {"version": 1, "problems": []}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff", "cannot be read: it is not UTF-8"),
        (b"{", "is no baseline: it is not JSON"),
        (b"[]", "is no baseline: it has no `version: 1`"),
        (b'{"version": 2}', "is no baseline: it has no `version: 1`"),
        (b'{"version": 1, "problems": [5]}', "is no baseline: a problem has file, check"),
        (b'{"version": 1, "problems": [{"file": 5}]}', "is no baseline: a problem has file"),
    ],
)
def test_a_file_that_is_no_baseline_is_told(
    here: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (here / "known.json").write_bytes(content)
    shown = lint("--baseline", "known.json")
    assert shown.exit_code == 2 and message in shown.output
    assert "--write-baseline` writes it" in shown.output


def test_writing_wants_a_file_and_all_problems(here: Path) -> None:
    assert lint("--write-baseline").exit_code == 2
    refused = lint("--write-baseline", "--baseline", "known.json", "--since", "main")
    assert refused.exit_code == 2 and "leave --since out" in refused.output
    (here / "file").touch()
    refused = lint("--baseline", "file/known.json", "--write-baseline")
    assert refused.exit_code == 2 and "cannot be" in refused.output
