"""promtool test files from the rules' own `tests`.

What fires is asked of the `ALERTS` series that Prometheus itself writes, so that a test may name
any subset of an alert's labels; promtool's own alert tests want every label and annotation.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tocsin import durations
from tocsin.emit import names, yamlout
from tocsin.model import Compiled, Rule
from tocsin.promql import text


def emit(compiled: Compiled) -> dict[str, str]:
    """File name to content, for each file of the catalogue that has tests."""
    found: list[tuple[Rule, int, dict[str, Any]]] = []
    emitted = {output.rule.source.name for output in compiled.outputs}
    for rule in compiled.catalogue.rules:
        if rule.data.get("tests") and rule.source.name in emitted:
            every = durations.parse(rule.group.every(compiled.catalogue.settings))
            found += [(rule, every, test) for test in tests(rule, compiled)]
    return files(found, compiled)


def files(
    tests: Iterable[tuple[Rule, int, dict[str, Any]]], compiled: Compiled, sort: str = ""
) -> dict[str, str]:
    """File name to content of tests of rules that are evaluated each so many milliseconds."""
    usual = durations.parse(compiled.catalogue.settings.evaluation_interval)
    by_file: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for rule, every, test in tests:
        path = compiled.catalogue.path_of(rule.source.name)
        by_file.setdefault((path, every), []).append(test)
    return {
        names.tests_file(path, sort, durations.text(every) if every != usual else ""): yamlout.dump(
            {
                "rule_files": [f"../{names.rules_file(path)}"],
                "evaluation_interval": durations.text(every),
                "tests": found,
            },
            path,
        )
        for (path, every), found in by_file.items()
    }


def tests(rule: Rule, compiled: Compiled) -> list[dict[str, Any]]:
    """A rule's tests as promtool runs them."""
    default = compiled.catalogue.settings.evaluation_interval
    return [
        {
            "name": title(rule, index),
            "interval": written.get("interval", default),
            "input_series": [
                {"series": series, "values": rule.text("tests", index, "series", series)}
                for series in written["series"]
            ],
            "promql_expr_test": [
                expectation
                for time in written["firing"]
                for expectation in _expectations(rule, index, time)
            ],
        }
        for index, written in enumerate(rule.data["tests"])
    ]


def title(rule: Rule, index: int) -> str:
    """The name by which a test is known in promtool's output."""
    name = rule.data["tests"][index].get("name") or f"test {index + 1}"
    return f"{rule.name}: {name}"


def _expectations(rule: Rule, index: int, time: str) -> Iterator[dict[str, Any]]:
    """What a test says of one time: these alerts of the rule fire, and no others."""
    written: list[dict[str, Any]] = rule.data["tests"][index]["firing"][time]
    label_sets = [
        {
            name: rule.text("tests", index, "firing", time, place, name)
            for name in labels
            if name != "alertname"
        }
        for place, labels in enumerate(written)
    ]
    firing = {"alertname": rule.name, "alertstate": "firing"}
    if len({frozenset(labels) for labels in label_sets}) <= 1:
        named = text.by(sorted(label_sets[0])) if label_sets else ""
        yield _expectation(f"count{named} ({_alerts(firing)})", time, label_sets)
        return
    # They name different labels: ask for each by its own, then count them all.
    for labels in label_sets:
        found = _alerts({**firing, **labels})
        yield _expectation(f"group{text.by(sorted(labels))} ({found})", time, [labels])
    yield _expectation(f"count ({_alerts(firing)})", time, [{}] * len(label_sets))


def _expectation(expr: str, time: str, label_sets: list[dict[str, str]]) -> dict[str, Any]:
    """`expr` gives one sample per label set, whose value is how often it is listed."""
    counted = Counter(f"{{{_matchers(labels)}}}" for labels in label_sets)
    samples = [{"labels": labels, "value": count} for labels, count in counted.items()]
    return {"expr": expr, "eval_time": time, "exp_samples": samples}


def _alerts(labels: dict[str, str]) -> str:
    return f"ALERTS{{{_matchers(labels)}}}"


def _matchers(labels: dict[str, str]) -> str:
    return ", ".join(f"{name}={text.quoted(value)}" for name, value in sorted(labels.items()))
