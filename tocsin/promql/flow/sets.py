"""`and`, `or`, `unless`: which side's series come out, and which never do."""

from collections.abc import Iterator, Sequence

from tocsin.promql import tree
from tocsin.promql.flow import matching
from tocsin.promql.flow.branch import EXPECTED, Branch
from tocsin.promql.flow.finding import Finding, Kind


def combine(
    node: tree.Binary, left: Sequence[Branch], right: Sequence[Branch], found: list[Finding]
) -> list[Branch]:
    """The results of a set operator."""
    if node.operator == "or":
        return _either(node, left, right, found)
    clashes = matching.partners(node, left, right, found)
    for branch in right:
        found.extend(matching.lost(node, branch))
    apart = [clash is not None and clash.certain for clash in clashes]
    covered = matching.covers(node.on, right) and not all(branch.dead for branch in right)
    results = []
    for index, branch in enumerate(left):
        never = all(apart[index * len(right) : (index + 1) * len(right)])
        met = covered and (branch.labelless or node.on == ())
        if node.operator == "and":
            dead = never or all(other.dead for other in right)
            always = branch.always and covered and all(b.labelless or node.on == () for b in left)
        else:
            dead, always = met, branch.always and all(apart)
            if dead:
                found.append(Finding(Kind.MUTED, node, "operator", side=node.right))
        used = node.on if node.on is not None else tuple(branch.named(EXPECTED))
        dead = dead or branch.dead
        results.append(branch.using(used)._replace(dead=dead, always=always))
    return results


def _either(
    node: tree.Binary, left: Sequence[Branch], right: Sequence[Branch], found: list[Finding]
) -> list[Branch]:
    """`left or right`: what the left side has already is not taken from the right side."""
    covered = matching.covers(node.on, left)
    used = [
        branch
        for branch in right
        if branch.dead or not (covered and (branch.labelless or node.on == ()))
    ]
    if len(used) < len(right):
        found.append(Finding(Kind.UNUSED, node, "operator", side=node.right))
    found.extend(_missing(node, left))
    return [*left, *used]


def _missing(node: tree.Binary, left: Sequence[Branch]) -> Iterator[Finding]:
    """The labels of `on` that the left side does not have, so that nothing is held against it."""
    for label in node.on or ():
        reasons = [branch.cannot(label) for branch in left]
        if reasons and all(reasons):
            yield Finding(Kind.LABEL_GONE, node, "matching", label, reasons[0])
