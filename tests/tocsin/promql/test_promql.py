"""PromQL: tokens, what parses, who is to blame, text made of text."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.promql import text
from tocsin.promql.lexer import Kind, partners, tokens
from tocsin.promql.parse import parse

PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "sum",
                "by",
                "(",
                ")",
                "x",
                "rate",
                "[",
                "5m",
                "]",
                "{",
                "}",
                '"',
                "a",
                "=",
                "=~",
                ",",
            ),
            *(
                ",",
                " ",
                "> 3",
                "offset",
                "and",
                "1_000",
                "0x1F",
                "1e3",
                "`",
                "@",
                "#c\n",
                ":",
                "'b'",
            ),
            *("\\", "é", "-"),
        ]
    ),
    max_size=14,
).map("".join)


@given(PIECES | st.text(max_size=30))
def test_tokens_join_to_the_expression(expr: str) -> None:
    assert "".join(token.text for token in tokens(expr, blanks=True)) == expr


def test_tokens_know_what_they_are() -> None:
    found = tokens('sum by (a) (rate(x:y{b="c"}[1h:5m] @ 3)) # why')
    assert [token.kind for token in found if token.text in {"1h", ":", "5m"}] == [
        Kind.DURATION,
        Kind.COLON,
        Kind.DURATION,
    ]
    assert [token.text for token in found if token.kind is Kind.WORD] == [
        *("sum", "by", "a", "rate", "x:y", "b"),
    ]
    assert found[-1].text == ")", "the comment is left out"


def test_brackets_find_their_partners() -> None:
    found = tokens("(a[b)]")
    assert partners(found) == {2: 5, 5: 2}, "crossed brackets: the inner pair counts"
    assert partners(tokens("(a)")) == {0: 2, 2: 0}


@settings(deadline=None, max_examples=400)
@given(PIECES)
def test_parsing_never_raises_and_blames_a_part_of_the_expression(expr: str) -> None:
    parsed = parse(expr)
    if parsed.fault:
        assert 0 <= parsed.fault.start < parsed.fault.end <= max(len(expr), 1)
        assert parsed.fault.message


@pytest.mark.parametrize(
    ("expr", "part", "message"),
    [
        ("sum(x", "(", "this `(` is never closed"),
        ("sum(x))", ")", "this `)` closes nothing"),
        ("foo(x)", "foo", "`foo` is not a function of PromQL"),
        ("x >", ">", "the expression ends too early, after `>`"),
        ("x = 3", "=", "`=` cannot stand here"),
        ("x & y", "&", "`&` is not an operator"),
        ("x ; y", ";", "`;` has no place in PromQL"),
        ('x{a="b}', '"', "this string is not closed"),
        (
            "rate(x)",
            "rate(x)",
            "`rate` takes a range vector such as `x[5m]`, not an instant vector",
        ),
        ("clamp(x)", "clamp(x)", "expected 3 argument(s) in call to 'clamp', got 1"),
        ('x{a=~"("}', '"("', "this is not a valid regular expression"),
        ("up == 0 for 5m", "for", "`for` cannot stand here"),
        ("sum(rate(x[5m])) > > 3", ">", "`>` cannot stand here"),
        ("x offset", "offset", "unexpected end of input in offset, expected duration"),
    ],
)
def test_the_part_to_blame(expr: str, part: str, message: str) -> None:
    fault = parse(expr).fault
    assert fault is not None
    assert (expr[fault.start : fault.end], fault.message) == (part, message)


@pytest.mark.parametrize("expr", [r"{a=~`\d+`}", "1_000 + 0x1_0", "holt_winters(x[5m], 0.1, 0.2)"])
def test_what_the_parser_wrongly_rejects_is_right(expr: str) -> None:
    assert parse(expr).ast is not None


@pytest.mark.parametrize(
    "expr",
    ["rate(x[5m] anchored)", "x </ 3", "rate(x[1m + 30s])", "x offset -(5m)", "x offset step()"],
)
def test_of_newer_syntax_nothing_is_said(expr: str) -> None:
    assert parse(expr).unsure


def test_everything_that_prometheus_accepts_is_accepted(corpus: Path) -> None:
    lines = (corpus / "promql" / "valid-expressions.jsonl").read_text().splitlines()
    found = [parse(json.loads(line)["expr"]) for line in lines]
    assert [parsed.expr for parsed in found if parsed.fault] == []
    assert sum(parsed.unsure for parsed in found) < len(found) / 6, "unsure only of the newest"


def test_an_operand_keeps_its_meaning_left_of_a_comparison() -> None:
    assert text.operand("a + b * c # why\n") == "a + b * c"
    assert text.operand("a or b") == "(a or b)"
    assert text.operand("a > b") == "(a > b)"
    assert text.operand("rate(a[5m] smoothed)") == "(rate(a[5m] smoothed))"
    assert text.operand("a\n# one\n\n  + b") == "a\n  + b"


def test_a_selector_is_narrowed() -> None:
    assert text.narrowed("a", {"z": 'q"\\', "b": "c"}) == r'a{b="c",z="q\"\\"}'
    assert text.narrowed('a{x="y", }', {"b": "c"}) == 'a{x="y",b="c"}'
    assert text.narrowed("a{}", {"b": "c"}) == 'a{b="c"}'
    assert text.narrowed("a", {}) == "a"
    assert text.is_selector('a{b="c"}')
    assert not text.is_selector("a offset 5m")
    assert not text.is_selector("rate(a[5m])")


def test_limits_are_written_as_people_write_them() -> None:
    assert [text.limit(value) for value in (80, 0.5, 1e10, 80.0, -3, 1e20)] == [
        *("80", "0.5", "10000000000", "80", "-3", "1e+20"),
    ]
