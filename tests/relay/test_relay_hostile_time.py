"""Text that whoever made an alert chose costs time by its length, not by its square: nothing else
runs meanwhile, and a delivery that takes half a minute would be begun again for ever."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from relay_kit import alert, at, payload

from relay.charts.expression import measured
from relay.intake.grafana import annotations
from relay.intake.merge import merge
from relay.intake.webhook import parse
from relay.message import View, render
from relay.model.group import Severities

SECONDS = 8.0  # of the processor; each takes some tenths, and took minutes when it was wrong


def many_labels() -> Any:
    """Every label is looked for at every place of the summary."""
    names = {f"l{n}": "!" * 30 + str(n) for n in range(3000)} | {"l0": "?0"}
    alerts = [
        alert(
            f"h{n}",
            summary="!" * 200_000 + str(n),
            **{key: f"{value}_{n}" for key, value in names.items()},
        )
        for n in range(5)
    ]
    group = merge(None, parse(json.dumps(payload(*alerts)).encode()), at(0)).group
    return render(group, View(at(0), Severities()))


@pytest.mark.parametrize(
    "work",
    [
        lambda: annotations({"valueString": "var='" * 200_000}, {}),
        lambda: annotations({"valueString": "[ var='a' labels={} " * 50_000}, {}),
        lambda: annotations({"valueString": "value=" * 200_000}, {}),
        lambda: [measured("x > " + "1" * 9_900 + "x") for _ in range(10)],
        lambda: [measured("(" * 4_900 + "x" + ")" * 4_900) for _ in range(10)],
        many_labels,
    ],
    ids=["variables", "no value", "values", "digits", "parentheses", "labels"],
)
def test_it_ends(work: Callable[[], Any]) -> None:
    began = time.process_time()
    work()
    assert time.process_time() - began < SECONDS
