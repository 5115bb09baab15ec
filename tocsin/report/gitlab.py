"""GitLab's code quality report.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import hashlib
import json

from tocsin.problem import Problem, Severity
from tocsin.report.report import Result

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(result: Result) -> str:
    """A JSON list with an entry per problem."""
    seen: dict[str, int] = {}
    entries = []
    for problem in result.problems:
        text = problem.message + (f" ({problem.hint})" if problem.hint else "")
        entries.append(
            {
                "description": text,
                "check_name": problem.check,
                "fingerprint": _fingerprint(problem, seen),
                "severity": _SEVERITIES[problem.severity],
                "location": {
                    "path": problem.position.file,
                    "lines": {"begin": problem.position.line, "end": problem.position.end_line},
                },
            }
        )
    return json.dumps(entries, indent=2, ensure_ascii=False)


def _fingerprint(problem: Problem, seen: dict[str, int]) -> str:
    """The same for the same problem wherever its line moves to; unlike for two of a kind."""
    parts = (problem.check, problem.position.file, problem.rule, problem.message)
    identity = "\0".join(parts)
    seen[identity] = seen.get(identity, 0) + 1
    return hashlib.sha256(f"{identity}\0{seen[identity]}".encode()).hexdigest()
