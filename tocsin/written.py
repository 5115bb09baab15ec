"""The PromQL that people wrote, with its label flow and its places: what checks judge."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tocsin.flows import flows
from tocsin.kinds import KINDS
from tocsin.model import Alert, Compiled, Rule
from tocsin.problem import Edit, Position
from tocsin.promql import tree
from tocsin.promql.flow import Analysis, Flows
from tocsin.promql.parse import Parsed, parse
from tocsin.promql.tree import Node
from tocsin.source import Path


@dataclass(frozen=True)
class Expression:
    """One text of a rule that is PromQL and parses."""

    rule: Rule
    path: Path
    parsed: Parsed
    root: Node
    flows: Flows

    @cached_property
    def analysis(self) -> Analysis:
        """Its label flow."""
        found = self.flows.of(self.parsed.expr)
        assert found is not None  # noqa: S101 # it parses
        return found

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All its nodes, in reading order."""
        return tuple(tree.walk(self.root))

    def at(self, node: Node | tree.Matcher, part: str = "", label: str = "") -> Position:
        """Where a node stands in the file, or a part of it, or a label in that part."""
        return self.rule.at_text(self.path, *self.parsed.places.of(node, part, label))

    def edit(self, start: int, end: int, text: str) -> Edit | None:
        """Another text for some characters, if the whole is still PromQL then."""
        changed = self.parsed.expr[:start] + text + self.parsed.expr[end:]
        if parse(changed).fault:
            return None
        return self.rule.edit_text(self.path, start, end, text)

    def text(self, node: Node | tree.Matcher) -> str:
        """A node as it was written."""
        start, end = self.parsed.places.of(node)
        return self.parsed.expr[start:end]


def place_of(rule: Rule) -> Position:
    """Where a rule says what it asserts or records."""
    if rule.kind in {"expr", "record"}:
        return rule.at("expr")
    return rule.at(rule.kind, key=True)


def tier_of(alert: Alert) -> str:
    """Which of a rule's alerts it is, for people; "" where a rule has but one."""
    return "" if alert.rule.kind == "expr" or not alert.severity else f"`{alert.severity}`"


def expressions(compiled: Compiled) -> tuple[Expression, ...]:
    """The expressions of a catalogue, or of one of its files, in the order of the rules."""
    found = compiled.worked_out.get("expressions")
    if not isinstance(found, tuple):
        found = tuple(_expressions(compiled))
        compiled.worked_out["expressions"] = found
    return found


def _expressions(compiled: Compiled) -> Iterator[Expression]:
    known = flows(compiled)
    for rule in compiled.catalogue.rules:
        kind = KINDS[rule.kind if rule.kind in KINDS else "expr"]
        for path, written in kind.texts(rule).items():
            parsed = parse(written)
            if parsed.tree is not None:
                yield Expression(rule, path, parsed, parsed.tree, known)
