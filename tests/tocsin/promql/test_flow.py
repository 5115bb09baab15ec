"""Which labels a result surely has, may have and cannot have, and why."""

import pytest
from flow_kit import DECLARED, analysed

from tocsin.promql.flow import Flows

TARGET = {"job", "host"}


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
