"""`left > 80`, put together from what is known of `left`, is what the parser says of it."""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from expressions import random_expression

from tocsin.promql import parse as parsing
from tocsin.promql import tree
from tocsin.promql.flow import Analysis, Flows, Reason, Why
from tocsin.promql.parse import parse

NUMBERS = ["80", "0", "-5", "0.25", "12345678901234567890", "1e3", "+5", "0x1f", "Inf", "5m", "1_0"]
LEFT = [
    line.strip().replace("\\n", "\n")
    for line in r"""
    a|a[5m]|a[5m:]|(a)|(a[5m])|((a))|-a|- a|+a|5|-5|(5)|"a"|("a")|time()|pi()|scalar(a)|vector(1)
    a + b|a * on (x) group_left (y) b|1 + 2|1 + a|a > 5|a > bool 5|a or b|(a or b)|a and b
    a unless b|a ^ 2|a atan2 b|a # and|a # and\n|sum(a)|sum by (x) (a)|sum(a) by (x)|topk(3, a)
    count_values("v", a)|a offset 5m|a offset -5m|a @ 5|a @ end()|a{b="c > 5"}|{b="c"}|rate(a[5m])
    absent(a)|-a ^ 2|2 * -a|holt_winters(a[1h], 0.5, 0.5)|`a`|a{b=`c`}|a == 1|1 - (a == bool 1)
    label_replace(a, "b", "c", "d", "")|a +|a )|(a|by|a by|sum|bool|a bool|rate(a)|a{|limitk(2, a)
    a % b|a / ignoring (x) b|info(a)|nosuch(a)
    """.strip()
    .replace("\n", "|")
    .split("|")
]


def shape(value: Any) -> Any:
    """A tree as data; nodes themselves are only the same when they are one object."""
    if is_dataclass(value) and not isinstance(value, type):
        return type(value), [shape(getattr(value, each.name)) for each in fields(value)]
    return tuple(map(shape, value)) if isinstance(value, tuple) else value


def told(analysis: Analysis | None) -> Any:
    """All that is known of an expression, nodes by their places."""
    if analysis is None:
        return None
    branches = [
        (
            {name: reason_of(analysis, *known) for name, known in branch.labels.items()},
            branch.closed and reason_of(analysis, None, branch.closed),
            branch.numbers,
            branch.always,
            [reason_of(analysis, None, reason) for reason in branch.joined],
            branch.chosen and analysis.parsed.places.of(branch.chosen),
            branch.dead,
        )
        for branch in analysis.branches
    ]
    place = analysis.parsed.places.of
    findings = [
        (found.kind, place(found.node, found.part, found.label), found.text, found.certain)
        for found in analysis.findings
    ]
    return branches, findings, analysis.empty, analysis.possible


def reason_of(analysis: Analysis, presence: object, reason: Reason) -> Any:
    return presence, reason.why, analysis.place(reason), reason.text


def agrees(left: str, operator: str, number: str) -> bool:
    """Whether it was put together; it must then be the same as what is parsed afresh."""
    expr = f"{left} {operator} {number}"
    parsing._lately.clear()
    plain, of_plain = parse(expr), told(Flows().of(expr))
    assert plain.comparison is None
    parsing._lately.clear()
    known = Flows()
    known.of(left)
    quick = parse(expr)
    assert (quick.fault, quick.unsure, quick.metrics) == (plain.fault, plain.unsure, plain.metrics)
    assert str(quick.ast) == str(plain.ast)
    assert repr(shape(quick.tree)) == repr(shape(plain.tree)), expr
    assert told(known.of(expr)) == of_plain, expr
    assert told(Flows().of(expr)) == of_plain, expr
    return quick.comparison is not None


@pytest.mark.parametrize("left", LEFT)
def test_what_may_stand_on_the_left(left: str) -> None:
    for operator in (*sorted(tree.COMPARISONS), "> bool", "-", "and", "=~"):
        agrees(left, operator, "80")


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers(number: str) -> None:
    assert agrees("sum by (a) (b)", ">", number) == (number in NUMBERS[:5])


def test_most_values_of_rules_are_put_together() -> None:
    for left in ("a", "(a or b)", "sum(a)", "rate(a[5m])", "100 * a / b", "1 - avg by (x) (a)"):
        assert agrees(left, ">", "80"), left
    for left in ("a or b", "a > 5", "5", "a[5m]", "time()", "a # b", "-a"):
        assert not agrees(left, ">", "80"), left


def test_random_expressions() -> None:
    found = [agrees(random_expression(seed, seed % 4), ">", "1") for seed in range(400)]
    assert 100 < sum(found) < 400


def test_community_expressions(corpus: Path) -> None:
    file = corpus / "promql" / "valid-expressions.jsonl"
    exprs = [json.loads(line)["expr"] for line in file.read_text(encoding="utf-8").splitlines()]
    assert sum(agrees(expr, "<", "0.5") for expr in exprs) > 300


def test_what_was_parsed_is_the_same_until_its_file_is_done() -> None:
    """A problem names a node of an expression, and is shown where that very node stands."""
    exprs = [f"sum(x{number}) > 1" for number in range(5_000)]
    found = [parse(expr) for expr in exprs]
    assert all(parse(expr) is known for expr, known in zip(exprs, found, strict=True))
    parsing.forget()
    assert parse(exprs[0]) is not found[0]


def test_other_nodes_of_the_same_text_are_not_mixed() -> None:
    known = Flows()
    before = known.of("count(a)")
    parsing.forget()
    parsing._lately.clear()
    parse("count(a)")
    after = known.of("count(a) == 0")
    assert before is not None
    assert after is not None
    assert after.parsed.comparison is not None
    assert [after.place(Reason(Why.NAME, found.node)) for found in after.findings] == [(0, 13)]
    reason = after.branches[0].closed
    assert reason is not None
    assert after.place(reason) == (0, 5)
