"""The label flow: what is known of labels and why, of numbers, and what is odd."""

import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.tocsin.promql.expressions import random_expression
from tocsin.flows import Declared
from tocsin.model import Metric, Settings
from tocsin.promql.flow import Analysis, Flows

METRICS = {
    "cpu_total": Metric("cpu_total", "counter", labels=("cpu", "mode")),
    "size": Metric("size", "gauge"),
    "lat": Metric("lat", "histogram", labels=("path",)),
    "quant": Metric("quant", "summary"),
}
TARGET = {"job", "host"}
DECLARED = Declared(Settings(target_labels=("job", "host")), METRICS)


def analysed(expr: str) -> Analysis:
    analysis = Flows().of(expr)
    assert analysis is not None, expr
    return analysis


@pytest.mark.parametrize(
    ("expr", "sure", "gone"),
    [
        ('up{a="b"}', "a", ""),
        ('up{a="", b=~"", c!~".+"}', "", "a b c"),
        ('up{a!="", b=~".+", c!~"", d=~"x|y", e!~"(|x)"}', "a b c d e", ""),
        ('up{a=~".*", b!="x", c!~"x"}', "", ""),
        ('{__name__="up", a="b"}', "a", ""),
        ('up{a="b" or c="d"}', "", ""),
        ('-up{a="b"}', "a", ""),
        ('(rate(up{a="b"}[5m]))', "a", ""),
        ('max_over_time(up{a="b"}[1h:5m])', "a", ""),
        ('sum(up{a="b"})', "", "a x"),
        ('sum by (a, c) (up{a="b"})', "a", "x"),
        ('sum without (a) (up{a="b", c="d"})', "c", "a"),
        ('topk(3, up{a="b"})', "a", ""),
        ('count_values("v", up{a="b"})', "v", "a x"),
        ('count_values without (a) ("v", up{b="c"})', "b v", "a"),
        ('count_values without (v) ("v", up)', "", "v"),
        ('histogram_quantile(0.9, up{le="1"})', "", "le"),
        ('absent(up{a="b", c!="d", e=~"f", g="", h="1", h="1"})', "a", "c e g h x"),
        ('absent_over_time(up{a="b"}[1h])', "a", "x"),
        ('absent(rate(up{a="b"}[1h]))', "", "a x"),
        ("vector(1)", "", "x"),
        ("hour()", "", "x"),
        ("1 + time()", "", "x"),
        ('label_replace(up{a="b"}, "n", "$1", "a", "(.*)")', "a n", ""),
        ('label_replace(up, "n", "$1", "a", "(.*)")', "", ""),
        ('label_replace(up, "n", "new", "", "")', "n", ""),
        ('label_replace(up{n="x"}, "n", "", "a", ".*")', "", "n"),
        ('label_replace(up{n="x"}, "n", "new", "a", "b")', "n", ""),
        ('label_replace(up{n="x"}, "n", "$1", "a", "(b)")', "", ""),
        ('label_join(up, "n", "-", "a", "b")', "n", ""),
        ('label_join(up, "n", "", "a", "b")', "", ""),
        ('label_join(up{a="b"}, "n", "", "a")', "a n", ""),
        ('label_join(sum(up), "n", "", "a")', "", "n x"),
        ('y{a="b"} > 3', "a", ""),
        ('3 < y{a="b"}', "a", ""),
        ('scalar(x) * up{a="b"}', "a", ""),
        ('up{a="b"} + on (c, d) up{c="e"}', "c", "a x"),
        ('up{a="b"} + ignoring (a) up{c="d"}', "c", "a"),
        ('up{a="b"} / sum by (a) (up)', "a", "x"),
        ('sum by (a) (up) / up{a="b"}', "a", "x"),
        ('up{a="b"} * on (c) group_left (d) up{d="e"}', "a d", ""),
        ('up{a="b"} * on (c) group_left (a) up{a=""}', "", "a"),
        ('up{d="e"} * on (c) group_right (d) up{a="b"}', "a d", ""),
        ("up * ignoring (a) group_left sum by (b) (up)", "", "x"),
        ('up{a="b"} and on (c) up{c="d"}', "a", ""),
        ('up{a="b"} unless up', "a", ""),
        ('up{a="b", c="d"} or up{a="e"}', "a", ""),
        ("info(up)", "", ""),
    ],
)
def test_labels_that_are_sure_and_gone(expr: str, sure: str, gone: str) -> None:
    analysis = analysed(expr)
    names = ["a", "b", "c", "d", "e", "g", "h", "n", "v", "x", "le"]
    assert [name for name in names if analysis.presence(name).name == "SURE"] == sure.split()
    missing = {name for name in names if analysis.cannot(name)}
    assert missing >= set(gone.split())
    assert not missing & set(sure.split())
    assert ("x" in missing) == ("x" in gone.split())


@pytest.mark.parametrize(
    ("expr", "labels"),
    [
        ("mystery", None),
        ("up", TARGET),
        ("cpu_total", TARGET | {"cpu", "mode"}),
        ("lat_bucket", TARGET | {"path", "le"}),
        ("lat_sum / lat_count", TARGET | {"path"}),
        ("histogram_quantile(0.9, lat_bucket)", TARGET | {"path"}),
        ("quant", TARGET | {"quantile"}),
        ("sum by (host, zone) (mystery)", {"host", "zone"}),
        ("sum by (host, zone) (size)", {"host"}),
        ("sum without (cpu) (cpu_total)", TARGET | {"mode"}),
        ("sum without (cpu) (mystery)", None),
        ("cpu_total * ignoring (cpu) mystery", TARGET | {"mode"}),
        ("mystery * ignoring (cpu) size", TARGET),
        ("size * on (host) group_left (cpu) cpu_total", TARGET | {"cpu"}),
        ("size * on (host) group_right () cpu_total", TARGET | {"cpu", "mode"}),
        ("mystery * on (host) group_left () size", None),
        ("size or cpu_total", TARGET | {"cpu", "mode"}),
        ("size or mystery", None),
        ("size and mystery", TARGET),
        ("vector(1)", set()),
    ],
)
def test_possible_labels_of_declared_metrics(expr: str, labels: set[str] | None) -> None:
    analysis = Flows(DECLARED).of(expr)
    assert analysis is not None
    assert analysis.possible == (None if labels is None else frozenset(labels))


def test_a_recorded_series_has_the_labels_of_its_expressions() -> None:
    recorded = {
        "host:cpu": (("sum by (host) (cpu_total)", frozenset({"layer"})),),
        "both": (("sum by (a) (x)", frozenset[str]()), ("sum by (b) (x)", frozenset[str]())),
        "twice": (("host:cpu * 2", frozenset[str]()),),
        "circle": (("circle + 1", frozenset[str]()),),
        "wrong": (("sum(", frozenset[str]()),),
        "many": (("x", frozenset[str]()),) * 9,
    }
    flows = Flows(DECLARED, recorded)
    found = {name: analysis.possible for name in recorded if (analysis := flows.of(f"{name} > 3"))}
    assert found == {
        "host:cpu": {"host", "layer"},
        "both": {"a", "b"},
        "twice": {"host", "layer"},
        "circle": None,
        "wrong": None,
        "many": None,
    }
    analysis = flows.of("sum by (cpu) (host:cpu)")
    assert analysis is not None
    [finding] = analysis.findings
    assert finding.reason is not None
    assert finding.reason.text == (
        "`host:cpu` is recorded without it: `sum by (host)` leaves no other labels"
    )


def test_what_does_not_parse_is_not_analysed() -> None:
    assert Flows().of("sum(") is None
    assert Flows().of("rate(x[5m] anchored)") is None


@pytest.mark.parametrize(
    ("expr", "label", "text", "place"),
    [
        ("sum(up)", "a", "`sum` leaves no labels", "sum"),
        ("sum(up) by (b, c)", "a", "`sum by (b, c)` leaves no other labels", "by (b, c)"),
        ("sum without (b, a) (up)", "a", "`without (a)` takes it away", "a"),
        ('up{a=""}', "a", '`a=""` selects only series without it', 'a=""'),
        ("x * on (b) y", "a", "`on (b)` leaves no other labels", "on (b)"),
        ("x * ignoring (a) y", "a", "`ignoring (a)` takes it away", "a"),
        ("vector(1) > 0", "a", "`vector()` has no labels", "vector"),
        ("time()", "a", "`time()` has no labels", "time"),
        ("1", "a", "a number has no labels", "1"),
        (
            'absent(up{b="c"})',
            "a",
            "`absent()` only has labels that its selector asks for with `=`",
            "absent",
        ),
        ("histogram_quantile(1, x)", "le", "`histogram_quantile()` takes it away", None),
        ('label_replace(x, "a", "", "", "")', "a", "`label_replace()` takes it away", None),
        ("rate(x[5m])", "__name__", "`rate()` takes away the metric's name", "rate(x[5m])"),
        ("x + y", "__name__", "`+` takes away the metric's name", "x + y"),
        ("-x", "__name__", "this takes away the metric's name", "-x"),
        ("size", "a", "`size` is declared without it", "size"),
    ],
)
def test_the_reason_why_a_label_is_gone(
    expr: str, label: str, text: str, place: str | None
) -> None:
    analysis = Flows(DECLARED if expr == "size" else None).of(expr)
    assert analysis is not None
    reason = analysis.cannot(label)
    assert reason is not None
    assert reason.text == text
    start, end = analysis.place(reason)
    assert place is None or expr[start:end] == place


@pytest.mark.parametrize(
    ("expr", "label", "text"),
    [
        ('up{a="b"}', "a", '`a="b"` asks for it'),
        ('count_values("a", up)', "a", "`count_values()` adds it"),
        ("x * on (b) group_left (a) y", "a", "`group_left (a)` brings it"),
    ],
)
def test_the_reason_why_a_label_is_there(expr: str, label: str, text: str) -> None:
    [branch] = analysed(expr).branches
    reason = branch.reason(label)
    assert reason is not None
    assert reason.text == text


def test_a_branch_for_each_side_of_or() -> None:
    analysis = analysed('sum by (a) (x{a="b"}) or vector(0)')
    assert analysis.cannot("a") is None
    assert [reason.text for reason in analysis.missing("a")] == ["`vector()` has no labels"]
    assert analysis.presence("a").name == "MAY"


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
