"""What an expression gives on given series: PromQL evaluated in Python, as far as it is certain.

For synthesising the series of generated tests, which the real promtool then judges. What is not
known here raises CannotTell; nothing is guessed.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import promql_parser as pp

from tocsin.promql import histograms, operators, overtime
from tocsin.promql.operators import CannotTell, Labels, Value, Vector
from tocsin.promql.parse import parse
from tocsin.promql.selectors import Selector, selector_of

LOOKBACK = 300_000  # Prometheus's default: how old the latest sample may be
STALE = math.nan  # the series has ended


@dataclass(frozen=True)
class Series:
    """A series with a sample each `interval` milliseconds from 0; None is no sample."""

    name: str
    labels: Labels
    values: Sequence[float | None]
    interval: int

    def at(self, time: int) -> float | None:
        """The latest sample that is young enough (just as old is, before Prometheus 3.0)."""
        for index in range(min(time // self.interval, len(self.values) - 1), -1, -1):
            if time - index * self.interval > LOOKBACK:
                return None
            value = self.values[index]
            if value is not None:
                return None if math.isnan(value) else value
        return None

    def between(self, start: int, end: int) -> list[overtime.Sample]:
        """The samples from `start` to `end`, both included (as before Prometheus 3.0)."""
        first = max(0, -(-start // self.interval))
        return [
            (index * self.interval, value)
            for index in range(first, min(end // self.interval + 1, len(self.values)))
            if (value := self.values[index]) is not None and value == value  # noqa: PLR0124 # no STALE
        ]


@dataclass
class World:
    """The series that exist, and expressions that are recorded each `step` milliseconds."""

    series: Sequence[Series]
    step: int
    recorded: Mapping[str, tuple[str, Labels]] = field(default_factory=dict)
    _known: dict[tuple[str, int], Vector] = field(default_factory=dict)

    def value(self, expr: str, time: int) -> Value:
        """What `expr` gives at `time`. Raises CannotTell."""
        ast = parse(expr).ast
        if ast is None:
            raise CannotTell("it does not parse")
        return self._of(ast, time)

    def _of(self, node: Any, time: int) -> Value:
        if isinstance(node, pp.NumberLiteral):
            return float(node.val)
        if isinstance(node, pp.ParenExpr):
            return self._of(node.expr, time)
        if isinstance(node, pp.UnaryExpr):
            inner = self._of(node.expr, time)
            if isinstance(inner, float):
                return -inner
            return {labels: -value for labels, value in inner.items()}
        if isinstance(node, pp.VectorSelector):
            return self._select(selector_of(node), time)
        if isinstance(node, pp.BinaryExpr):
            return operators.binary(node, self._of(node.lhs, time), self._of(node.rhs, time))
        if isinstance(node, pp.AggregateExpr):
            inner = self._of(node.expr, time)
            param = self._of(node.param, time) if node.param is not None else None
            if isinstance(inner, float):
                raise CannotTell(f"{node.op} of a number")
            return operators.aggregate(node, inner, param)
        if isinstance(node, pp.Call):
            return self._call(node, time)
        raise CannotTell(f"no rule for {type(node).__name__}")

    def _select(self, selector: Selector, time: int) -> Vector:
        time -= selector.offset
        if selector.name in self.recorded:
            return selector.filtered(self._record(selector.name, time // self.step * self.step))
        found: Vector = {}
        for series in self._matching(selector):
            value = series.at(time)
            if value is not None:
                found[series.labels] = value
        return found

    def _timestamps(self, selector: Selector, time: int) -> Vector:
        time -= selector.offset
        return {
            series.labels: time // series.interval * series.interval / 1000
            for series in self._matching(selector)
            if series.at(time) is not None
        }

    def _matching(self, selector: Selector) -> Iterator[Series]:
        for series in self.series:
            if series.name == selector.name and selector.matches(dict(series.labels)):
                yield series

    def _record(self, name: str, time: int) -> Vector:
        if time < 0:
            return {}
        if (name, time) not in self._known:
            expr, own = self.recorded[name]
            value = self.value(expr, time)
            vector = {frozenset(): value} if isinstance(value, float) else value
            self._known[name, time] = {
                frozenset({**dict(labels), **dict(own)}.items()): value
                for labels, value in vector.items()
            }
        return self._known[name, time]

    def ranges(self, node: Any, time: int) -> tuple[dict[Labels, list[overtime.Sample]], int, int]:
        """The samples of a range, by labels; its start and its end."""
        while isinstance(node, pp.ParenExpr):
            node = node.expr
        if isinstance(node, pp.MatrixSelector):
            selector = selector_of(node.vector_selector)
            end = time - selector.offset
            start = end - milliseconds(node.range)
            if selector.name not in self.recorded:
                found = {s.labels: s.between(start, end) for s in self._matching(selector)}
                return {labels: kept for labels, kept in found.items() if kept}, start, end
            inner, step = parse(str(node.vector_selector)).ast, self.step
            return self._steps(inner, start, end, step, selector.offset), start, end
        if not isinstance(node, pp.SubqueryExpr) or node.at is not None:
            raise CannotTell("a range that is not known here")
        end = time - milliseconds(node.offset)
        start = end - milliseconds(node.range)
        step = milliseconds(node.step) or self.step
        return self._steps(node.expr, start, end, step, 0), start, end

    def _steps(
        self, node: Any, start: int, end: int, step: int, offset: int
    ) -> dict[Labels, list[overtime.Sample]]:
        found: dict[Labels, list[overtime.Sample]] = {}
        for at in range(max(0, -(-start // step)) * step, end + 1, step):
            value = self._of(node, at + offset)
            vector = {frozenset(): value} if isinstance(value, float) else value
            for labels, sample in vector.items():
                found.setdefault(labels, []).append((at, sample))
        return found

    def _call(self, node: Any, time: int) -> Value:
        name, arguments = node.func.name, list(node.args)
        if name == "time":
            return time / 1000
        if name in operators.RANGE_FUNCTIONS:
            at = next(i for i, argument in enumerate(arguments) if operators.is_range(argument))
            found, start, end = self.ranges(arguments.pop(at), time)
            rest = [self._of(argument, time) for argument in arguments]
            return operators.over_range(name, found, (start, end, time), rest)
        if name == "absent_over_time":
            there, _, _ = self.ranges(arguments[0], time)
            return {} if there else operators.absence(arguments[0])
        if name == "absent":
            return {} if self._of(arguments[0], time) else operators.absence(arguments[0])
        if name == "timestamp" and isinstance(arguments[0], pp.VectorSelector):
            return self._timestamps(selector_of(arguments[0]), time)
        if name in {"label_replace", "label_join"}:
            return operators.relabelled(name, self._of(arguments[0], time), arguments[1:])
        values = [self._of(argument, time) for argument in arguments]
        if name == "histogram_quantile" and isinstance(values[0], float):
            inner = values[1]
            return histograms.quantile(values[0], inner) if isinstance(inner, dict) else {}
        return operators.call(name, values)


def milliseconds(duration: Any) -> int:
    """A duration of the parser's, 0 for none."""
    return round(duration.total_seconds() * 1000) if duration is not None else 0
