"""The label flow, judged by Prometheus: what it says of an expression holds for every result.

Thousands of random expressions are evaluated by the real promtool. A label that is said to be sure
is there, one that is said to be gone is not, each value is among those that were said to be
possible, and what is said never to return anything returns nothing.
"""

import math
from pathlib import Path

import pytest

from tests.tocsin.promql.expressions import SERIES, random_expression
from tests.tocsin.promql.promtool_vectors import Sample, evaluate
from tocsin.promql.flow import Analysis, Branch, Flows, Numbers, Presence


def judge(exprs: list[str], promtool: Path, folder: Path) -> tuple[list[str], int]:
    """What was said wrongly of the expressions, and how many of them returned anything."""
    flows, wrong = Flows(), []
    found = evaluate(promtool, folder, SERIES, exprs)
    for expr, samples in found.items():
        analysis = flows.of(expr)
        assert analysis is not None, expr
        wrong += [f"{expr}\n  gives {sample}" for sample in samples if not fits(analysis, sample)]
        if samples and analysis.empty:
            wrong.append(f"{expr}\n  gives {samples[0]}, not nothing")
        if not samples and any(branch.always and not branch.dead for branch in analysis.branches):
            wrong.append(f"{expr}\n  gives nothing, not always something")
    return wrong, sum(bool(samples) for samples in found.values())


def fits(analysis: Analysis, sample: Sample) -> bool:
    """Whether one of the branches that are alive allows a result."""
    return any(not branch.dead and allows(branch, sample) for branch in analysis.branches)


def allows(branch: Branch, sample: Sample) -> bool:
    labels, value = sample
    there = all(branch.presence(label) is not Presence.GONE for label in labels)
    sure = [name for name, known in branch.labels.items() if known[0] is Presence.SURE]
    fixed = all(branch.value(label) in {None, text} for label, text in labels.items())
    fits = there and fixed and all(name in labels for name in sure)
    return fits and within(branch.numbers, value)


def within(numbers: Numbers, value: float) -> bool:
    if math.isnan(value):
        return True
    slack = 1e-9 * max(1.0, abs(value))
    if value == 0 and not numbers.may_be_zero:
        return False
    return numbers.low - slack <= value <= numbers.high + slack


def check(seed: int, promtool: Path, folder: Path) -> None:
    exprs = [random_expression(1000 * seed + number, 1 + number % 3) for number in range(1000)]
    wrong, gave = judge(exprs, promtool, folder)
    assert gave > len(exprs) / 5, "random expressions should return something"
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.real
@pytest.mark.parametrize("seed", range(3))
def test_what_is_said_of_random_expressions_holds(
    seed: int, promtool: Path, tmp_path: Path
) -> None:
    check(seed, promtool, tmp_path)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 80))
def test_what_is_said_of_many_random_expressions_holds(
    seed: int, promtool: Path, tmp_path: Path
) -> None:
    check(seed, promtool, tmp_path)
