"""Label sets of overrides: what they hold, whether they meet, what matches a pattern."""

import pytest

from tocsin.promql import patterns
from tocsin.where import Regexp, Where, covers, disjoint, has, single

DB = Regexp("db[0-9]+")
ODD = Regexp(r"\Qa.b\E")  # Go's, which Python does not know


def test_a_label_set_is_held_by_value_or_by_pattern_of_the_whole_value() -> None:
    wanted: Where = {"host": ("web", DB), "env": ("",)}
    assert has({"host": "web"}, wanted)
    assert has({"host": "db12"}, wanted)
    assert not has({"host": "xdb12"}, wanted)
    assert not has({"host": "web", "env": "p"}, wanted)


@pytest.mark.parametrize(
    ("one", "other", "apart", "covered"),
    [
        (("a",), ("a",), False, True),
        (("a",), ("b",), True, False),
        ((DB,), ("db1",), False, True),
        ((DB,), ("web",), True, False),
        (("db1",), (DB,), False, False),
        ((DB,), (DB,), False, True),
        ((DB,), (Regexp("web.*"),), False, False),
        ((Regexp(".*"),), (DB,), False, True),
        ((ODD,), ("a.b",), False, False),
        (("a.b",), (ODD,), False, False),
    ],
)
def test_what_is_not_known_of_patterns_is_not_claimed(
    one: tuple[str | Regexp], other: tuple[str | Regexp], apart: bool, covered: bool
) -> None:
    assert disjoint({"host": one}, {"host": other}) is apart
    assert covers({"host": one}, {"host": other}) is covered
    assert not disjoint({"host": one}, {"env": other})
    assert not covers({"host": one}, {"env": other})


def test_one_value_of_each_label_at_a_time() -> None:
    found = single({"a": ("1", "2"), "b": ("3",)})
    assert found == [{"a": ("1",), "b": ("3",)}, {"a": ("2",), "b": ("3",)}]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("db-[0-9]+", "db-1"),
        ("(?:web|api).*", "web"),
        (r"a{3}\w?\.x", "aaa.x"),
        ("^[^a-z]x$", "1x"),
        ("one|two", "one"),
        (".+", "x"),
        ("[[:alpha:]]", None),
        (r"\Qa\E", None),
    ],
)
def test_an_example_of_a_pattern(pattern: str, text: str | None) -> None:
    assert patterns.example(pattern) == text
