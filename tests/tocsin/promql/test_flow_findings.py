"""What the flow tells besides labels: numbers, and what is odd."""

import json
from pathlib import Path

import pytest
from flow_kit import DECLARED, analysed
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.tocsin.promql.expressions import random_expression
from tocsin.promql.flow import Flows


@pytest.mark.parametrize(
    ("expr", "numbers"),
    [
        ("x", "-inf..inf"),
        ("2 * 3 - 4 / 2 ^ 1 % 3", "4..4"),
        ("vector(-2) * 3", "-6..-6"),
        ("-vector(2)", "-2..-2"),
        ("1 / 0", "-inf..inf"),
        ("count(x)", "1..inf"),
        ("count(vector(3))", "1..1"),
        ("sum(count by (a) (x))", "1..inf"),
        ("sum(-abs(x))", "-inf..0"),
        ("sum(vector(3))", "3..3"),
        ("max(abs(x))", "0..inf"),
        ("quantile(0.5, abs(x))", "0..inf"),
        ("quantile(2, abs(x))", "-inf..inf"),
        ("up", "0..1"),
        ("up + 1", "1..2"),
        ("1 - up", "0..1"),
        ("up * -100", "-100..0"),
        ("up / 2", "0..0.5"),
        ("x > bool 3", "0..1"),
        ("up > bool 3", "0..0"),
        ("rate(x[5m])", "0..inf"),
        ("rate(x[5m]) * rate(x[5m])", "0..inf"),
        ("rate((x - y)[5m:])", "-inf..inf"),
        ("x ^ 2", "0..inf"),
        ("clamp(x, 1, 5)", "1..5"),
        ("clamp_min(x, -1)", "-1..inf"),
        ("clamp_max(x, scalar(y))", "-inf..inf"),
        ("clamp(up, 5, 9)", "-inf..inf"),
        ("round(abs(x))", "0..inf"),
        ("x > 3", "3..inf"),
        ("3 > x", "-inf..3"),
        ("x == 3", "3..3"),
        ("(x > 3) < 5", "3..5"),
        ("x > abs(y)", "0..inf"),
        ("hour()", "0..23"),
        ("pi()", "3.14159..3.14159"),
        ("scalar(vector(1))", "1..1"),
        ("x + (y > 3)", "-inf..inf"),
    ],
)
def test_the_numbers_that_come_out(expr: str, numbers: str) -> None:
    found = analysed(expr).branches[0].numbers
    assert f"{found.low:g}..{found.high:g}" == numbers


@pytest.mark.parametrize(
    ("expr", "zero"),
    [
        ("x", True),
        ("x > 0", False),
        ("x >= 0", True),
        ("x < 0", False),
        ("x != 0", False),
        ("x != 1", True),
        ("x >= 1", False),
        ("x > y", True),
        ("count(x)", False),
        ("clamp_max(x, -1)", False),
        ("clamp(x, 0, 1)", True),
        ("(x > 0) * 100", False),
        ("avg(x > 0)", False),
    ],
)
def test_whether_zero_is_among_them(expr: str, zero: bool) -> None:
    assert analysed(expr).branches[0].numbers.may_be_zero == zero


def findings(expr: str, flows: Flows | None = None) -> list[str]:
    """Kind, label and underlined text of what is odd."""
    analysis = (flows or Flows()).of(expr)
    assert analysis is not None
    shown = []
    for finding in analysis.findings:
        start, end = analysis.parsed.places.of(finding.node, finding.part, finding.label)
        shown.append(f"{finding.kind.name} {finding.label} {expr[start:end]}")
    return shown


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        ('x{a="b"} unless sum(y)', ["UNMATCHED a unless"]),
        ('sum(y) and x{a="b"}', ["UNMATCHED a and"]),
        ("x / on (a) sum(y)", ["UNMATCHED a /"]),
        ("sum(x) / on (a) y", ["UNMATCHED a /"]),
        ('x{a="b"} / ignoring (a) sum(y)', []),
        ('x{a="b"} + fill(0) sum(y)', []),
        ("sum(x) * on (a) sum(y)", ["LABEL_GONE a a"]),
        ("sum by (a) (sum(x))", ["LABEL_GONE a a"]),
        ("x * on (a) group_left (b) sum by (a) (y)", ["LABEL_GONE b b"]),
        ("sum(x) or on (a) y", ["LABEL_GONE a a"]),
        ('x{a="b"} / x{a="c"}', ["VALUES a /"]),
        ('x{a="b"} / ignoring (a) x{a="c"}', []),
        ('x{a="b"} / on () x{a="c"}', []),
        ('x{a="b", a="c"}', ['CONTRADICTION a a="c"']),
        ('x{a="b", a=~"c|d"}', ['CONTRADICTION a a=~"c|d"']),
        ('x{a="b", a!="c", a=~"b|d"}', []),
        ("count(x) == 0", ["NEVER  count(x) == 0"]),
        ("(count(x) or vector(0)) == 0", []),
        ("sum(x or vector(0)) > 0", ["NEVER  sum(x or vector(0)) > 0"]),
        ("1 > 2", None),
        ("1 > bool 2", ["NEVER  1 > bool 2"]),
        ("group(vector(1)) > 0", ["ALWAYS  group(vector(1)) > 0"]),
        ("vector(1) > 0", []),
        ("vector(1 > bool 0) == 1", []),
        ("vector(0 > bool 1)", ["NEVER  0 > bool 1"]),
        ("vector(0 < bool 1) != 1", ["NEVER  vector(0 < bool 1) != 1"]),
        ("clamp_max(x, 1 / (2 > bool 3))", ["NEVER  2 > bool 3"]),
        ("x > 80 < 70", ["NEVER  x > 80 < 70"]),
        ("up > 1", ["NEVER  up > 1"]),
        ("hour() >= 24", ["NEVER  hour() >= 24"]),
        ("time() > bool 0", []),
        ("x != 0", []),
        ("sum(x) unless vector(1)", ["MUTED  unless"]),
        ("x unless on () vector(1)", ["MUTED  unless"]),
        ("x unless vector(1)", []),
        ("x unless on () (vector(1) > 2)", ["NEVER  vector(1) > 2"]),
        ("absent(x or vector(1))", ["MUTED  absent"]),
        ("vector(0) or sum(x)", ["UNUSED  or"]),
        ("vector(0) or x", []),
        ("sum(x) or vector(0)", []),
        ("sum(x * on (a) group_left (b) y)", ["JOIN_LOST b sum"]),
        ("sum by (b) (x * on (a) group_left (b) y)", []),
        ("sum without (b) (x * on (a) group_left (b) y)", ["JOIN_LOST b b"]),
        ("x and on (a) (x * on (a) group_left (b) y)", ["JOIN_LOST b and"]),
        ("x and (x * on (a) group_left (b) y)", []),
        ("(x * on (a) group_left (b) y) * on (a) z", ["JOIN_LOST b *"]),
        ("(x * on (a) group_left (b) y) * on (a, b) z", []),
        ('label_replace(x * on (a) group_left (b) y, "c", "$1", "b", "(.*)")', []),
        ('x{b="c"} * on (a) group_left (b) y', ["JOIN_NEEDLESS b b"]),
        ('x{b!=""} * on (a) group_left (b) y', []),
    ],
)
def test_what_is_odd(expr: str, found: list[str] | None) -> None:
    if found is None:  # Prometheus wants `bool` between numbers
        assert Flows().of(expr) is None
    else:
        assert findings(expr) == found


@pytest.mark.parametrize(
    ("expr", "empty"),
    [
        ('x{a="b"} and sum(y)', True),
        ('x{a="b"} unless sum(y)', False),
        ("x / on (a) sum(y)", False),  # series of x may be without `a`
        ("count(x) == 0 or y", False),
        ("count(x) == 0 and y", True),
        ("sum(count(x) == 0)", True),
        ("y / on () (count(x) == 0)", True),
    ],
)
def test_what_never_returns_anything(expr: str, empty: bool) -> None:
    assert analysed(expr).empty == empty


def test_a_label_that_is_not_declared() -> None:
    flows = Flows(DECLARED)
    assert findings('size{cpu="0"}', flows) == ['CONTRADICTION cpu cpu="0"']
    assert findings("sum by (cpu) (size)", flows) == ["LABEL_GONE cpu cpu"]
    assert findings("cpu_total / size", flows) == ["UNMATCHED cpu /"]
    assert findings("cpu_total / ignoring (cpu, mode) size", flows) == []


@settings(deadline=None, max_examples=300)
@given(st.integers(), st.integers(1, 4))
def test_places_and_texts_of_all_reasons(seed: int, depth: int) -> None:
    analysis = Flows().of(random_expression(seed, depth))
    assume(analysis is not None)
    assert analysis is not None
    reasons = [finding.reason for finding in analysis.findings]
    reasons += [branch.reason(label) for branch in analysis.branches for label in branch.labels]
    for reason in filter(None, reasons):
        start, end = analysis.place(reason)
        assert 0 <= start < end <= len(analysis.parsed.expr)
        assert reason.text


def test_everything_that_prometheus_accepts_is_analysed(corpus: Path) -> None:
    lines = (corpus / "promql" / "valid-expressions.jsonl").read_text().splitlines()
    found = [Flows().of(json.loads(line)["expr"]) for line in lines]
    assert sum(analysis is not None for analysis in found) > len(found) * 5 / 6
