"""Selectors of rules as questions: which of them a server should know, and how they are spelt."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tocsin.problem import Position
from tocsin.promql import text, tree
from tocsin.promql.outcome import ABSENT
from tocsin.promql.tree import Node, Selector
from tocsin.written import Expression

_PLAIN = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


class Part(NamedTuple):
    """A matcher, and where it stands."""

    label: str
    sign: str
    value: str
    place: Position

    @property
    def text(self) -> str:
        """The matcher as PromQL."""
        return f"{label(self.label)}{self.sign}{text.quoted(self.value)}"


class Asked(NamedTuple):
    """A selector without its range and offset. place: of its name, else of all of it."""

    name: str
    parts: tuple[Part, ...]
    place: Position

    @property
    def text(self) -> str:
        """The selector as PromQL."""
        return self.with_(*self.parts)

    def with_(self, *parts: Part) -> str:
        """The metric with some of the matchers."""
        return spelt(self.name, *(part.text for part in parts))


def label(name: str) -> str:
    """The name of a label as PromQL: quoted, where it is no plain word."""
    return name if _PLAIN.fullmatch(name) and ":" not in name else text.quoted(name)


def spelt(name: str, *matchers: str) -> str:
    """A selector as PromQL."""
    if name and not _PLAIN.fullmatch(name):
        matchers = (f"__name__={text.quoted(name)}", *matchers)
        name = ""
    return f"{name}{{{','.join(matchers)}}}" if matchers else name


def asked(expression: Expression, node: Selector) -> Asked:
    """A selector of an expression."""
    parts = tuple(
        Part(each.label, each.sign, each.value, expression.at(each))
        for each in node.matchers
        if not (each.label == "__name__" and each.sign == "=" and each.value == node.name)
    )
    return Asked(node.name, parts, expression.at(node, "name" if node.name else ""))


def expected(root: Node) -> Iterator[Selector]:
    """The selectors that are meant to find something.

    Not those within `absent(...)`, nor those that have another value in their place (`or
    vector(0)`).
    """
    left = [root]
    while left:
        node = left.pop()
        if isinstance(node, Selector):
            if not node.choice:
                yield node
        elif (isinstance(node, tree.Call) and node.name in ABSENT) or (
            isinstance(node, tree.Binary) and node.operator == "or" and _given(node.right)
        ):
            continue
        else:
            left.extend(reversed(node.children))


def _given(node: Node) -> bool:
    """Whether an expression reads no series, so that it is always there."""
    return not any(isinstance(each, Selector) for each in tree.walk(node))
