"""Why a label is there, may be there, or cannot be: the part of the expression that decides."""

from enum import Enum, auto
from typing import NamedTuple

from tocsin.promql import tree
from tocsin.promql.text import quoted
from tocsin.promql.tree import Matcher, Node


class Why(Enum):
    """What decides over a label."""

    MATCHED = auto()  # a matcher asks for it
    ADDED = auto()  # label_replace, label_join, count_values
    JOINED = auto()  # group_left, group_right
    DECLARED = auto()  # the metric's declaration
    RECORDED = auto()  # the expression of a recording rule
    EMPTY = auto()  # a matcher such as `job=""`
    AGGREGATED = auto()  # by, or nothing, after an aggregation
    DROPPED = auto()  # without
    ON = auto()
    IGNORING = auto()
    LABELLESS = auto()  # a number, vector(), time()
    ABSENT = auto()
    BUCKETS = auto()  # histogram_quantile takes `le`
    EMPTIED = auto()  # label_replace with nothing
    NAME = auto()  # what takes away the metric's name


class Reason(NamedTuple):
    """What decides, and which part of it to show (see `places.Places`)."""

    why: Why
    node: Node | Matcher
    part: str = ""
    label: str = ""
    origin: "Reason | None" = None  # RECORDED: the reason within the recording rule

    @property
    def text(self) -> str:
        """A sentence for people, to follow "... because"."""
        return _sentence(self)


_OF_NODE = {
    Why.DECLARED: "{} is declared without it",
    Why.ABSENT: "{} only has labels that its selector asks for with `=`",
    Why.LABELLESS: "{} has no labels",
    Why.NAME: "{} takes away the metric's name",
    Why.EMPTIED: "{} takes it away",
    Why.BUCKETS: "{} takes it away",
    Why.ADDED: "{} adds it",
    Why.RECORDED: "{} is recorded without it",
}


def _sentence(reason: Reason) -> str:
    node = reason.node
    match reason.why, node:
        case Why.MATCHED, tree.Matcher():
            return f"`{node.label}{node.sign}{quoted(node.value)}` asks for it"
        case Why.EMPTY, tree.Matcher():
            written = f"{node.label}{node.sign}{quoted(node.value)}"
            return f"`{written}` selects only series without it"
        case Why.AGGREGATED, tree.Aggregation() if node.labels:
            return f"`{node.name} by ({', '.join(node.labels)})` leaves no other labels"
        case Why.AGGREGATED, tree.Aggregation():
            return f"`{node.name}` leaves no labels"
        case Why.DROPPED | Why.IGNORING, _:
            keyword = "without" if reason.why is Why.DROPPED else "ignoring"
            return f"`{keyword} ({reason.label})` takes it away"
        case Why.ON, tree.Binary():
            return f"`on ({', '.join(node.on or ())})` leaves no other labels"
        case Why.JOINED, tree.Binary():
            return f"`group_{node.many} ({', '.join(node.joined)})` brings it"
    inner = f": {reason.origin.text}" if reason.origin else ""
    return _OF_NODE.get(reason.why, "{} has it").format(_named(node)) + inner


def _named(node: Node | Matcher) -> str:
    match node:
        case tree.Call() | tree.Aggregation() | tree.Selector() if node.name:
            call = "" if isinstance(node, tree.Selector) else "()"
            return f"`{node.name}{call}`"
        case tree.Number():
            return "a number"
        case tree.Binary():
            return f"`{node.operator}`"
    return "this"
