"""JSON: the contract that other programs read (docs/lint.md)."""

import json
from typing import Any

from tocsin.problem import Problem, Severity
from tocsin.report.report import Result


def render(result: Result) -> str:
    """One JSON object: `problems` and `summary`."""
    content = {
        "problems": [_problem(problem) for problem in result.problems],
        "summary": {
            "files": result.files,
            "rules": result.rules,
            "alerts": result.alerts,
            "errors": result.count(Severity.ERROR),
            "warnings": result.count(Severity.WARNING),
            **result.left_out,
        },
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _problem(problem: Problem) -> dict[str, Any]:
    position = problem.position
    return {
        "file": position.file,
        "line": position.line,
        "column": position.column,
        "end_line": position.end_line,
        "end_column": position.end_column,
        "check": problem.check,
        "severity": problem.severity.label,
        "message": problem.message,
        "hint": problem.hint,
        "rule": problem.rule,
    }
