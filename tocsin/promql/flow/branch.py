"""One alternative of what an expression returns, and what is known of its labels.

`a or sum(b)` returns series like `a`'s and one without labels: two branches. What is known of a
label, in a branch:

| | |
|---|---|
| SURE | every result has it |
| EXPECTED | the metric's declaration says so |
| MAY | some results may have it |
| GONE | no result has it |

Of a label that is not named, a branch says MAY, or GONE where it is `closed`. Each of these has its
reason. Branches are values: what an operation makes of one is a new one.
"""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from tocsin.promql.flow.numbers import ANY, Numbers
from tocsin.promql.flow.reason import Reason, Why
from tocsin.promql.tree import Matcher, Node

NAME = "__name__"


class Presence(IntEnum):
    """What is known of a label."""

    GONE = 0
    MAY = 1
    EXPECTED = 2
    SURE = 3


GONE, MAY, EXPECTED, SURE = Presence
Known = tuple[Presence, Reason]


class Branch(NamedTuple):
    """Results of one kind.

    always: where this branch has no result, another one of the expression has. joined: the labels
    that a `group_left` added and that nothing has used since. chosen: the `topk` or its like that
    picked these series. dead: there is never a result.
    """

    labels: dict[str, Known]
    closed: Reason | None = None
    numbers: Numbers = ANY
    always: bool = False
    joined: tuple[Reason, ...] = ()
    chosen: Node | None = None
    dead: bool = False

    def presence(self, label: str) -> Presence:
        """What is known of a label."""
        known = self.labels.get(label)
        if known is not None:
            return known[0]
        return GONE if self.closed is not None else MAY

    def reason(self, label: str) -> Reason | None:
        """Why that is known of a label; None where nothing is known."""
        known = self.labels.get(label)
        return known[1] if known is not None else self.closed

    def cannot(self, label: str) -> Reason | None:
        """Why no result has a label; None where one may."""
        return self.reason(label) if self.presence(label) is GONE else None

    def value(self, label: str) -> str | None:
        """The one value that a label has, None where it may have several, or be missing."""
        known = self.labels.get(label)
        if known is None or known[0] is not SURE or not isinstance(known[1].node, Matcher):
            return None
        matcher = known[1].node
        return matcher.value if known[1].why is Why.MATCHED and matcher.sign == "=" else None

    @property
    def possible(self) -> frozenset[str] | None:
        """The labels that results may have, without the metric's name; None for any."""
        if self.closed is None:
            return None
        return frozenset(name for name, known in self.labels.items() if known[0]) - {NAME}

    @property
    def labelless(self) -> bool:
        """Whether results have no labels at all, so that there is one at most."""
        return self.closed is not None and not any(known[0] for known in self.labels.values())

    def named(self, at_least: Presence) -> Iterator[str]:
        """The labels of which at least so much is known, without the metric's name."""
        for name, known in self.labels.items():
            if known[0] >= at_least and name != NAME:
                yield name

    def with_label(self, label: str, presence: Presence, reason: Reason) -> "Branch":
        """The branch where that is known of a label."""
        return self._replace(labels={**self.labels, label: (presence, reason)})

    def without_name(self, node: Node) -> "Branch":
        """The branch after an operation that takes the metric's name away."""
        if self.presence(NAME) is GONE:
            return self
        return self.with_label(NAME, GONE, Reason(Why.NAME, node))

    def only(self, labels: Iterable[str], reason: Reason) -> "Branch":
        """The branch with no other labels than these."""
        kept = {}
        for label in labels:
            known = self.labels.get(label)
            if known is None:
                known = (MAY, reason) if self.closed is None else (GONE, self.closed)
            kept[label] = known
        joined = tuple(added for added in self.joined if added.label in kept)
        return self._replace(labels=kept, closed=reason, joined=joined)

    def using(self, labels: Iterable[str]) -> "Branch":
        """The branch after something made use of labels: a match, an aggregation by them."""
        used = set(labels)
        if not any(added.label in used for added in self.joined):
            return self
        return self._replace(joined=tuple(a for a in self.joined if a.label not in used))


def labelless(reason: Reason, numbers: Numbers = ANY, *, always: bool = True) -> Branch:
    """One result without labels, such as that of `vector(1)`."""
    return Branch({}, reason, numbers, always)
