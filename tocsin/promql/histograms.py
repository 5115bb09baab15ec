"""Quantiles of classic histograms, as Prometheus reckons them.

Source: https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
"""

import math
from collections.abc import Sequence

from tocsin.promql.operators import CannotTell, Vector

Bucket = tuple[float, float]  # upper bound, how many are at most that


def quantile(share: float, inner: Vector) -> Vector:
    """`histogram_quantile(share, inner)`: a value for each set of labels beside `le`."""
    groups: dict[frozenset[tuple[str, str]], list[Bucket]] = {}
    for labels, value in inner.items():
        bound = _bound(dict(labels).get("le", ""))
        if bound is not None:
            rest = frozenset(pair for pair in labels if pair[0] != "le")
            groups.setdefault(rest, []).append((bound, value))
    return {labels: of_buckets(share, sorted(buckets)) for labels, buckets in groups.items()}


def _bound(written: str) -> float | None:
    """A bucket's upper bound; None where it is no number, as Prometheus leaves it out."""
    try:
        return float(written.replace("Inf", "inf"))
    except ValueError:
        return None


def of_buckets(share: float, buckets: Sequence[Bucket]) -> float:
    """The value that a share of what was counted does not exceed, in proportion within its bucket.

    buckets: by their bounds.
    """
    if len({bound for bound, _ in buckets}) != len(buckets):
        raise CannotTell("a bucket that is there twice")
    if share < 0 or share > 1:
        return -math.inf if share < 0 else math.inf
    if len(buckets) < 2 or not math.isinf(buckets[-1][0]):
        return math.nan
    counts: list[float] = []
    for _, count in buckets:  # what is counted at most cannot grow less
        counts.append(max(count, counts[-1]) if counts else count)
    if not counts[-1]:
        return math.nan
    rank = share * counts[-1]
    place = next((i for i, count in enumerate(counts[:-1]) if count >= rank), len(counts) - 1)
    if place == len(counts) - 1:
        return buckets[-2][0]
    if place == 0 and buckets[0][0] <= 0:
        return buckets[0][0]
    start, before = (buckets[place - 1][0], counts[place - 1]) if place else (0.0, 0.0)
    inside = counts[place] - before
    return start + (buckets[place][0] - start) * ((rank - before) / inside)
