"""SARIF 2.1.0, for code scanning.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and GitHub's page "SARIF
support for code scanning" for what it makes of it.
"""

import json
import posixpath
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from tocsin.checks import CHECKS
from tocsin.fingerprint import fingerprints
from tocsin.load import documentation
from tocsin.problem import Problem, Severity
from tocsin.report.report import Result

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render(result: Result) -> str:
    """A SARIF log with one run."""
    ids = sorted({problem.check for problem in result.problems})
    from importlib.metadata import metadata  # noqa: PLC0415 # slow to import, seldom needed

    about = metadata("tocsin")
    urls = dict(entry.split(", ", 1) for entry in about.get_all("Project-URL") or ())
    home, pages = urls.get("Homepage", ""), urls.get("Documentation", "")
    driver = {"name": "tocsin", "version": about["Version"], "semanticVersion": about["Version"]}
    if home:
        driver["informationUri"] = home
    run = {
        "tool": {"driver": {**driver, "rules": [_rule(check, pages) for check in ids]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(found, mark, ids) for found, mark in fingerprints(result.problems)],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(check: str, pages: str) -> dict[str, Any]:
    """What is said of a check; `pages` is where its documentation is read, "" for nowhere."""
    known = CHECKS.get(check)
    text = known.documentation if known else documentation.text(check)
    rule: dict[str, Any] = {"id": check, "name": _pascal(check)}
    if text.strip():
        whole = " ".join(text.strip().partition("\n\n")[0].split())
        rule["shortDescription"] = {"text": documentation.summary(text)}
        rule["fullDescription"] = {"text": whole}
        rule["help"] = {"text": text.strip(), "markdown": text.strip()}
    if pages:
        rule["helpUri"] = f"{pages}/checks.md#{check.replace('/', '')}"
    if known:
        rule["defaultConfiguration"] = {"level": _LEVELS[known.severity]}
    return rule


def _pascal(check: str) -> str:
    return "".join(
        word.capitalize() for word in check.replace("/", "-").replace("_", "-").split("-")
    )


def _result(problem: Problem, fingerprint: str, ids: list[str]) -> dict[str, Any]:
    position = problem.position
    text = problem.message + (f" ({problem.hint})" if problem.hint else "")
    region = {
        "startLine": position.line,
        "startColumn": position.column,
        "endLine": position.end_line,
        "endColumn": position.end_column,
    }
    location = {"artifactLocation": {"uri": uri(position.file)}, "region": region}
    return {
        "ruleId": problem.check,
        "ruleIndex": ids.index(problem.check),
        "level": _LEVELS[problem.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
        # The name that GitHub looks for; without it, it counts by the line's text alone.
        "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint[:16]}:1"},
    }


def uri(file: str) -> str:
    """A path as a URI: relative, from where the command ran, or absolute."""
    path = posixpath.normpath(file.replace("\\", "/"))
    written = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return f"file://{written}" if PurePosixPath(path).is_absolute() else written
