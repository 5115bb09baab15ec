"""YAML to data with places: what a person typed is what counts, and nothing they type crashes."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin import yamldoc
from tocsin.problem import Position


def data(text: str) -> object:
    source, problems = yamldoc.read("f.yaml", text.encode())
    assert problems == []
    return source.data


def checks(content: bytes) -> list[str]:
    return [problem.check for problem in yamldoc.read("f.yaml", content)[1]]


def test_anchors_and_merge_keys_work() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 5\nd: *a\n"
    assert data(text) == {
        "a": {"x": 1, "y": 2},
        "b": {"y": 3, "z": 4},
        "c": {"x": 5, "y": 2, "z": 4},  # its own key first, then the first base
        "d": {"x": 1, "y": 2},
    }


def test_a_merge_key_takes_only_mappings() -> None:
    assert checks(b"a: {<<: 3}") == ["yaml/syntax"]


def test_off_is_false_and_a_quoted_time_is_text() -> None:
    first = 'a: off\nb: "06:00"\nc: 1_000\nd: 2026-01-02\ne: 0x10\nf: 1.5\n'
    assert data(first + 'g: ~\nh: =\ni: 10e9\nj: "1e9"') == {
        "a": False,
        "b": "06:00",
        "c": 1000,
        "d": "2026-01-02",
        "e": 16,
        "f": 1.5,
        "g": None,
        "h": "=",
        "i": 10e9,
        "j": "1e9",
    }


def test_a_time_without_quotes_is_asked_for_quotes() -> None:
    _, problems = yamldoc.read("f.yaml", b"hours: 06:00")
    assert [(p.check, p.hint) for p in problems] == [("yaml/syntax", 'write it in quotes: "06:00"')]


def test_a_plain_prometheus_file_may_hold_a_time() -> None:
    assert checks(b"groups: [{name: 12:30}]") == []


@pytest.mark.parametrize("text", ["a: !!int x", "a: !!float y", "a: !!bool maybe"])
def test_a_tag_that_does_not_fit_is_a_problem(text: str) -> None:
    assert checks(text.encode()) == ["yaml/syntax"]


@pytest.mark.parametrize("text", ["? [a]\n: b\nc: d", "{[a]: b, {c: d}: e}", "a: {[b]: c}"])
def test_a_key_that_is_no_word_is_a_problem(text: str) -> None:
    assert set(checks(text.encode())) == {"yaml/syntax"}


def test_windows_line_ends_and_a_byte_order_mark_are_fine() -> None:
    source, problems = yamldoc.read("f.yaml", "\ufeffa: 1\r\nb: x\r\n".encode())
    assert problems == []
    assert source.data == {"a": 1, "b": "x"}
    assert source.position(("b",)) == Position("f.yaml", 2, 4, 2, 5)


def test_aliases_that_explode_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    source, problems = yamldoc.read("f.yaml", "\n".join(lines).encode())
    assert [problem.check for problem in problems] == ["yaml/syntax"]
    assert source.data is None


@pytest.mark.parametrize("content", [b"- " * 300_000, b"[" * 300_000, b"{a: " * 300_000])
def test_nesting_that_would_overflow_the_c_parser_is_refused(content: bytes) -> None:
    assert set(checks(content)) == {"yaml/syntax"}


def test_many_brackets_side_by_side_are_no_nesting() -> None:
    assert checks(("- [a]\n" * 6000).encode()) == []


def test_nesting_that_is_only_silly_is_a_problem_with_a_place() -> None:
    _, problems = yamldoc.read("f.yaml", b"[" * 80 + b"]" * 80)
    assert problems[0].message == "values are nested more than 60 deep"
    assert problems[0].position.column == 62


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_no_bytes_crash_it(content: bytes) -> None:
    source, problems = yamldoc.read("f.yaml", content)
    assert source.data is not None or problems or yaml.safe_load(source.text) is None


def test_every_value_has_its_place() -> None:
    text = 'rules:\n  - expr: |\n      a\n        > 3\n  - expr: "x{a=\\"b\\"}"\n  - {n: [1, 2]}\n'
    source, _ = yamldoc.read("f.yaml", text.encode())
    assert source.position(("rules",), key=True) == Position("f.yaml", 1, 1, 1, 6)
    assert source.position(("rules", 2, "n", 1)) == Position("f.yaml", 6, 13, 6, 14)
    assert source.position(("rules", 2, "n", 9)) == Position("f.yaml", 6, 9, 6, 15), "the parent"
    assert source.position(("rules", 0, "expr")) == Position("f.yaml", 2, 11, 4, 12)
    assert source.inside(("rules", 0, "expr"), 4, 5) == Position("f.yaml", 4, 9, 4, 10)
    assert source.inside(("rules", 1, "expr"), 4, 7) == Position("f.yaml", 5, 16, 5, 21)
    assert source.inside(("rules", 2), 0, 1) == source.position(("rules", 2))
    assert source.raw(("rules", 2, "n", 0)) == "1"
    assert source.raw(("rules", 2)) == ""
    assert source.node(("rules", 5)) is None


STYLES = ["|", ">", '"', "'", None]
WORDS = st.lists(
    st.text(
        st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["C", "Z"]),
        min_size=1,
        max_size=8,
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(WORDS, st.sampled_from([" ", "\n"]), st.sampled_from(STYLES))
def test_each_character_of_a_text_is_found_where_it_was_written(
    words: list[str], glue: str, style: str | None
) -> None:
    text = yaml.dump({"expr": glue.join(words)}, default_style=style, allow_unicode=True, width=20)
    source, problems = yamldoc.read("f.yaml", text.encode())
    assert problems == []
    value = source.data["expr"]
    for index, char in enumerate(value):
        place = source.inside(("expr",), index, index + 1)
        written = source.lines[place.line - 1][place.column - 1 :] if char != "\n" else "\n"
        escaped = written.startswith("\\") and style == '"'
        assert written.startswith(char) or escaped or char == " ", (text, index)
