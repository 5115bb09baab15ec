"""Which series are counters: by the metric's declaration, else by its name."""

from collections.abc import Mapping
from enum import Enum, auto

from tocsin.flows import metric_of
from tocsin.model import Metric


class Sort(Enum):
    """What the values of a series are."""

    COUNTER = auto()  # they only grow, until they start anew
    GAUGE = auto()
    UNKNOWN = auto()


# Exporters give gauges names such as `minio_cluster_drive_offline_total`, too. So `_total` tells
# only after a word for what happens, rather than for what there is.
_HAPPENINGS = frozenset(
    """
    accepts allocations attempts calls commits crashes deletes drops dropped errors events evictions
    exceptions executions expired failed failures faults fetches flushes hits inserts interrupts
    invocations kills logins lookups messages misses notifications operations ops overflows packets
    panics processed queries reads received rejected rejections requests resets responses restarts
    retransmits retries rollbacks samples scans scrapes sent switches timeouts transactions
    transmitted updates violations visits warnings writes
    """.split()
)
_GAUGES = ("_info", "_ratio", "_celsius", "_percent", "_timestamp", "_timestamp_seconds")


def sort_of(name: str, metrics: Mapping[str, Metric]) -> tuple[Sort, bool]:
    """What a series is, and whether that is declared rather than guessed from its name."""
    metric = metric_of(name, metrics)
    if metric is not None:
        return _declared(name, metric), True
    words = name.lower().split("_")
    if words[-1] == "total" and set(words[-2:-1]) & _HAPPENINGS:
        return Sort.COUNTER, False
    return Sort.GAUGE if name == "up" or name.endswith(_GAUGES) else Sort.UNKNOWN, False


def _declared(name: str, metric: Metric) -> Sort:
    if metric.type in {"histogram", "summary"}:
        parts = name.removeprefix(metric.name) in {"_bucket", "_sum", "_count"}
        return Sort.COUNTER if parts else Sort.UNKNOWN
    sorts = {"counter": Sort.COUNTER, "gauge": Sort.GAUGE, "info": Sort.GAUGE}
    return sorts.get(metric.type, Sort.UNKNOWN)
