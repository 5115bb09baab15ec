"""An alert without tests where `policy` asks for them, or whose tests never see it fire.

A test in which nothing ever fires passes as well for an `expr` that cannot fire; typed rules come
with tests of their own.

With `policy: {require: [tests]}` in catalogue.yaml. Bad:

    - alert: HostDown
      expr: up == 0

Bad:

    - alert: HostDown
      expr: up == 0
      tests:
        - series: {up: 1x10}
          firing: {5m: []}

Good:

    - alert: HostDown
      expr: up == 0
      tests:
        - series: {up: 0x10}
          firing: {5m: [{}]}
"""

from collections.abc import Iterator

from tocsin import problem
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per alert; recordings and plain rule files are free of it."""
    asked = "tests" in compiled.catalogue.settings.require
    for rule in compiled.catalogue.rules:
        if rule.kind == "record" or rule.group.plain:
            continue
        if not rule.data.get("tests"):
            if asked:
                message, hint = (
                    "the rule has no `tests`",
                    "`policy` in catalogue.yaml asks for them",
                )
                yield problem.error(rule.at("alert"), CHECK.id, message, hint, rule.name)
        elif rule.kind == "expr" and not _fires(rule):
            message = f"the tests of {rule.name} never see it fire"
            hint = "add a time at which it must"
            place = rule.at("tests", key=True)
            yield problem.warning(place, CHECK.id, message, hint, rule.name)


def _fires(rule: Rule) -> bool:
    """Whether a test expects an alert of the rule at any time. What is no test is no proof of
    anything; other checks tell of it."""
    tests = rule.data["tests"]
    if not isinstance(tests, list):
        return True
    for test in tests:
        firing = test.get("firing") if isinstance(test, dict) else None
        if not isinstance(firing, dict) or any(firing.values()):
            return True
    return False


CHECK = Check("rule/untested", Severity.ERROR, run, __doc__, alone=True)
