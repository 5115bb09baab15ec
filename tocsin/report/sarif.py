"""SARIF 2.1.0, for code scanning.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from importlib.metadata import version
from typing import Any

from tocsin.checks import CHECKS
from tocsin.problem import Problem, Severity
from tocsin.report.report import Result

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(result: Result) -> str:
    """A SARIF log with one run."""
    ids = sorted({problem.check for problem in result.problems})
    driver = {"name": "tocsin", "version": version("tocsin"), "rules": [_rule(i) for i in ids]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, ids) for problem in result.problems],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(check_id: str) -> dict[str, Any]:
    check = CHECKS.get(check_id)
    described = {"shortDescription": {"text": summary(check.documentation)}} if check else {}
    return {"id": check_id, **described}


def summary(documentation: str) -> str:
    """The first sentence of a check's documentation."""
    return " ".join(documentation.strip().partition("\n\n")[0].split())


def _result(problem: Problem, ids: list[str]) -> dict[str, Any]:
    position = problem.position
    text = problem.message + (f" ({problem.hint})" if problem.hint else "")
    region = {
        "startLine": position.line,
        "startColumn": position.column,
        "endLine": position.end_line,
        "endColumn": position.end_column,
    }
    location = {"artifactLocation": {"uri": position.file.replace("\\", "/")}, "region": region}
    return {
        "ruleId": problem.check,
        "ruleIndex": ids.index(problem.check),
        "level": _LEVELS[problem.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
    }
