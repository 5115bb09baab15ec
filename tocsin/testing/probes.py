"""Questions that are asked of promtool beside a test's own: does this PromQL give anything?

promtool has no way to print a result, but it prints what it got where it expected nothing.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tocsin.where import Where, vector

_ANSWER = re.compile(
    r'[ \t]*expr: "(?P<number>\d+) \+ 0 \* count\((?:\\.|[^"\\])*", time: \w+,'
    r"(?P<yes>\s*exp:[^\n]*\n\s*got:[^\n]*)?[^\n]*(?:\n|$)"
)
_NOISE = ("Unit Testing:", "FAILED:", "SUCCESS", "WARNING:", "name:")


def asked(
    test: dict[str, Any], probes: Sequence[str], watched: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """A test that also asks each probe, at each of its times; of results with some labels only.

    The label sets of `watched` name the same labels.
    """
    if watched and (names := ", ".join(watched[0])):
        sets: list[Where] = [{k: (v,) for k, v in labels.items()} for labels in watched]
        found = " or ".join(map(vector, sets))
        probes = [f"(\n{probe}\n)\nand on ({names}) ({found})" for probe in probes]
    own: list[dict[str, Any]] = test["promql_expr_test"]
    times = list(dict.fromkeys(expectation["eval_time"] for expectation in own))
    added = [
        {"expr": f"{number} + 0 * count(\n{probe}\n)", "eval_time": time, "exp_samples": []}
        for time in times
        for number, probe in enumerate(probes)
    ]
    return {**test, "promql_expr_test": [*own, *added]}


def answers(output: str) -> tuple[set[int], str]:
    """The numbers of the probes that gave something; what promtool has said besides."""
    found = {int(match["number"]) for match in _ANSWER.finditer(output) if match["yes"]}
    return found, _ANSWER.sub("", output)


def failed(rest: str) -> bool:
    """Whether something besides probes has failed."""
    lines = (line.strip() for line in rest.splitlines())
    return any(line and not line.startswith(_NOISE) for line in lines)
