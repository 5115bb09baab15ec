"""Operations between series: which side's series find a partner, and what labels come out.

Source: Prometheus's documentation, querying/operators, "Vector matching"; resultMetric and
VectorBinop in promql/engine.go.
"""

from collections.abc import Iterator, Sequence
from functools import reduce

from tocsin.promql import tree
from tocsin.promql.flow import comparing
from tocsin.promql.flow.branch import EXPECTED, GONE, MAY, NAME, SURE, Branch, Known
from tocsin.promql.flow.finding import Finding, Kind
from tocsin.promql.flow.numbers import Numbers, either
from tocsin.promql.flow.reason import Reason, Why

_MOST_PAIRS = 32  # `or` in both operands of many operations: what is beyond is not told apart


def match(
    node: tree.Binary, left: Sequence[Branch], right: Sequence[Branch], found: list[Finding]
) -> list[Branch]:
    """Arithmetic or a comparison between series."""
    if len(left) * len(right) > _MOST_PAIRS:
        right = [Branch({})]
    apart = partners(node, left, right, found)
    found.extend(_lost(node, left, right))
    pairs = [(one, other) for one in left for other in right]
    never = comparing.impossible(node, pairs, found)
    always = node.operator not in tree.COMPARISONS and covers(None, left) and covers(None, right)
    meet = any(clash is None for clash in apart)
    others: list[Numbers] = []
    results = []
    for (one, other), clash, is_never in zip(pairs, apart, never, strict=True):
        given = comparing.result(node, one.numbers, other.numbers)
        if clash is not None and meet:
            # These do not meet as far as one can see, others do.
            others += () if clash.certain else (given,)
            continue
        branch = _met(node, one, other)
        dead = one.dead or other.dead or is_never or (clash is not None and clash.certain)
        results.append(branch._replace(numbers=given, always=always, dead=dead))
    found.extend(_joins(node, left, right))
    return [branch._replace(numbers=reduce(either, others, branch.numbers)) for branch in results]


def partners(
    node: tree.Binary, left: Sequence[Branch], right: Sequence[Branch], found: list[Finding]
) -> list[Finding | None]:
    """For each pair of branches why they never meet, None where they may.

    A branch that meets none is told once.
    """
    found.extend(_nowhere(node, left, right))
    table = [[_clash(node, one, other) for other in right] for one in left]
    told = set()
    for column in range(len(right)):
        clashes = [row[column] for row in table]
        if clashes and all(clashes) and clashes[0] is not None and not right[column].dead:
            told.add((0, column))
            found.append(clashes[0])
    for index, row in enumerate(table):
        told_already = any((index, column) in told for column in range(len(row)))
        if row and all(row) and row[0] is not None and not left[index].dead and not told_already:
            found.append(row[0])
    return [clash for row in table for clash in row]


def covers(on: tuple[str, ...] | None, branches: Sequence[Branch]) -> bool:
    """Whether one of the branches always has a partner for what has no labels, or for all with
    `on ()`."""
    if not any(branch.always for branch in branches):
        return False
    return on == () or all(branch.labelless for branch in branches)


def _nowhere(
    node: tree.Binary, left: Sequence[Branch], right: Sequence[Branch]
) -> Iterator[Finding]:
    """The labels of `on` that neither side has."""
    for label in node.on or ():
        reasons = [branch.cannot(label) for branch in (*left, *right)]
        if all(reasons):
            yield Finding(Kind.LABEL_GONE, node, "matching", label, reasons[0])


def _clash(node: tree.Binary, one: Branch, other: Branch) -> Finding | None:
    """Why two branches never meet."""
    if node.filled:
        return None
    for label in _compared(node, one, other):
        ours, theirs = one.presence(label), other.presence(label)
        if ours is not GONE and theirs is not GONE:
            first, second = one.value(label), other.value(label)
            if first is not None and second is not None and first != second:
                return Finding(
                    Kind.VALUES, node, "operator", label, other.reason(label), node.right
                )
        elif ours is not theirs:
            lacking, side = (one, node.left) if ours is GONE else (other, node.right)
            reason, certain = lacking.cannot(label), max(ours, theirs) is SURE
            return Finding(
                Kind.UNMATCHED, node, "operator", label, reason, side=side, certain=certain
            )
    return None


def _compared(node: tree.Binary, one: Branch, other: Branch) -> Iterator[str]:
    """The labels that both sides must agree on, as far as they are known to be there."""
    if node.on is not None:
        yield from node.on
        return
    seen = set(node.ignoring or ())
    for branch in (one, other):
        for label in branch.named(EXPECTED):
            if label not in seen:
                seen.add(label)
                yield label


def _lost(node: tree.Binary, left: Sequence[Branch], right: Sequence[Branch]) -> Iterator[Finding]:
    """The labels that a `group_left` has joined and that this operation takes away."""
    sides = {"left": [*right], "right": [*left], "": [*left, *right]}[node.many]
    for branch in sides:
        yield from lost(node, branch)


def lost(node: tree.Binary, branch: Branch) -> Iterator[Finding]:
    """The joined labels of a branch that an operation neither matches on nor hands on."""
    for reason in branch.joined:
        if reason.label in node.joined:
            continue
        kept = reason.label in node.on if node.on is not None else True
        if not kept or reason.label in (node.ignoring or ()):
            yield Finding(Kind.JOIN_LOST, node, "operator", reason.label, reason)


def _met(node: tree.Binary, one: Branch, other: Branch) -> Branch:
    """The results where series of two branches meet."""
    many, single = (other, one) if node.many == "right" else (one, other)
    branch = _agreed(node, many, single)
    if not node.many:
        if node.on is not None:
            branch = branch.only(node.on, Reason(Why.ON, node, "matching"))
        for label in node.ignoring or ():
            reason = Reason(Why.IGNORING, node, "matching", label)
            branch = branch.with_label(label, GONE, reason)
    for label in node.joined:
        branch = _joined(node, branch, single, label)
    if node.operator in tree.COMPARISONS and not node.truth:
        return branch
    return branch.without_name(node)


def _agreed(node: tree.Binary, many: Branch, single: Branch) -> Branch:
    """The many side, with what follows for the labels that both sides agree on."""
    labels = dict(many.labels)
    if node.on is not None:
        for label in node.on:
            labels[label] = _both(node, many, single, label)
        return many._replace(labels=labels).using(node.on)
    ignored = (*(node.ignoring or ()), NAME)
    closed = many.closed
    for label in {**many.labels, **single.labels}:
        if label not in ignored:
            labels[label] = _both(node, many, single, label)
    if closed is None and single.closed is not None and not node.filled:
        closed = single.closed
        for label in ignored:
            labels.setdefault(label, (MAY, Reason(Why.IGNORING, node, "matching", label)))
    joined = tuple(reason for reason in many.joined if reason.label in ignored)
    return many._replace(labels=labels, closed=closed, joined=joined)


def _both(node: tree.Binary, one: Branch, other: Branch, label: str) -> Known:
    """What is known of a label that is the same on both sides."""
    sides = [(branch.presence(label), branch.reason(label)) for branch in (one, other)]
    nothing = Reason(Why.ON, node, "matching", label)
    known = [(presence, reason or nothing) for presence, reason in sides]
    if node.filled:
        return known[0]
    first, second = known
    if GONE in (first[0], second[0]):
        return first if first[0] is GONE else second
    return second if second[0] > first[0] else first


def _joined(node: tree.Binary, branch: Branch, single: Branch, label: str) -> Branch:
    """The many side's series with a label of the other side's, which replaces their own."""
    gone = single.cannot(label)
    if gone is not None:
        return branch.with_label(label, GONE, gone)
    reason = Reason(Why.JOINED, node, "join", label)
    presence = SURE if single.presence(label) is SURE else MAY
    branch = branch.with_label(label, presence, reason)
    kept = tuple(known for known in branch.joined if known.label != label)
    return branch._replace(joined=(*kept, reason))


def _joins(node: tree.Binary, left: Sequence[Branch], right: Sequence[Branch]) -> Iterator[Finding]:
    """Labels that are joined though they are not there, or though the series have them."""
    many, single = (right, left) if node.many == "right" else (left, right)
    for label in node.joined:
        reasons = [branch.cannot(label) for branch in single]
        if reasons and all(reasons):
            yield Finding(Kind.LABEL_GONE, node, "join", label, reasons[0])
        known = [branch.labels.get(label) for branch in many]
        if known and all(_written(entry) for entry in known) and known[0] is not None:
            yield Finding(Kind.JOIN_NEEDLESS, node, "join", label, known[0][1])


def _written(known: Known | None) -> bool:
    """Whether the expression itself says that a label is there, by `=`, `=~` or an addition."""
    if known is None or known[0] is not SURE:
        return False
    reason = known[1]
    if isinstance(reason.node, tree.Matcher):
        return reason.why is Why.MATCHED and reason.node.sign in {"=", "=~"}
    return reason.why is Why.ADDED
