"""Generated tests of `forecast`: straight ways to the mark, and where worry begins."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate

from tocsin import durations
from tocsin.kinds import forecast
from tocsin.model import Compiled, Rule
from tocsin.overrides import Branch, branches
from tocsin.promql import overtime, text
from tocsin.promql.operators import CannotTell
from tocsin.promql.selectors import named_labels, selectors
from tocsin.testing import contrasts
from tocsin.testing.contrasts import Value
from tocsin.testing.courses import judge_of
from tocsin.testing.labels import branch_labels
from tocsin.testing.model import Check, Generated, Unsolved
from tocsin.testing.series import Phase, made
from tocsin.testing.solve import Bench, benches

MINUTE = 60_000
SETTLE = 11 * MINUTE  # a trend by steps of five minutes has two points by then


@dataclass(frozen=True)
class Piece:
    """A straight piece of the way: from one value to another in some samples."""

    start: float
    end: float
    count: int


class Way:
    """A branch of a rule, and the series on which its value moves in straight lines."""

    def __init__(self, branch: Branch, compiled: Compiled) -> None:
        rule = self.rule = branch.rule
        self.branch = branch
        falls = "falls_to" in rule.body
        self.mark = float(rule.body["falls_to" if falls else "rises_to"])
        worry = rule.body["while"].get("below" if falls else "above")
        if worry is None or len(rule.body["while"]) != 1 or rule.data.get("active"):
            raise CannotTell("`while` is not on the side of the mark, or there is an active window")
        self.worry = float(worry)
        self.gap = self.worry - self.mark  # from the mark to where worry begins
        self.step = durations.parse(rule.group.every(compiled.catalogue.settings))
        between = [self.mark + self.gap * part for part in (0.2, 0.5, 0.8)]
        self.bench, self.level = _straight(rule, branch, between, self.step)
        horizons = forecast._tiers(rule, compiled.catalogue.settings)
        self.ahead = {name: _length(tier, "at") for name, tier in horizons.items()}
        self.waits = {name: _length(tier, "for") for name, tier in horizons.items()}
        self.wait = max(self.waits.values())
        self.trend = durations.parse(str(rule.body.get("trend", forecast.TREND)))

    def test(self, name: str, pieces: Sequence[Piece], checks: Sequence[Check]) -> Generated:
        """A test of some pieces, one after the other."""
        total = sum(piece.count for piece in pieces) + len(pieces)
        series = {
            stand.selector: made(stand, [Phase(stand.fixed, total)], self.step)[1]
            if stand.fixed is not None
            else " ".join(map(self._written, pieces))
            for stand in self.bench.stands
        }
        return self._like(name, series, checks)

    def _like(self, name: str, series: Mapping[str, str], checks: Sequence[Check]) -> Generated:
        return Generated(
            self.rule,
            self.named(name),
            ("forecast", "within"),
            self.step,
            self.step,
            series,
            dict(self.bench.watched or ()),
            tuple(checks),
            self.branch.number,
        )

    def named(self, name: str) -> str:
        """A test's name, with the override that it is about."""
        return f"override {self.branch.number}, {name}" if self.branch.number else name

    def _written(self, piece: Piece) -> str:
        first, last = self._at(piece.start), self._at(piece.end)
        rise = text.limit(abs(last - first) / piece.count)
        return f"{text.limit(first)}{'-' if last < first else '+'}{rise}x{piece.count}"

    def _at(self, value: float) -> float:
        """The level for a value, to the last bit where there is one."""
        found = self.level(value)
        exact = self.bench.exactly(value, found)
        return found if exact is None else exact

    def like(self) -> Generated:
        """What all its tests share."""
        return self._like("", {}, ())


def _length(tier: Mapping[str, str], key: str) -> int:
    return durations.parse(str(tier.get(key) or "0s"))


def of_forecast(rule: Rule, compiled: Compiled) -> Iterator[Generated | Unsolved]:
    """The tests of each branch."""
    for branch in branches(rule):
        try:
            way = Way(branch, compiled)
            yield from _reached(way)
            yield from _still(way)
            yield from _worries(way)
            yield from _parts(way)
        except (CannotTell, OverflowError) as exc:
            yield Unsolved(rule, "the rule", str(exc) or "the numbers are too large", branch.number)


def _reached(way: Way) -> Iterator[Generated]:
    """A straight way to the mark: too far off, near enough, for each severity."""
    lead, step = 15 * MINUTE, way.step
    for severity, ahead in way.ahead.items():
        slope = -0.5 * way.gap * step / ahead  # half of the gap within the horizon, per sample
        # When the way to the mark is as long as the horizon of each severity, and `for` after it.
        due = {n: lead + (ahead - way.ahead[n]) + way.waits[n] for n in way.ahead}
        count = (lead + way.waits[severity]) // step + 6
        start = way.mark + 0.5 * way.gap - slope * lead / step
        checks = [
            Check(
                time,
                frozenset(n for n, at in due.items() if max(at, 5 * MINUTE + way.waits[n]) <= time),
            )
            for time in (due[severity] - 2 * step, due[severity] + 2 * step)
            if all(abs(time - at) > step for at in due.values())
        ]
        pieces = [Piece(start, start + slope * count, count)]
        yield way.test(f"{severity}: the mark comes within reach", pieces, checks)


def _still(way: Way) -> Iterator[Generated]:
    """Where nothing moves: near the mark, and at it; and where all moves, but far off."""
    count, step = (SETTLE + 4 * MINUTE + way.wait) // way.step + 4, way.step
    near = way.mark + 0.5 * way.gap
    end = count * step
    standing = [Piece(near, near, count)]
    yield way.test("near the mark, and standing still", standing, [Check(end, frozenset())])
    if way.bench.exactly(way.mark, way.level(way.mark)) is not None:
        there = [Piece(way.mark, way.mark, count)]
        fires = frozenset(way.ahead)
        yield way.test("at the mark, and standing still", there, [Check(end, fires)])
    nearest = min(way.ahead.values())
    slope = -3 * way.gap * step / nearest
    if count * step < nearest / 2:
        start = way.worry - 1.2 * slope * count
        far = [Piece(start, start + slope * count, count)]
        name = "steep, and nothing to worry about yet"
        yield way.test(name, far, [Check(end, frozenset())])


def _worries(way: Way) -> Iterator[Generated]:
    """Steep until worry begins, and there for longer than `for`: just short of it, just past it."""
    samples, hold = way.trend // way.step, way.wait // way.step + 3
    near = min(0.04 * abs(way.worry) or 0.4, 0.1 * abs(way.gap))
    toward = math.copysign(near, -way.gap)
    exact = way.bench.exactly(way.worry, way.level(way.worry)) is not None
    short = way.worry if exact else way.worry - toward
    for name, value, fires in (
        ("where worry begins, on a steep way", short, frozenset[str]()),
        ("just worrying, on a steep way", way.worry + toward, frozenset(way.ahead)),
    ):
        rise = _steep_enough(way, value, samples, hold)
        if rise is not None:
            pieces = [Piece(value - rise, value, samples - 1), Piece(value, value, hold)]
            yield way.test(name, pieces, [Check((samples + hold) * way.step, fires)])


def _steep_enough(way: Way, value: float, samples: int, hold: int) -> float | None:
    """A rise after which the trend still reaches the mark for every severity, by far."""
    ahead, rise = min(way.ahead.values()), -3 * way.gap * way.trend / min(way.ahead.values())
    for _ in range(8):
        steps = [rise / (samples - 1)] * (samples - 1) + [0.0] * (hold + 1)
        values = list(accumulate(steps, initial=value - rise))
        end = len(values) - 1
        window = [(i * way.step, v) for i, v in enumerate(values) if i >= end - samples]
        line = overtime.line(window, end * way.step)
        if line is not None:
            reached = line[1] + line[0] * ahead / 1000
            if (way.mark - reached) * math.copysign(1, way.gap) > abs(way.gap):
                return rise
        rise *= 2
    return None


def _parts(way: Way) -> Iterator[Generated]:
    """The parts of the value, at lasting levels beyond the mark."""
    judge, (expr,) = judge_of(way.rule)
    side = math.copysign(1, way.gap)

    def fires(value: float) -> frozenset[str]:
        # Nothing leads on from what is infinite.
        there = math.isfinite(value) and (way.mark - value) * side >= 0
        return frozenset(way.ahead) if there else frozenset()

    past = way.level(way.mark - 0.1 * way.gap)
    names = list(way.ahead)
    about = Value(
        expr, judge, selectors(expr), names, fires, None, way.wait + SETTLE, way.bench, past
    )
    for made_ in contrasts.tests(about, way.like()):
        checks = tuple(c for c in made_.checks if way.branch.takes(dict(c.labels or {})))
        if checks:
            yield replace(made_, name=way.named(made_.name), checks=checks)


def _straight(
    rule: Rule, branch: Branch, values: list[float], step: int
) -> tuple[Bench, Callable[[float], float]]:
    """A bench on which the value follows a series in a straight line, and the way back."""
    judge, (expr,) = judge_of(rule)
    read = selectors(expr)
    if any(selector.range for selector in read):
        raise CannotTell("a value over a range has no straight way")
    template = Bench(judge, (), step, step, step)
    for bench in benches(judge, read, branch_labels(rule, branch, named_labels(expr)), template):
        near = abs(values[2] - values[0]) * 1e-6
        levels = [bench.between(value - near, value + near) for value in values]
        first, middle, last = levels
        if first is None or middle is None or last is None or first == last:
            continue
        if abs((first + last) / 2 - middle) < 1e-3 * abs(last - first):
            rise = (last - first) / (values[2] - values[0])
            return bench, partial(_on_line, first, values[0], rise)
    raise CannotTell("no series moves the value in a straight line")


def _on_line(start: float, origin: float, rise: float, value: float) -> float:
    """The level on which a value that moves in a straight line takes `value`."""
    return start + (value - origin) * rise
