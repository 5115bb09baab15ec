"""GitLab's code quality report.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import json
import posixpath

from tocsin.fingerprint import fingerprints
from tocsin.problem import Severity
from tocsin.report.report import Result

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(result: Result) -> str:
    """A JSON list with an entry per problem."""
    entries = []
    for problem, fingerprint in fingerprints(result.problems):
        position = problem.position
        text = problem.message + (f" ({problem.hint})" if problem.hint else "")
        entries.append(
            {
                "description": text,
                "check_name": problem.check,
                "fingerprint": fingerprint,
                "severity": _SEVERITIES[problem.severity],
                "location": {
                    # GitLab finds a file by its path from the repository's root, without `./`.
                    "path": posixpath.normpath(position.file),
                    "lines": {"begin": position.line, "end": position.end_line},
                },
            }
        )
    return json.dumps(entries, indent=2, ensure_ascii=False)
