"""Generated tests as promtool's test files: one per rule file and evaluation interval."""

from typing import Any

from tocsin import durations
from tocsin.emit import names, yamlout
from tocsin.model import Compiled
from tocsin.promql import text
from tocsin.testing.model import Generated


def files(compiled: Compiled, generated: list[Generated]) -> dict[str, str]:
    """File name to content. Tests that need other evaluation intervals have files of their own."""
    usual = compiled.catalogue.settings.evaluation_interval
    found: dict[tuple[str, int], list[Generated]] = {}
    for test in generated:
        path = compiled.catalogue.path_of(test.rule.source.name)
        found.setdefault((path, test.step), []).append(test)
    written = {}
    for (path, step), tests in found.items():
        name = names.generated_tests_file(path, "" if usual == durations.text(step) else step)
        content = {
            "rule_files": [f"../{names.rules_file(path)}"],
            "evaluation_interval": durations.text(step),
            "tests": [promtool_test(test) for test in tests],
        }
        written[name] = yamlout.dump(content, path)
    return written


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
                "expr": expression(test),
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


def expression(test: Generated) -> str:
    """PromQL: how often each severity fires for the labels that a test watches."""
    own = {*test.rule.own_labels, "severity"}
    watched = {name: value for name, value in test.labels.items() if name not in own}
    firing = {**watched, "alertname": test.rule.name, "alertstate": "firing"}
    return f"count by (severity) (ALERTS{{{text.matchers(firing)}}})"
