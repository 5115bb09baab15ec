"""What is flipped in an expression, and what is left alone because it would change nothing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.promql.parse import parse
from tocsin.testing.mutation import numbers
from tocsin.testing.mutation.changes import changes


def told(expr: str) -> list[tuple[str, str]]:
    return [(change.before, change.after) for change in changes(expr)]


@pytest.mark.parametrize(
    ("expr", "flips"),
    [
        ("a > 80", [("> 80", ">= 80"), ("> 80", "< 80"), ("> 80", "> 88"), ("> 80", "> 72")]),
        ("a <= b", [("<= b", "< b"), ("<= b", "> b")]),
        ("0.5 < a", [("< a", "<= a"), ("< a", "> a"), ("0.5 <", "0.55 <"), ("0.5 <", "0.45 <")]),
        ("a == 0", [("== 0", "!= 0"), ("== 0", "== 1"), ("== 0", "== -1")]),
        ("a > bool 3", [("> 3", ">= 3"), ("> 3", "< 3"), ("> 3", "> 4"), ("> 3", "> 2")]),
        ("a < -2", [("< -2", "<= -2"), ("< -2", "> -2"), ("< -2", "< -1"), ("< -2", "< -3")]),
        ("a > 2 * 50", [("> 2 * 50", w) for w in (">= 2 * 50", "< 2 * 50", "> 110", "> 90")]),
        ("a * 5", []),
        ("1 > bool 2", []),
    ],
)
def test_comparisons_and_their_limits(expr: str, flips: list[tuple[str, str]]) -> None:
    assert told(expr) == flips


@pytest.mark.parametrize(
    ("expr", "flips"),
    [
        ("sum by (a, b) (x)", [("by (a, b)", "by (b)"), ("by (a, b)", "by (a)")]),
        ("sum(x) without(a)", [("without(a)", "without ()")]),
        (
            "x * on (a) group_left (b, c) y",
            [
                ("on (a)", "on ()"),
                ("group_left (b, c)", "group_left (c)"),
                ("group_left (b, c)", "group_left (b)"),
            ],
        ),
        ("x and ignoring (a) y", [("ignoring (a)", "ignoring ()")]),
        ('x{a="1"}', [('a="1"', 'a!="1"'), ('a="1"', "")]),
        ('x{a=~"1|2"}[5m]', [('a=~"1|2"', 'a!~"1|2"'), ('a=~"1|2"', "")]),
        ('{__name__="x", a!~".*"}', None),
        ('x{a=~".*"}', [('a=~".*"', 'a!~".*"')]),
    ],
)
def test_labels_and_matchers(expr: str, flips: list[tuple[str, str]] | None) -> None:
    found = told(expr)
    assert flips is None or found == flips
    assert all(parse(change.applied(expr)).fault is None for change in changes(expr))


def test_a_dropped_matcher_leaves_the_others() -> None:
    expr = 'x{a="1" , b=~"2",\n c!="3"}'
    dropped = [c.applied(expr) for c in changes(expr) if not c.after]
    assert dropped == ['x{b=~"2", c!="3"}', 'x{a="1", c!="3"}', 'x{a="1", b=~"2"}']


@pytest.mark.parametrize(
    ("expr", "after"),
    [
        ("count(x) > 0", ["< 0", "> 1"]),
        ("count(x) >= 1", ["> 1", "< 1", ">= 2"]),
        ("0 < count by (a) (x)", ["> count by (a) (x)", "1 <", "by ()"]),
        ("sum(changes(x[1h])) > 0", [">= 0", "< 0", "> 1", "> -1"]),
        ("sum(changes(x[1h])) < 1", ["<= 1", "> 1", "< 2", "< 0"]),
        ("max(changes(x[1h])) >= 0", ["> 0", "< 0", ">= 1"]),
    ],
)
def test_what_no_value_can_show_is_left_out(expr: str, after: list[str]) -> None:
    """A count is a whole number from 1; changes are counted from 0."""
    assert [change.after for change in changes(expr)] == after


def test_what_does_not_parse_has_no_changes() -> None:
    assert told("a >") == []


@given(
    st.floats(min_value=1e-300, max_value=1e300).flatmap(lambda v: st.sampled_from([v, -v, 0.0]))
)
def test_a_limit_is_moved_to_both_sides_and_read_again(value: float) -> None:
    for other in numbers.shifted(value):
        assert other != value and math.isfinite(other)
        assert float(numbers.written(other)) == other
    assert {other > value for other in numbers.shifted(value)} == {True, False}
