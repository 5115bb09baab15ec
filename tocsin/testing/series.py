"""Synthetic series: phase by phase, as numbers to reckon with and in promtool's notation."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat

from tocsin.promql import text
from tocsin.promql.operators import Labels
from tocsin.promql.simulate import STALE, Series


@dataclass(frozen=True)
class Phase:
    """`count` samples of a level, or of a counter that grows so much per second.

    `level` None: the series is not there; it has ended if it was.
    """

    level: float | None
    count: int


@dataclass(frozen=True)
class Stand:
    """A series that stands for a selector. Modes: `level`; `rate`, a counter; `clock`, a timestamp.

    A clock's level is its age: how many seconds ago it was set.
    """

    name: str
    labels: Labels
    mode: str
    fixed: float | None = None  # its level in all phases; None: that of the phase

    @property
    def selector(self) -> str:
        """As promtool names it."""
        return f"{self.name}{{{text.matchers(dict(self.labels))}}}"


def made(stand: Stand, phases: Sequence[Phase], interval: int) -> tuple[Series, str]:
    """The series and its notation. The sums are those of promtool, step by step."""
    values: list[float | None] = []
    written: list[str] = []
    counter = 0.0
    for phase in phases:
        if not phase.count:
            continue
        if phase.level is None:
            if any(value is not None for value in values[-1:]):
                values.append(STALE)
                written.append("stale")
                missing = phase.count - 1
            else:
                missing = phase.count
            values += [None] * missing
            written += [f"_x{missing}"] if missing else []
            continue
        level = phase.level if stand.fixed is None else stand.fixed
        step = {"level": 0.0, "rate": level * interval / 1000, "clock": interval / 1000}[stand.mode]
        first = {"level": level, "rate": counter, "clock": len(values) * interval / 1000 - level}
        value = first[stand.mode]
        sign = "-" if step < 0 else "+"
        written.append(f"{text.limit(value)}{sign}{text.limit(abs(step))}x{phase.count - 1}")
        sums = list(accumulate(repeat(step, phase.count), initial=value))
        counter = sums.pop()
        values += sums
    return Series(stand.name, stand.labels, values, interval), " ".join(written)
