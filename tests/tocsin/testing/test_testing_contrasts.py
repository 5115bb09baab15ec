"""Generated tests for the parts of a value: each notices what it was made for."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from testing_kit import compiled, disagree, generated

from tocsin.promql.histograms import of_buckets

MINUTES = "version: 1\nscrape_interval: 1m\nevaluation_interval: 1m\n"
FULL = """\
- alert: Full
  threshold:
    value: 100 * max by (host) (used{kind!="tmp"} / (size > 0))
    above: {warning: {at: 80, for: 1m}}
    clear: 70
"""
PART = """\
- alert: Part
  ratio:
    of: sum by (job) (rate(errors_total[5m]))
    to: sum by (job) (rate(total[5m]))
    min_traffic: 0.1
    unit: percent
    above: {warning: {at: 1}}
"""
JOINED = """\
- alert: Joined
  threshold:
    value: memory * on (zone, host) group_left () price
    below: {warning: {at: 5}}
"""
GROWN = """\
- alert: Grown
  threshold:
    value: 100 * (max by (db) (bytes) / max by (db) (bytes offset 1h > 1e6) - 1)
    above: {warning: {at: 20, for: 3m}}
"""
SLOW = """\
- alert: Slow
  threshold:
    value: histogram_quantile(0.9, sum by (job, le) (rate(latency_seconds_bucket[5m])))
    above: {warning: {at: 0.3}, critical: {at: 2}}
"""
RULES = {"full": FULL, "part": PART, "joined": JOINED, "grown": GROWN, "slow": SLOW}


@pytest.mark.parametrize("name", RULES)
def test_promtool_agrees_with_each(name: str, tmp_path: Path, promtool: Path) -> None:
    tests = generated(tmp_path, RULES[name], MINUTES)
    assert any(test.startswith("the value") for test in tests) == (name != "slow")
    rules = compiled(tmp_path, RULES[name], MINUTES)
    assert disagree(promtool, tmp_path, rules, list(tests.values())) == ""


@pytest.mark.parametrize(
    ("name", "wrong", "instead"),
    [
        ("full", "> 0", ">= 0"),
        ("full", "> 0", "> 1"),
        ("full", "> 0", "> -1"),
        ("full", 'kind!="tmp"', ""),
        ("part", "min_traffic: 0.1", "min_traffic: 0.11"),
        ("part", "min_traffic: 0.1", "min_traffic: 0.09"),
        ("joined", "on (zone, host)", "on (host)"),
        ("grown", "> 1e6", ">= 1e6"),
        ("grown", "> 1e6", "> 1.1e6"),
        ("slow", "0.9,", "0.8,"),
        ("slow", "at: 0.3", "at: 0.303"),
    ],
)
def test_another_part_is_noticed(
    name: str, wrong: str, instead: str, tmp_path: Path, promtool: Path
) -> None:
    tests = generated(tmp_path, RULES[name], MINUTES)
    assert RULES[name].count(wrong) == 1
    other = compiled(tmp_path, RULES[name].replace(wrong, instead), MINUTES)
    assert disagree(promtool, tmp_path, other, list(tests.values()))


@given(
    st.lists(st.floats(0.01, 1e6), min_size=1, max_size=6, unique=True),
    st.lists(st.integers(0, 1000), min_size=7, max_size=7),
    st.floats(0, 1),
)
def test_a_quantile_is_within_the_bounds(
    bounds: list[float], counts: list[int], share: float
) -> None:
    ends = [*sorted(bounds), float("inf")]
    cumulative = [sum(counts[: i + 1]) for i in range(len(ends))]
    found = of_buckets(share, list(zip(ends, map(float, cumulative), strict=True)))
    if cumulative[-1]:
        assert 0 <= found <= ends[-2]
    else:
        assert math.isnan(found), "nothing was counted"
