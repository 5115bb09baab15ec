"""Generated tests as promtool's test files."""

from typing import Any

from tocsin import durations
from tocsin.emit import promtool_tests
from tocsin.model import Compiled
from tocsin.promql import text
from tocsin.testing.model import Check, Generated


def files(compiled: Compiled, generated: list[Generated]) -> dict[str, str]:
    """File name to content."""
    found = ((test.rule, test.step, promtool_test(test)) for test in generated)
    return promtool_tests.files(found, compiled, "generated")


def title(test: Generated) -> str:
    """The name by which a test is known."""
    return f"{test.rule.name}: generated: {test.name}"


def promtool_test(test: Generated) -> dict[str, Any]:
    """One test as promtool runs it: which severities fire at which time, for its labels."""
    return {
        "name": title(test),
        "interval": durations.text(test.interval),
        "input_series": [
            {"series": series, "values": values} for series, values in test.series.items()
        ],
        "promql_expr_test": [
            {
                "expr": expression(test, check),
                "eval_time": durations.text(check.time),
                "exp_samples": [
                    {
                        "labels": f"{{severity={text.quoted(severity)}}}" if severity else "{}",
                        "value": 1,
                    }
                    for severity in sorted(check.firing)
                ],
            }
            for check in test.checks
        ],
    }


def expression(test: Generated, check: Check) -> str:
    """PromQL: how often each severity fires for the labels that a check asks for."""
    rule = test.rule
    own = {name: value for name, value in rule.own_labels.items() if "{{" not in value}
    own.pop("severity", None)
    firing = {**test.watched(check), **own, "alertname": rule.name, "alertstate": "firing"}
    return f"count by (severity) (ALERTS{{{text.matchers(firing)}}})"
