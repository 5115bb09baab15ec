"""Whether what fires is what a test expects: the questions of a test, asked of some alerts."""

from collections.abc import Callable, Iterator
from typing import Any

from tocsin import durations
from tocsin.promql.operators import Labels
from tocsin.promql.simulate import Series, World
from tocsin.testing.mutation.answers import labels_of

Firing = Callable[[int], set[Labels]]  # the alerts that fire at a time, in milliseconds


def differs(test: dict[str, Any], firing: Firing) -> bool:
    """Whether any expectation of a test is not met."""
    return any(_differs(expectation, firing) for expectation in test["promql_expr_test"])


def _differs(expectation: dict[str, Any], firing: Firing) -> bool:
    alerts = firing(durations.parse(expectation["eval_time"]))
    series = [Series("ALERTS", labels, [1.0], 1) for labels in alerts]
    found = World(series, 1).value(expectation["expr"], 0)
    return found != dict(_samples(expectation))


def _samples(expectation: dict[str, Any]) -> Iterator[tuple[Labels, float]]:
    for sample in expectation["exp_samples"]:
        labels = (pair for pair in labels_of(sample["labels"]) if pair[1])
        yield frozenset(labels), float(sample["value"])
