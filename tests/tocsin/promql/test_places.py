"""Trees and their places: what a node's place holds is the node's own text."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tocsin.promql.expressions import random_expression
from tocsin.promql import tree
from tocsin.promql.parse import parse


def texts(expr: str) -> list[str]:
    """Expressions whose nodes' places do not hold the nodes."""
    parsed = parse(expr)
    if parsed.tree is None:
        return []
    if not parsed.places.exact:
        return [expr]
    wrong = []
    for node in tree.walk(parsed.tree):
        start, end = parsed.places.of(node)
        if repr(parse(expr[start:end]).tree) != repr(node):
            wrong.append(expr[start:end])
    return wrong


def test_places_in_all_that_prometheus_accepts(corpus: Path) -> None:
    lines = (corpus / "promql" / "valid-expressions.jsonl").read_text().splitlines()
    assert [wrong for line in lines for wrong in texts(json.loads(line)["expr"])] == []


def test_places_in_community_rules(corpus: Path) -> None:
    for path in (corpus / "awesome-rules").glob("*.yml"):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group.get("rules") or ():
                assert texts(rule["expr"]) == [], path.name


@settings(deadline=None, max_examples=200)
@given(st.integers(), st.integers(1, 4))
def test_places_in_random_expressions(seed: int, depth: int) -> None:
    assert texts(random_expression(seed, depth)) == []


EXPR = """sum by (job, "a b") (
  rate(errors_total{env="prod", code=~"5.."}[5m] offset 1h)  # why
) / on (job) group_left (team, tier) (info{x!="y"} == BOOL 1)"""


@pytest.mark.parametrize(
    ("path", "part", "label", "text"),
    [
        ((), "operator", "", "/"),
        ((), "matching", "", "on (job)"),
        ((), "matching", "job", "job"),
        ((), "join", "", "group_left (team, tier)"),
        ((), "join", "tier", "tier"),
        ((), "join", "none", "group_left (team, tier)"),
        ((0,), "name", "", "sum"),
        ((0,), "grouping", "", 'by (job, "a b")'),
        ((0,), "grouping", "a b", '"a b"'),
        ((0, 0), "name", "", "rate"),
        ((0, 0, 0), "name", "", "errors_total"),
        ((0, 0, 0), "range", "", "5m"),
        ((0, 0, 0), "nothing", "", 'errors_total{env="prod", code=~"5.."}[5m] offset 1h'),
        ((1, 0), "operator", "", "=="),
    ],
)
def test_the_parts_of_a_node(path: tuple[int, ...], part: str, label: str, text: str) -> None:
    parsed = parse(EXPR)
    node = parsed.tree
    assert node is not None
    for index in path:
        node = node.children[index]
    start, end = parsed.places.of(node, part, label)
    assert EXPR[start:end] == text


def test_the_places_of_matchers() -> None:
    parsed = parse('{"the name", "a b"=~`c`,d="e",}')
    assert isinstance(parsed.tree, tree.Selector)
    spans = [parsed.places.of(matcher) for matcher in parsed.tree.matchers]
    assert [parsed.expr[start:end] for start, end in spans] == [
        *('"the name"', '"a b"=~`c`', 'd="e"'),
    ]


def test_what_is_not_found_is_the_whole_expression() -> None:
    assert parse(" up ").places.of(tree.Number(1)) == (1, 3)


def test_a_wrong_expression_has_no_tree() -> None:
    assert parse("up ==").tree is None
    assert not parse("up ==").places.exact


@pytest.mark.parametrize(
    ("expr", "number"),
    [("1", True), ("-(1)", True), ("time() - 1", True), ("scalar(a)", True), ("a - 1", False)],
)
def test_what_a_number_is(expr: str, number: bool) -> None:
    root = parse(expr).tree
    assert root is not None
    assert tree.is_number(root) == number
