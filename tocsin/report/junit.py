"""JUnit XML: a test case per file, failed where it has problems of warning or worse.

There is no one schema: this is valid by those of Ant (which wants every attribute and element that
is here, and allows one failure per case) and of Jenkins. Nobody measures the time: it is 0.
"""

from tocsin.problem import Problem, Severity
from tocsin.report.report import Result
from tocsin.report.text import printable


def render(result: Result) -> str:
    """An XML document with one test suite."""
    from xml.etree.ElementTree import (  # noqa: PLC0415 # slow to import, seldom needed
        Element,
        SubElement,
        indent,
        tostring,
    )

    by_file: dict[str, list[Problem]] = {name: [] for name in result.sources}
    for problem in result.problems:
        by_file.setdefault(problem.position.file, []).append(problem)
    failed = {
        name: [found for found in problems if found.severity > Severity.INFO]
        for name, problems in by_file.items()
    }
    suites = Element("testsuites")
    suite = SubElement(
        suites,
        "testsuite",
        name="tocsin lint",
        package="tocsin",
        id="0",
        hostname="localhost",
        timestamp=result.now.replace(tzinfo=None, microsecond=0).isoformat(),
        time="0",
        tests=str(len(by_file)),
        failures=str(sum(bool(problems) for problems in failed.values())),
        errors="0",
        skipped="0",
    )
    SubElement(suite, "properties")
    for name, problems in sorted(by_file.items()):
        case = SubElement(
            suite, "testcase", classname="tocsin.lint", name=printable(name), time="0"
        )
        if failed[name]:
            worst = max(problems, key=lambda found: found.severity)
            attributes = {"message": printable(worst.message), "type": worst.check}
            SubElement(case, "failure", attributes).text = _listed(problems)
    SubElement(suite, "system-out")
    SubElement(suite, "system-err")
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode")


def _listed(problems: list[Problem]) -> str:
    lines = []
    for found in problems:
        position = found.position
        place = f"{position.file}:{position.line}:{position.column}"
        hint = f" ({found.hint})" if found.hint else ""
        text = f"{place}: {found.severity.label}: {found.message}{hint} [{found.check}]"
        lines.append(printable(text))
    return "\n".join(lines)
