"""What it takes the server to evaluate a rule."""

from collections.abc import Iterator
from typing import NamedTuple

from tocsin import problem
from tocsin.problem import Position, Problem
from tocsin.server import Cost, Server

ID = "query/cost"
# What a series takes of a server's memory, where it scrapes itself.
_BYTES = "max(process_resident_memory_bytes / on (job, instance) prometheus_tsdb_head_series)"


class Limits(NamedTuple):
    """The most that is not told; None for no limit. memory in bytes, seconds of evaluation."""

    series: int | None
    samples: int | None
    peak: int | None
    seconds: float | None
    memory: int | None


class Query(NamedTuple):
    """An expression that the server is to evaluate. tier: which of the rule's it is."""

    place: Position
    rule: str
    tier: str
    expr: str
    recording: bool
    limits: Limits


def find(item: Query, server: Server) -> Iterator[Problem]:
    """A problem for each limit that is passed."""
    cost = server.cost(item.expr)
    for said in _passed(item, cost, server):
        tier = f"{item.tier}: " if item.tier else ""
        hint = "record a part of it, narrow its selectors, or shorten its range"
        yield problem.warning(item.place, ID, f"{tier}{said}", hint, item.rule)


def _passed(item: Query, cost: Cost, server: Server) -> Iterator[str]:
    limits = item.limits
    if limits.series is not None and cost.series > limits.series:
        yield f"it returns {cost.series:,} series, more than {limits.series:,}"
    if limits.samples is not None and (cost.samples or 0) > limits.samples:
        yield f"it reads {cost.samples:,} samples each time, more than {limits.samples:,}"
    if limits.peak is not None and (cost.peak or 0) > limits.peak:
        yield f"it holds {cost.peak:,} samples at a time, more than {limits.peak:,}"
    if limits.seconds is not None and (cost.seconds or 0.0) > limits.seconds:
        yield f"it takes {cost.seconds:.2f} s each time, more than {limits.seconds:g} s"
    if limits.memory is not None and item.recording and (each := server.value(_BYTES)):
        memory = round(cost.series * each)
        if memory > limits.memory:
            yield f"what it records takes about {memory:,} bytes, more than {limits.memory:,}"
