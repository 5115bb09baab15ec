"""Regular expressions as far as checks read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.promql import patterns
from tocsin.promql.patterns import Piece


@given(st.text(alphabet="ab.*+?|()[]{}^$\\1-,:dpLi", max_size=16))
def test_the_parts_of_any_text_make_up_the_text(pattern: str) -> None:
    assert "".join(part.text + part.repetition for part in patterns.parts(pattern)) == pattern
    patterns.cuts(pattern)
    patterns.anchors(pattern)


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        (r"a\.b", "LITERAL LITERAL LITERAL"),
        (r"[a\]|]+\d", "CLASS CLASS"),
        (r"[]a][^]b][[:alpha:]]", "CLASS CLASS CLASS"),
        (r"(a(b|c)\))*d{2,3}?", "GROUP LITERAL"),
        (r"\pL\p{Greek}x", "CLASS CLASS LITERAL"),
        (r"(?i)^a|b$", "FLAGS START LITERAL OR LITERAL END"),
        (r"\bx", "OTHER LITERAL"),
        ("(", "GROUP"),
    ],
)
def test_the_pieces_of_a_pattern(pattern: str, pieces: str) -> None:
    assert [part.piece for part in patterns.parts(pattern)] == [
        Piece[name] for name in pieces.split()
    ]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("", ""), ("abc", "abc"), (r"a\.b", "a.b"), ("^a$", "a"), ("a.", None), ("ab?", None)],
)
def test_the_one_text_that_a_pattern_matches(pattern: str, text: str | None) -> None:
    assert patterns.literal(pattern) == text


@pytest.mark.parametrize(
    ("pattern", "anchored"),
    [("^a", True), ("a$", True), ("(?P<x>^a)", True), ("(?:a|(b$))", True), (r"[^$]\$", False)],
)
def test_anchors_anywhere(pattern: str, anchored: bool) -> None:
    assert patterns.anchors(pattern) == anchored


@pytest.mark.parametrize(
    ("pattern", "everything"), [(".*", "*"), ("^.+$", "+"), ("(.*)", ""), (".", ""), ("a*", "")]
)
def test_patterns_that_fit_anything(pattern: str, everything: str) -> None:
    assert patterns.everything(pattern) == everything


@pytest.mark.parametrize(
    ("pattern", "cuts"),
    [
        ("a_.*_b", True),
        (".*-a-.*", True),
        ("a[0-9]+", False),
        ("a[0-9]+b", True),
        ("a.*.b", True),
        ("5.*", False),
        ("a|b.*", False),
    ],
)
def test_patterns_that_take_values_apart(pattern: str, cuts: bool) -> None:
    assert patterns.cuts(pattern) == cuts
