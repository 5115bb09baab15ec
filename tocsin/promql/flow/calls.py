"""Functions: which labels they keep, add or take away, and which numbers they give."""

import math
from collections.abc import Iterator, Sequence

from tocsin.promql import tree
from tocsin.promql.flow import numbers
from tocsin.promql.flow.branch import GONE, MAY, SURE, Branch, labelless
from tocsin.promql.flow.finding import Finding, Kind
from tocsin.promql.flow.numbers import Numbers
from tocsin.promql.flow.reason import Reason, Why
from tocsin.promql.flow.selectors import accepts
from tocsin.promql.tree import Node

ABSENT = frozenset({"absent", "absent_over_time"})
_KEEP_NAME = frozenset(
    """
    label_join label_replace last_over_time first_over_time
    sort sort_desc sort_by_label sort_by_label_desc
    """.split()
)
_WHOLE = {"", ".*", "(.*)"}  # patterns that fit any value; "" is asked of an empty one


def series_argument(node: tree.Call) -> Node | None:
    """The argument whose series a function is about; None for `time()` and the like."""
    for argument in node.arguments:
        if not isinstance(tree.bare(argument), tree.Text) and not tree.is_number(argument):
            return argument
    return None


def call(node: tree.Call, inner: Sequence[Branch], found: list[Finding]) -> list[Branch]:
    """The results of a function; `inner` are the branches of its series argument, if it has one."""
    if node.name in ABSENT:
        return [_absent(node, inner, found)]
    if node.name == "scalar":
        single = inner[0].numbers if len(inner) == 1 and inner[0].always else numbers.ANY
        return [labelless(_nothing(node), single)]
    if not inner:
        return [labelless(_nothing(node), _of_numbers(node))]
    if node.name == "info":  # adds labels of other series
        return [Branch({})]
    found.extend(_in_vain(node, inner))
    return [_relabelled(node, branch) for branch in inner]


def _in_vain(node: tree.Call, inner: Sequence[Branch]) -> Iterator[Finding]:
    """The labels that a function reads and no series has, so that it does nothing at all."""
    sources: Sequence[str] = ()
    if node.name == "histogram_quantile" and _of_buckets(node):
        sources = ("le",)
    elif node.name == "label_replace" and "$" in _texts(node)[1]:
        sources = _texts(node)[2:3]
    elif node.name == "label_join":
        sources = _texts(node)[2:]
    reasons = [branch.cannot(source) for source in sources if source for branch in inner]
    if reasons and all(reasons):
        yield Finding(Kind.LABEL_GONE, node, "name", next(filter(None, sources)), reasons[0])


def _of_buckets(node: tree.Call) -> bool:
    """Whether a function reads classic histograms, whose series have the label `le`."""
    selectors = (part for part in tree.walk(node) if isinstance(part, tree.Selector))
    return any("_bucket" in selector.name for selector in selectors)


def _nothing(node: tree.Call) -> Reason:
    return Reason(Why.LABELLESS, node, "name")


def _of_numbers(node: tree.Call) -> Numbers:
    """What a function without series gives."""
    if node.name == "vector":
        return constant(node.arguments[0])
    return numbers.OF_FUNCTION.get(node.name, numbers.ANY)


def constant(node: Node) -> Numbers:
    """The number that is written there, if it is one."""
    node = tree.bare(node)
    if isinstance(node, tree.Number):
        return numbers.exactly(node.value)
    if isinstance(node, tree.Negative):
        return numbers.negative(constant(node.inner))
    if isinstance(node, tree.Binary):
        of = numbers.truth if node.truth else numbers.arithmetic
        return of(node.operator, constant(node.left), constant(node.right))
    if isinstance(node, tree.Call):
        return numbers.OF_FUNCTION.get(node.name, numbers.ANY)
    return numbers.ANY


def _absent(node: tree.Call, inner: Sequence[Branch], found: list[Finding]) -> Branch:
    """`absent`: 1, with the labels for which its selector asks by `=`, each once.

    Prometheus looks at selectors only, not into calls (createLabelsForAbsentFunction).
    """
    labels = {}
    selector = tree.bare(node.arguments[0])
    if isinstance(selector, tree.Selector) and not selector.choice:
        names = [matcher.label for matcher in selector.matchers]
        for matcher in selector.matchers:
            once = names.count(matcher.label) == 1
            if matcher.sign == "=" and matcher.value and once and matcher.label != "__name__":
                labels[matcher.label] = (SURE, Reason(Why.MATCHED, matcher))
    dead = any(branch.always for branch in inner)
    if dead:
        found.append(Finding(Kind.MUTED, node, "name"))
    return Branch(labels, Reason(Why.ABSENT, node, "name"), numbers.ONE, dead=dead)


def _relabelled(node: tree.Call, branch: Branch) -> Branch:
    name = node.name
    if name == "label_replace":
        branch = _replaced(node, branch)
    elif name == "label_join":
        branch = _joined(node, branch)
    elif name == "histogram_quantile":
        branch = branch.with_label("le", GONE, Reason(Why.BUCKETS, node, "name"))
    if name not in _KEEP_NAME:
        branch = branch.without_name(node)
    always = branch.always and not _may_leave_out(node)
    return branch._replace(numbers=_numbers(node, branch.numbers), always=always)


def _may_leave_out(node: tree.Call) -> bool:
    """Whether a function gives nothing for some of its series: too few samples, no buckets."""
    argument = tree.bare(series_argument(node) or node)
    ranged = isinstance(argument, tree.Subquery) or (
        isinstance(argument, tree.Selector) and argument.range is not None
    )
    return ranged or node.name.startswith("histogram_")


def _numbers(node: tree.Call, inner: Numbers) -> Numbers:
    name = node.name
    if name in numbers.BETWEEN:
        return inner
    if name in {"clamp", "clamp_min", "clamp_max"}:
        limits = [constant(argument) for argument in node.arguments[1:]]
        least, most = Numbers(-math.inf, -math.inf), Numbers(math.inf, math.inf)
        if name != "clamp_max":
            least = limits[0] if limits[0].constant is not None else least
        if name != "clamp_min":
            most = limits[-1] if limits[-1].constant is not None else most
        return numbers.clamped(inner, least, most)
    counted = name in numbers.OF_COUNTERS and isinstance(node.arguments[0], tree.Selector)
    alike = name in {"floor", "ceil", "round", "sum_over_time", *numbers.OF_COUNTERS}
    if counted or (alike and inner.low >= 0):
        return numbers.NOT_NEGATIVE
    return numbers.OF_FUNCTION.get(name, numbers.ANY)


def _texts(node: tree.Call) -> list[str]:
    return [arg.value if isinstance(arg, tree.Text) else "" for arg in node.arguments[1:]]


def _replaced(node: tree.Call, branch: Branch) -> Branch:
    """`label_replace(v, target, replacement, source, pattern)`."""
    target, replacement, source, pattern = _texts(node)
    branch = branch.using([source])
    matches = pattern in _WHOLE - {""} or (
        branch.cannot(source) is not None
        and accepts(tree.Matcher(source, "=~", pattern), "") is True
    )
    matches = matches or (not source and pattern == "")
    if matches and not replacement:
        return branch.with_label(target, GONE, Reason(Why.EMPTIED, node, "name"))
    literal = replacement and "$" not in replacement
    if not literal and matches and branch.presence(source) is SURE and pattern in {"(.*)", "(.+)"}:
        literal = replacement in {"$1", "${1}", "$0"}
    if matches and literal:
        return branch.with_label(target, SURE, Reason(Why.ADDED, node, "name"))
    # Where the pattern does not fit, or the replacement is empty, the label may be missing, too.
    stays = branch.presence(target) is SURE and literal
    return branch if stays else branch.with_label(target, MAY, Reason(Why.ADDED, node, "name"))


def _joined(node: tree.Call, branch: Branch) -> Branch:
    """`label_join(v, target, separator, sources...)`."""
    target, separator, *sources = _texts(node)
    branch = branch.using(sources)
    reason = Reason(Why.ADDED, node, "name")
    if (separator and len(sources) > 1) or any(branch.presence(s) is SURE for s in sources):
        return branch.with_label(target, SURE, reason)
    if all(branch.cannot(source) is not None for source in sources):
        return branch.with_label(target, GONE, Reason(Why.EMPTIED, node, "name"))
    return branch.with_label(target, MAY, reason)
