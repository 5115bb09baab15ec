"""PromQL: tokens, what parses, who is to blame, which labels come out."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model import Metric, Settings
from tocsin.promql import text
from tocsin.promql.labels import LabelSets
from tocsin.promql.lexer import Kind, partners, tokens
from tocsin.promql.parse import parse
from tocsin.promql.spans import parts, span

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


METRICS = {
    "cpu_total": Metric("cpu_total", "counter", labels=("cpu", "mode")),
    "size": Metric("size", "gauge"),
    "lat": Metric("lat", "histogram", labels=("path",)),
    "quant": Metric("quant", "summary"),
}
T = {"job", "host"}


@pytest.mark.parametrize(
    ("expr", "labels"),
    [
        ("mystery", None),
        ("up", T),
        ("cpu_total", T | {"cpu", "mode"}),
        ("-(rate(cpu_total[5m]))", T | {"cpu", "mode"}),
        ("max_over_time(size[1h:5m])", T),
        ("lat_bucket", T | {"path", "le"}),
        ("histogram_quantile(0.9, lat_bucket)", T | {"path"}),
        ("quant", T | {"quantile"}),
        ("sum(cpu_total)", set()),
        ("sum by (host, zone) (mystery)", {"host", "zone"}),
        ("sum without (cpu) (cpu_total)", T | {"mode"}),
        ("sum without (cpu) (mystery)", None),
        ("topk(3, cpu_total)", T | {"cpu", "mode"}),
        ('count_values("v", sum by (host) (size))', {"v"}),
        ('count_values by (host) ("v", size)', {"host", "v"}),
        ("size > 3", T),
        ("3 < size", T),
        ("scalar(size) < cpu_total", T | {"cpu", "mode"}),
        ("(1 + 2) * cpu_total", T | {"cpu", "mode"}),
        ("cpu_total * on (host) size", {"host"}),
        ("cpu_total * ignoring (cpu, mode) size", T),
        ("cpu_total * ignoring (cpu) mystery", T | {"mode"}),
        ("mystery * ignoring (cpu) size", None),
        ("size * on (host) group_left (cpu) cpu_total", T | {"cpu"}),
        ("size * on (host) group_right () cpu_total", T | {"cpu", "mode"}),
        ("mystery * on (host) group_left () size", None),
        ("cpu_total and size", T | {"cpu", "mode"}),
        ("cpu_total unless on (host) mystery", T | {"cpu", "mode"}),
        ("size or cpu_total", T | {"cpu", "mode"}),
        ("size or mystery", None),
        ('absent(mystery{a="b", c!="d", e=~"f"})', {"a"}),
        ('absent_over_time(mystery{a="b"}[1h])', {"a"}),
        ('absent(rate(mystery{a="b"}[1h]))', set()),
        ("vector(1)", set()),
        ("time()", set()),
        ('label_replace(size, "zone", "$1", "host", "(.*)")', T | {"zone"}),
        ('label_replace(mystery, "zone", "$1", "host", "(.*)")', None),
        ("rate(x[5m] anchored)", None),
    ],
)
def test_possible_labels(expr: str, labels: set[str] | None) -> None:
    sets = LabelSets(Settings(target_labels=("job", "host")), METRICS)
    assert sets.possible(expr) == (None if labels is None else frozenset(labels))


def test_a_recorded_series_has_the_labels_of_its_expression() -> None:
    recorded = {
        "host:cpu": ("sum by (host) (cpu_total)", frozenset({"layer"})),
        "twice": ("host:cpu * 2", frozenset[str]()),
        "circle": ("circle + 1", frozenset[str]()),
    }
    sets = LabelSets(Settings(), METRICS, recorded)
    assert sets.possible("twice > 3") == {"host", "layer"}
    assert sets.possible("circle") is None


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


def test_each_part_of_an_expression_is_found_in_its_text(corpus: Path) -> None:
    """What stands at a part's place parses to that part."""
    lines = (corpus / "promql" / "valid-expressions.jsonl").read_text().splitlines()
    exprs = [json.loads(line)["expr"] for line in lines]
    checked = 0
    for expr in exprs:
        for node, (start, end) in parts(expr):
            again = parse(expr[start:end]).ast
            # `offset` and `@` of a range are written behind its brackets.
            one, other = (re.sub(r" (offset|@) \S+", "", str(part)) for part in (node, again))
            assert again is None or one == other, expr
            checked += 1
    assert checked > 2500


def test_a_part_that_is_not_there_is_the_whole() -> None:
    other = parse("down").ast
    assert span("up == 0", other) == (0, 7)
    assert list(parts("up ==")) == []
