"""Operators, aggregations and functions of PromQL on plain data: a number, or values by labels.

Source: Prometheus's documentation, querying/operators and querying/functions.
"""

import math
import operator
import re
from collections.abc import Callable
from typing import Any

import promql_parser as pp

from tocsin.promql import overtime

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Value = float | Vector


class CannotTell(Exception):
    """What an expression gives is not known here, and why."""


def _divided(one: float, other: float) -> float:
    if other:
        return one / other
    return math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one)


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": lambda one, other: math.fmod(one, other) if other else math.nan,
    "^": operator.pow,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


def binary(node: Any, left: Value, right: Value) -> Value:
    """`left OP right` by the operator, and the matching, of a parsed expression."""
    sign, modifier = str(node.op), node.modifier
    as_number = bool(modifier and modifier.return_bool)
    if isinstance(left, float) and isinstance(right, float):
        if sign in COMPARISONS:
            return float(COMPARISONS[sign](left, right))
        return _arithmetic(sign)(left, right)
    if isinstance(right, float) and not isinstance(left, float):
        pairs = [(labels, value, right, value) for labels, value in left.items()]
    elif isinstance(left, float) and not isinstance(right, float):
        pairs = [(labels, left, value, value) for labels, value in right.items()]
    elif isinstance(left, float) or isinstance(right, float):  # the type checker's benefit
        raise CannotTell("a number and a vector")
    elif sign in {"and", "or", "unless"}:
        return _set(sign, modifier, left, right)
    else:
        pairs = _matched(modifier, left, right)
    if sign not in COMPARISONS:
        return {labels: _arithmetic(sign)(one, other) for labels, one, other, _ in pairs}
    test = COMPARISONS[sign]
    if as_number:
        return {labels: float(test(one, other)) for labels, one, other, _ in pairs}
    return {labels: kept for labels, one, other, kept in pairs if test(one, other)}


def _arithmetic(sign: str) -> Callable[[float, float], float]:
    if sign not in ARITHMETIC:
        raise CannotTell(f"the operator {sign}")
    return ARITHMETIC[sign]


def _signature(modifier: Any, labels: Labels) -> Labels:
    matching = modifier.matching if modifier else None
    if matching is None:
        return labels
    included = str(matching.type).endswith("Include")
    return frozenset(pair for pair in labels if (pair[0] in matching.labels) == included)


def _set(sign: str, modifier: Any, left: Vector, right: Vector) -> Vector:
    others = {_signature(modifier, labels) for labels in right}
    if sign == "or":
        mine = {_signature(modifier, labels) for labels in left}
        added = {k: value for k, value in right.items() if _signature(modifier, k) not in mine}
        return {**added, **left}
    wanted = sign == "and"
    return {k: v for k, v in left.items() if (_signature(modifier, k) in others) == wanted}


def _matched(
    modifier: Any, left: Vector, right: Vector
) -> list[tuple[Labels, float, float, float]]:
    card = str(modifier.card) if modifier else ""
    turned = "OneToMany" in card
    many, one = (right, left) if turned else (left, right)
    grouped = turned or "ManyToOne" in card
    by_signature: dict[Labels, tuple[Labels, float]] = {}
    for labels, value in one.items():
        signature = _signature(modifier, labels)
        if signature in by_signature:
            raise CannotTell("several series match one")
        by_signature[signature] = labels, value
    found = []
    seen: set[Labels] = set()
    for labels, value in many.items():
        signature = _signature(modifier, labels)
        if signature not in by_signature:
            continue
        if not grouped and signature in seen:
            raise CannotTell("several series match one")
        seen.add(signature)
        other_labels, other = by_signature[signature]
        copied = set(modifier.group_labels or ()) if grouped else set()
        kept = {pair for pair in labels if pair[0] not in copied}
        kept |= {pair for pair in other_labels if pair[0] in copied}
        result = frozenset(kept) if grouped else signature
        first, second = (other, value) if turned else (value, other)
        found.append((result, first, second, first))
    return found


AGGREGATIONS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "avg": overtime.mean,
    "min": min,
    "max": max,
    "count": lambda values: float(len(values)),
    "group": lambda _values: 1.0,
    "stddev": overtime.deviation,
}


def aggregate(node: Any, inner: Vector, param: Value | None) -> Vector:
    """An aggregation by the labels of a parsed expression."""
    name = str(node.op)
    groups: dict[Labels, list[tuple[Labels, float]]] = {}
    by = not node.modifier or str(node.modifier.type).endswith("By")
    named = set(node.modifier.labels) if node.modifier else set()
    for labels, value in inner.items():
        group = frozenset(pair for pair in labels if (pair[0] in named) == by)
        groups.setdefault(group, []).append((labels, value))
    if name in {"topk", "bottomk"} and isinstance(param, float):
        chosen: Vector = {}
        for found in groups.values():
            ordered = sorted(found, key=lambda pair: pair[1], reverse=name == "topk")
            chosen.update(ordered[: int(param)])
        return chosen
    if name == "quantile" and isinstance(param, float):
        return {k: overtime.quantile(param, [v for _, v in f]) for k, f in groups.items()}
    if name not in AGGREGATIONS:
        raise CannotTell(f"`{name}`")
    function = AGGREGATIONS[name]
    return {k: float(function([value for _, value in found])) for k, found in groups.items()}


RANGE_FUNCTIONS = {
    *overtime.OVER_TIME,
    *("rate", "increase", "delta", "irate", "idelta", "deriv"),
    *("predict_linear", "quantile_over_time"),
}


def is_range(node: Any) -> bool:
    """Whether a parsed expression is a range of samples."""
    while isinstance(node, pp.ParenExpr):
        node = node.expr
    return isinstance(node, pp.MatrixSelector | pp.SubqueryExpr)


def over_range(
    name: str,
    found: dict[Labels, list[overtime.Sample]],
    times: tuple[int, int, int],
    rest: list[Value],
) -> Vector:
    """A function of a range; `times` are its start, its end and now."""
    results = {k: _of_samples(name, samples, times, rest) for k, samples in found.items()}
    return {labels: result for labels, result in results.items() if result is not None}


def _of_samples(
    name: str, samples: list[overtime.Sample], times: tuple[int, int, int], rest: list[Value]
) -> float | None:
    start, end, now = times
    if name in overtime.OVER_TIME:
        return overtime.OVER_TIME[name](samples)
    if name in {"rate", "increase", "delta"}:
        counter, rate = name != "delta", name == "rate"
        return overtime.extrapolated(samples, start, end, counter=counter, rate=rate)
    if name in {"irate", "idelta"}:
        return overtime.instant(samples, rate=name == "irate")
    if name == "quantile_over_time" and isinstance(rest[0], float):
        return overtime.quantile(rest[0], [value for _, value in samples])
    found = overtime.line(samples, now)
    if found is None:
        return None
    if name == "deriv":
        return found[0]
    if isinstance(rest[0], float):
        return found[0] * rest[0] + found[1]
    raise CannotTell(f"`{name}` with a vector")


def absence(node: Any) -> Vector:
    """What `absent` gives: 1, with the labels that a plain selector asks for by `=`."""
    node = node.vector_selector if isinstance(node, pp.MatrixSelector) else node
    if not isinstance(node, pp.VectorSelector):
        return {frozenset(): 1.0}
    equal = [m for m in node.matchers.matchers if str(m.op) == "MatchOp.Equal"]
    return {frozenset((m.name, m.value) for m in equal): 1.0}


def relabelled(name: str, inner: Value, arguments: list[Any]) -> Vector:
    """`label_replace`; other ways to change labels are not known here."""
    if name != "label_replace" or isinstance(inner, float):
        raise CannotTell(f"`{name}`")
    target, replacement, source, pattern = (str(argument.val) for argument in arguments)
    found: Vector = {}
    for labels, value in inner.items():
        match = re.fullmatch(pattern, dict(labels).get(source, ""))
        changed = dict(labels)
        if match:
            changed[target] = match.expand(re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", replacement))
        found[frozenset((k, v) for k, v in changed.items() if v)] = value
    return found


_MATHS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "ln": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "round": lambda value, to=1.0: math.floor(value / to + 0.5) * to,
    "clamp_min": max,
    "clamp_max": min,
    "clamp": lambda value, low, high: min(max(value, low), high),
    "sgn": lambda value: float((value > 0) - (value < 0)),
    "sort": lambda value: value,
    "sort_desc": lambda value: value,
}


def call(name: str, arguments: list[Value]) -> Value:
    """A function of numbers and instant vectors."""
    first = arguments[0] if arguments else math.pi
    if name == "pi":
        return math.pi
    if name == "vector" and isinstance(first, float):
        return {frozenset(): first}
    if name == "scalar" and not isinstance(first, float):
        return next(iter(first.values())) if len(first) == 1 else math.nan
    if name not in _MATHS or isinstance(first, float):
        raise CannotTell(f"`{name}`")
    rest = arguments[1:]
    try:
        return {labels: float(_MATHS[name](value, *rest)) for labels, value in first.items()}
    except (ValueError, OverflowError) as exc:
        raise CannotTell(f"`{name}` of what has none") from exc
