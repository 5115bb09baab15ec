"""Each report says the same, in its reader's language."""

import json
from xml.etree import ElementTree

import pytest

from tocsin.problem import Position, Problem, Severity
from tocsin.report import REPORTS, Result
from tocsin.source import Source

TEXT = "group: a\nrules:\n  - alert: Ä\t\x1b[2J\n" + "x" * 300 + "\n"
PROBLEMS = (
    Problem(Position("a.yaml", 3, 12, 3, 13), "rule/name", Severity.ERROR, "bad, 100%\nname", "x"),
    Problem(Position("a.yaml", 3, 12, 3, 13), "rule/name", Severity.ERROR, "bad, 100%\nname", "x"),
    Problem(Position("a.yaml", 4, 200, 4, 210), "promql/syntax", Severity.WARNING, "far out"),
    Problem(Position("b.yaml", 1, 1, 9, 2), "file/empty", Severity.INFO, "nothing"),
)
RESULT = Result(
    PROBLEMS, {"a.yaml": Source("a.yaml", TEXT), "c.yaml": Source("c.yaml", "")}, 3, 2, 1
)
CLEAN = Result((), {"a.yaml": Source("a.yaml", TEXT)}, 1, 2, 3)


def test_text_cannot_be_made_to_move_the_cursor() -> None:
    shown = REPORTS["text"](RESULT)
    assert "\x1b[2J" not in shown
    assert "bad, 100%\ufffdname" in shown


def test_text_shows_a_long_line_around_the_part_that_matters() -> None:
    lines = REPORTS["text"](RESULT).splitlines()
    number = next(index for index, line in enumerate(lines) if "far out" in line)
    assert "…" in lines[number + 1]
    assert "^^^^^^^^^^" in lines[number + 2]
    assert len(lines[number + 1]) < 200


def test_text_sums_up() -> None:
    assert REPORTS["text"](RESULT).splitlines()[-1] == (
        "3 files, 2 rules, 1 alert: 2 errors, 1 warning, 1 info"
    )


def test_json_is_the_contract() -> None:
    content = json.loads(REPORTS["json"](RESULT))
    assert content["summary"] == {"files": 3, "rules": 2, "alerts": 1, "errors": 2, "warnings": 1}
    assert content["problems"][0] == {
        "file": "a.yaml",
        "line": 3,
        "column": 12,
        "end_line": 3,
        "end_column": 13,
        "check": "rule/name",
        "severity": "error",
        "message": "bad, 100%\nname",
        "hint": "x",
        "rule": "",
    }


def test_github_escapes_what_would_end_a_command() -> None:
    first, *_, last = REPORTS["github"](RESULT).splitlines()
    assert first == (
        "::error file=a.yaml,line=3,endLine=3,col=12,endColumn=12,title=rule/name"
        "::bad, 100%25%0Aname (x)"
    )
    assert last.startswith("::notice file=b.yaml,line=1,endLine=9,")
    assert REPORTS["github"](CLEAN) == ""


def test_sarif_points_at_rules_and_regions() -> None:
    log = json.loads(REPORTS["sarif"](RESULT))
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert log["version"] == "2.1.0"
    assert rules == ["file/empty", "promql/syntax", "rule/name"]
    described = run["tool"]["driver"]["rules"][1]["shortDescription"]["text"]
    assert described == "PromQL that Prometheus would not load."
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    assert [result["level"] for result in run["results"]] == ["error", "error", "warning", "note"]
    assert run["results"][2]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 4,
        "startColumn": 200,
        "endLine": 4,
        "endColumn": 210,
    }


def test_junit_has_a_case_per_file() -> None:
    suite = ElementTree.fromstring(REPORTS["junit"](RESULT))[0]  # noqa: S314 # our own output
    assert suite.attrib["tests"] == "3"
    assert suite.attrib["failures"] == "1"
    failed = {
        case.attrib["name"]: [child.attrib for child in case] for case in suite.iter("testcase")
    }
    assert failed["a.yaml"] == [{"message": "bad, 100%\ufffdname", "type": "rule/name"}]
    assert failed["b.yaml"] == [], "information is no failure"
    assert failed["c.yaml"] == []


def test_gitlab_tells_two_of_a_kind_apart() -> None:
    entries = json.loads(REPORTS["gitlab"](RESULT))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 4
    assert entries[0]["severity"] == "critical"
    assert entries[0]["location"] == {"path": "a.yaml", "lines": {"begin": 3, "end": 3}}


def test_gitlabs_fingerprint_outlives_a_moved_line() -> None:
    moved = Problem(
        Position("a.yaml", 30, 1, 30, 2), "rule/name", Severity.ERROR, "bad, 100%\nname"
    )
    first, second = (
        json.loads(REPORTS["gitlab"](Result((problem,), {}, 1, 1, 1)))[0]["fingerprint"]
        for problem in (PROBLEMS[0], moved)
    )
    assert first == second


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_a_clean_run_is_told_as_such(name: str) -> None:
    shown = REPORTS[name](CLEAN)
    if name in {"json", "sarif", "gitlab"}:
        json.loads(shown)
    assert "error:" not in shown
