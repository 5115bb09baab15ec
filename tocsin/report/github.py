"""GitHub Actions' workflow commands: annotations on the lines of a pull request.

Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from tocsin.problem import Problem, Severity
from tocsin.report.report import Result

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(result: Result) -> str:
    """A command per problem; nothing for a clean run."""
    return "\n".join(_command(problem) for problem in result.problems)


def _command(problem: Problem) -> str:
    position = problem.position
    properties: dict[str, object] = {
        "file": position.file.removeprefix("./"),
        "line": position.line,
        "endLine": position.end_line,
    }
    if position.line == position.end_line:  # the runner drops columns of more lines than one
        properties["col"] = position.column
        # GitHub's is the last column, not the next.
        properties["endColumn"] = max(position.end_column - 1, position.column)
    properties["title"] = problem.check
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = problem.message + (f" ({problem.hint})" if problem.hint else "")
    return f"::{_COMMANDS[problem.severity]} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
