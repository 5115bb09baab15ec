"""Every report is valid by its format's schema, for whatever problems and file names there are."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker

from tocsin.checks import CHECKS
from tocsin.load import documentation
from tocsin.problem import Position, Problem, Severity
from tocsin.report import REPORTS, Result
from tocsin.source import Source

FORMATS = Path(__file__).parent / "formats"
NOW = datetime(2026, 6, 1, 12, 30, 15, 250, tzinfo=UTC)
IDS = sorted((*CHECKS, *documentation.PROBLEMS, *documentation.OF_LINT))


def schema(name: str) -> Any:
    return json.loads((FORMATS / name).read_text(encoding="utf-8"))


SARIF = Draft4Validator(schema("sarif-2.1.0.schema.json"), format_checker=FormatChecker())
GITLAB = Draft202012Validator(schema("gitlab-code-quality.schema.json"))
JSON = Draft202012Validator(schema("json.schema.json"))
JUNIT = xmlschema.XMLSchema(FORMATS / "junit.xsd")

text = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30)
names = st.sampled_from(
    ["rules/a.yaml", "./b.yml", "/srv/x y.yaml", "é,:%/ü.yaml", "a\tb\x01.yaml", "\udcff.yaml", "."]
)
places = st.builds(
    lambda name, line, column, more, width: Position(
        name, line, column, line + more, column + width if not more else width + 1
    ),
    names,
    st.integers(1, 5),
    st.integers(1, 400),
    st.integers(0, 2),
    st.integers(0, 9),
)
problems = st.lists(
    st.builds(
        Problem,
        places,
        st.sampled_from(IDS),
        st.sampled_from(list(Severity)),
        text,
        st.just("") | text,
        st.just("") | text,
    ),
    max_size=4,
)


def result(found: list[Problem]) -> Result:
    sources = {"rules/a.yaml": Source("rules/a.yaml", "group: a\n" + "é\t" * 250 + "\n")}
    ordered = tuple(sorted(found, key=lambda problem: problem.sort_key))
    return Result(ordered, sources, 3, 2, 1, NOW)


@given(problems)
@settings(max_examples=25, deadline=None)
def test_sarif(found: list[Problem]) -> None:
    log = json.loads(REPORTS["sarif"](result(found)))
    SARIF.validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for entry in run["results"]:
        assert rules[entry["ruleIndex"]]["id"] == entry["ruleId"]
        region = entry["locations"][0]["physicalLocation"]["region"]
        begin = (region["startLine"], region["startColumn"])
        assert begin <= (region["endLine"], region["endColumn"])
        uri = entry["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(file://)?[A-Za-z0-9/._~%-]+", uri), uri
        assert not uri.startswith("./")
    marks = [entry["partialFingerprints"]["primaryLocationLineHash"] for entry in run["results"]]
    assert len(set(marks)) == len(marks)
    for rule in rules:
        assert rule["helpUri"].endswith(f"/checks.md#{rule['id'].replace('/', '')}")
        assert rule["shortDescription"]["text"] and rule["help"]["markdown"]


@given(problems)
@settings(max_examples=25, deadline=None)
def test_gitlab(found: list[Problem]) -> None:
    entries = json.loads(REPORTS["gitlab"](result(found)))
    GITLAB.validate(entries)
    assert len({entry["fingerprint"] for entry in entries}) == len(found)


@given(problems)
@settings(max_examples=25, deadline=None)
def test_json(found: list[Problem]) -> None:
    JSON.validate(json.loads(REPORTS["json"](result(found))))


@given(problems)
@settings(max_examples=25, deadline=None)
def test_junit(found: list[Problem]) -> None:
    document = REPORTS["junit"](result(found))
    JUNIT.validate(document)
    assert 'timestamp="2026-06-01T12:30:15"' in document


COMMAND = re.compile(r"::(error|warning|notice) ([^\r\n]*?)::([^\r\n]*)")
ESCAPES = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


def unescaped(written: str) -> str:
    return re.sub("%25|%0D|%0A|%3A|%2C", lambda found: ESCAPES[found[0]], written)


@given(problems)
@settings(max_examples=25, deadline=None)
def test_github(found: list[Problem]) -> None:
    """Read back as the runner does: by lines, then `::`, then commas and the first `=`."""
    shown = REPORTS["github"](result(found))
    lines = re.split(r"\r\n|\r|\n", shown) if shown else []
    wanted = result(found).problems
    assert len(lines) == len(wanted)
    for line, problem in zip(lines, wanted, strict=True):
        command = COMMAND.fullmatch(line)
        assert command, line
        properties = dict(pair.split("=", 1) for pair in command[2].split(","))
        assert unescaped(properties["file"]) == problem.position.file.removeprefix("./")
        assert properties["title"] == problem.check
        assert int(properties["line"]) == problem.position.line
        assert ("col" in properties) == (problem.position.line == problem.position.end_line)
        assert int(properties.get("col", 0)) <= int(properties.get("endColumn", 0))
        assert unescaped(command[3]).startswith(problem.message)


@given(problems)
@settings(max_examples=25, deadline=None)
def test_text(found: list[Problem]) -> None:
    assert REPORTS["text"](result(found))


@pytest.mark.parametrize("check", IDS)
def test_every_problem_has_a_summary_of_one_line(check: str) -> None:
    known = CHECKS.get(check)
    told = documentation.summary(known.documentation if known else documentation.text(check))
    assert 5 < len(told) < 130 and "\n" not in told


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_a_file_whose_name_is_not_unicode_is_told(report: str, tmp_path: Path) -> None:
    (tmp_path / "\udcff.yml").write_text("groups: 5\n")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from tocsin.cli import main; main()",
            "lint",
            ".",
            "--format",
            report,
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert b"Traceback" not in done.stderr
    if report in {"json", "gitlab", "sarif"}:
        json.loads(done.stdout)
