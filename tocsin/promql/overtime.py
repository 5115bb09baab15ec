"""Functions over a range of samples, calculated as Prometheus does and in the same order.

Source: Prometheus 2.42, promql/functions.go.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence

Sample = tuple[int, float]  # milliseconds, value
Samples = Sequence[Sample]


def mean(values: Iterable[float]) -> float:
    """The arithmetic mean."""
    from statistics import fmean  # noqa: PLC0415 # slow to import, seldom needed

    found: float = fmean(values)
    return found


def deviation(values: Iterable[float]) -> float:
    """The standard deviation of all there is."""
    from statistics import pstdev  # noqa: PLC0415 # slow to import, seldom needed

    found: float = pstdev(values)
    return found


def extrapolated(
    samples: Samples, start: int, end: int, *, counter: bool, rate: bool
) -> float | None:
    """`increase`, `rate` (counters) and `delta`: the difference, drawn out to the whole range."""
    if len(samples) < 2:
        return None
    (first, first_value), (last, last_value) = samples[0], samples[-1]
    result = last_value - first_value
    if counter:
        for (_, before), (_, after) in itertools.pairwise(samples):
            result += before if after < before else 0
    sampled = (last - first) / 1000
    gap = sampled / (len(samples) - 1)
    to_start, to_end = (first - start) / 1000, (end - last) / 1000
    if counter and result > 0 and first_value >= 0:
        to_start = min(to_start, sampled * (first_value / result))  # no counter was below zero
    drawn = sampled
    drawn += to_start if to_start < gap * 1.1 else gap / 2
    drawn += to_end if to_end < gap * 1.1 else gap / 2
    factor = drawn / sampled
    if rate:
        factor /= (end - start) / 1000
    return result * factor


def instant(samples: Samples, *, rate: bool) -> float | None:
    """`irate` and `idelta`: the last two samples."""
    if len(samples) < 2:
        return None
    (before, old), (after, new) = samples[-2:]
    difference = new if rate and new < old else new - old
    return difference / ((after - before) / 1000) if rate else difference


def line(samples: Samples, origin: int) -> tuple[float, float] | None:
    """Slope per second and value at `origin` of the straight line through the samples."""
    if len(samples) < 2:
        return None
    if all(value == samples[0][1] for _, value in samples):
        return 0.0, samples[0][1]
    times = [(time - origin) / 1000 for time, _ in samples]
    values = [value for _, value in samples]
    time, value = mean(times), mean(values)
    spread = sum((at - time) ** 2 for at in times)
    slope = sum((at - time) * (v - value) for at, v in zip(times, values, strict=True)) / spread
    return slope, value - slope * time


def _pairs(samples: Samples, test: Callable[[float, float], bool]) -> float:
    pairs = itertools.pairwise(samples)
    return float(sum(test(before, after) for (_, before), (_, after) in pairs))


def _mean(samples: Samples) -> float:
    first = samples[0][1]
    return first if all(value == first for _, value in samples) else mean(v for _, v in samples)


OVER_TIME: dict[str, Callable[[Samples], float]] = {
    "avg_over_time": _mean,
    "min_over_time": lambda samples: min(value for _, value in samples),
    "max_over_time": lambda samples: max(value for _, value in samples),
    "sum_over_time": lambda samples: sum(value for _, value in samples),
    "count_over_time": lambda samples: float(len(samples)),
    "last_over_time": lambda samples: samples[-1][1],
    "present_over_time": lambda _samples: 1.0,
    "stddev_over_time": lambda samples: deviation(value for _, value in samples),
    "changes": lambda samples: _pairs(samples, lambda before, after: before != after),
    "resets": lambda samples: _pairs(samples, lambda before, after: after < before),
}


def quantile(share: float, values: list[float]) -> float:
    """The value below which `share` of the values are, between neighbours in proportion."""
    values = sorted(values)
    rank = share * (len(values) - 1)
    low = max(0, int(rank))
    high = min(len(values) - 1, low + 1)
    return values[low] * (1 - (rank - low)) + values[high] * (rank - low)
