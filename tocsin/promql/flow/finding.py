"""What the label flow finds odd on its way: data, which the checks make problems of."""

from dataclasses import dataclass
from enum import Enum, auto

from tocsin.promql.flow.reason import Reason
from tocsin.promql.tree import Matcher, Node


class Kind(Enum):
    """What is odd."""

    UNMATCHED = auto()  # one side lacks a label that the other side surely has, or that `on` names
    VALUES = auto()  # both sides fix a label, to different values
    NEVER = auto()  # a comparison that cannot hold
    ALWAYS = auto()  # a comparison of constants that always holds
    LABEL_GONE = auto()  # an aggregation or a match names a label that is not there
    JOIN_LOST = auto()  # a label is joined, and lost before anything used it
    JOIN_NEEDLESS = auto()  # a label is joined to series that have it already
    CONTRADICTION = auto()  # a selector that no series satisfies
    MUTED = auto()  # `unless` something that is always there
    UNUSED = auto()  # the right side of an `or` whose left side is always there


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """Something odd.

    node, part, label: what to show (see `places.Places`). reason: what decided. side: the operand
    that lacks something, or that is never used. certain: it holds for every series there might be,
    rather than for those that the expression was surely written for.
    """

    kind: Kind
    node: Node | Matcher
    part: str = ""
    label: str = ""
    reason: Reason | None = None
    side: Node | None = None
    certain: bool = True
    text: str = ""
