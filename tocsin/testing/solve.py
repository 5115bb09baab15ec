"""Which series make an expression take a wanted value: one series is moved, the others stay."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, pairwise, product

from tocsin.promql.operators import Labels, Vector
from tocsin.promql.selectors import Selector
from tocsin.promql.simulate import World
from tocsin.testing.series import Phase, Stand, made
from tocsin.testing.stands import stands, strangers

Judge = Callable[[World, int], Vector]  # what a rule judges, at a time
_LEVELS = (
    *((1000.0,), (1.0,), (1000.0, 500.0, 250.0), (1000.0, 2000.0, 4000.0), (0.0, 1.0), (1e12,)),
    *((100.0,), (4096.0,), (60.0,), (3.0,)),
)
_GRID = [0.0, *(digit * 10.0**power for power in range(-6, 16) for digit in (1, 3))]


@dataclass
class Bench:
    """Stands, one of which is moved, and the one result that is watched."""

    judge: Judge
    stands: Sequence[Stand]
    span: int  # milliseconds after which only the present level counts
    interval: int
    step: int
    recorded: Mapping[str, tuple[str, Labels]] = field(default_factory=dict)
    start: int = 0  # samples before which nothing happens
    lead: int = 0  # samples for which all is as usual, so that an `offset` has a past to look at
    usual: float = 0.0  # what that is
    bounds: tuple[str, ...] = ()  # of the buckets of histograms
    shares: tuple[tuple[float, ...], ...] = ()  # levels that make a round whole with a limit
    pick: int = 0  # which result is watched, where there are several
    watched: Labels | None = None
    seen: dict[float, float | None] = field(default_factory=dict)

    @property
    def before(self) -> list[Phase]:
        """What comes before the phases of a test."""
        return [Phase(None, self.start), Phase(self.usual, self.lead)]

    def result(self, world: World, time: int) -> tuple[Labels, float] | None:
        """The watched result and its labels."""
        found = self.judge(world, time)
        if self.watched is None and len(found) > self.pick:
            self.watched = sorted(found, key=sorted)[self.pick]
        if self.watched is None or math.isnan(value := found.get(self.watched, math.nan)):
            return None
        return self.watched, value

    def world(self, phases: Sequence[Phase]) -> World:
        """The world in which the stands go through the phases."""
        series = [made(stand, phases, self.interval)[0] for stand in self.stands]
        return World(series, self.step, self.recorded)

    def settled(self, level: float) -> float | None:
        """The value after the moved series has long been at `level`; remembered."""
        if level not in self.seen:
            count = self.span // self.interval + 2 + self.step // self.interval
            time = (self.start + self.lead + count - 1) * self.interval // self.step * self.step
            try:
                found = self.result(self.world([*self.before, Phase(level, count)]), time)
            except OverflowError:
                found = None
            self.seen[level] = found[1] if found else None
        return self.seen[level]

    def between(self, low: float, high: float) -> float | None:
        """A level at which the value is from `low` to `high`: a short number, if there is one."""
        middle = (low + high) / 2

        def fits(level: float) -> bool:
            value = self.settled(level)
            return value is not None and low <= value <= high

        for first, second in self._brackets(middle):
            found = self._bisected(first, second, middle, fits)
            if found is not None:
                short = (float(f"{found:.{digits}g}") for digits in range(1, 16))
                return next((level for level in short if fits(level)), found)
        return None

    def exactly(self, value: float, near: float) -> float | None:
        """A level, as near to `near` as can be, at which the value is `value` to the last bit."""
        for digits in range(1, 13):
            level = float(f"{near:.{digits}g}")
            if self.settled(level) == value:
                return level
        found = [level for level, seen in self.seen.items() if seen == value]
        return min(found, key=lambda level: abs(level - near)) if found else None

    def nearest(self, accepted: Callable[[float], bool], to: float) -> float | None:
        """Of all levels tried, the one whose accepted value is nearest to `to`."""
        found = [
            (abs(value - to), level)
            for level, value in self.seen.items()
            if value is not None and math.isfinite(value) and accepted(value)
        ]
        return min(found)[1] if found else None

    def _brackets(self, value: float) -> Iterator[tuple[float, float]]:
        """Neighbouring levels with values on both sides of `value`."""
        moved = next(stand for stand in self.stands if stand.fixed is None)
        grid = _GRID if moved.mode == "rate" else [-level for level in reversed(_GRID[1:])] + _GRID
        known = [(level, at) for level in grid if (at := self.settled(level)) is not None]
        pairs = list(pairwise(known))
        pairs.sort(key=lambda pair: (pair[0][0] < 0, abs(pair[0][0])))
        for (first, one), (second, other) in pairs:
            if min(one, other) <= value <= max(one, other):
                yield first, second

    def _bisected(
        self, first: float, second: float, middle: float, fits: Callable[[float], bool]
    ) -> float | None:
        start = self.settled(first)
        for _ in range(70):
            for level in (first, second):
                if fits(level):
                    return level
            half = (first + second) / 2
            value = self.settled(half)
            if value is None or start is None:
                return None
            if (value < middle) == (start < middle):
                first = half
            else:
                second = half
        return None


def benches(
    judge: Judge,
    selectors: Sequence[Selector],
    common: Mapping[str, str],
    template: Bench,
    *,
    clocks: bool = False,
) -> Iterator[Bench]:
    """Ways to move the value: which series, the levels of the others, their labels."""
    everywhere = {
        matcher.name: matcher.value
        for selector in selectors
        for matcher in selector.matchers
        if matcher.sign == "="
    }
    for labels in (common, {**everywhere, **common}):
        for levels in (_LEVELS[0], *template.shares, *_LEVELS[1:]):
            found = stands(selectors, labels, cycle(levels), template.bounds)
            mine = {(stand.name, stand.labels) for stand in found}
            others = [s for s in strangers(selectors, labels) if (s.name, s.labels) not in mine]
            for index, stand in enumerate(found):
                for mode, pick in product(_modes(stand, clocks), (0, 1)):
                    moved = replace(stand, fixed=None, mode=mode)
                    chosen = [*found[:index], moved, *found[index + 1 :], *others]
                    yield replace(
                        template,
                        judge=judge,
                        stands=chosen,
                        pick=pick,
                        usual=levels[0],
                        seen={},
                    )


def _modes(stand: Stand, clocks: bool) -> list[str]:
    """What the series may be, the likeliest first."""
    if stand.mode == "rate":
        return ["rate"]
    return ["clock", "level", "rate"] if clocks else ["level", "rate"]
