"""Metrics as `rules/metrics/*.yaml` declares them, on prometheus-client.

What is misspelt fails where a daemon asks for a metric, which it does at its start: rule, dashboard
and daemon have one spelling. An increment costs what it costs in prometheus-client, whose own
objects are handed out.
"""

import os
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

import prometheus_client
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, Info, Summary

from daemonkit import metricsfile, suggest
from daemonkit.metricsfile import Declared
from daemonkit.problem import KitError

# Each target has these already: Prometheus would rename the metric's own to exported_....
TARGET_LABELS = ("platform", "host", "service", "instance", "job")

T = TypeVar("T", bound="prometheus_client.metrics.MetricWrapperBase")


class Labelled(Generic[T]):
    """A metric with labels: `labels` binds them, once, to what is then counted without them."""

    def __init__(self, metric: T, declared: Declared) -> None:
        self._metric = metric
        self._declared = declared
        self._lock = threading.Lock()
        self._bound: dict[tuple[tuple[str, str], ...], T] = {}

    def labels(self, **values: str) -> T:
        """The series of these label values. The first call for them makes it, at 0."""
        try:
            return self._bound[tuple(values.items())]
        except KeyError:
            self._check(values)
        with self._lock:
            bound: T = self._metric.labels(**values)
            self._bound[tuple(values.items())] = bound
        return bound

    def remove(self, **values: str) -> None:
        """Ends the series of these label values, if there is one."""
        self._check(values)
        with self._lock:
            self._metric.remove(*(values[name] for name in self._declared.labels))
            self._bound.clear()

    def _check(self, values: dict[str, str]) -> None:
        _check_labels(self._declared.name, self._declared.labels, tuple(values))


class Metrics:
    """The metrics of a file. Each method gives one, of its type and with its labels, to count on.

    They raise KitError when the file has no such metric, of that type, with these labels.
    """

    def __init__(self, file: str, declared: dict[str, Declared], registry: CollectorRegistry):
        self.file = file
        self.declared = declared
        self._registry = registry

    @overload
    def counter(self, name: str) -> Counter: ...
    @overload
    def counter(self, name: str, label: str, /, *labels: str) -> Labelled[Counter]: ...
    def counter(self, name: str, *labels: str) -> Counter | Labelled[Counter]:
        """A count that only grows; its name ends in `_total`."""
        return self._make(Counter, name, labels)

    @overload
    def gauge(self, name: str) -> Gauge: ...
    @overload
    def gauge(self, name: str, label: str, /, *labels: str) -> Labelled[Gauge]: ...
    def gauge(self, name: str, *labels: str) -> Gauge | Labelled[Gauge]:
        """A value that goes up and down."""
        return self._make(Gauge, name, labels)

    @overload
    def histogram(self, name: str) -> Histogram: ...
    @overload
    def histogram(self, name: str, label: str, /, *labels: str) -> Labelled[Histogram]: ...
    def histogram(self, name: str, *labels: str) -> Histogram | Labelled[Histogram]:
        """Observations, counted by size."""
        return self._make(Histogram, name, labels)

    @overload
    def summary(self, name: str) -> Summary: ...
    @overload
    def summary(self, name: str, label: str, /, *labels: str) -> Labelled[Summary]: ...
    def summary(self, name: str, *labels: str) -> Summary | Labelled[Summary]:
        """Observations: how many, and their sum."""
        return self._make(Summary, name, labels)

    @overload
    def info(self, name: str) -> Info: ...
    @overload
    def info(self, name: str, label: str, /, *labels: str) -> Labelled[Info]: ...
    def info(self, name: str, *labels: str) -> Info | Labelled[Info]:
        """Facts as labels of a series that is always 1; its name ends in `_info`."""
        return self._make(Info, name, labels)

    def _make(self, kind: type[T], name: str, labels: tuple[str, ...]) -> T | Labelled[T]:
        declared = self.declared.get(name)
        if declared is None:
            hint = suggest.hint(name, self.declared)
            raise KitError(f"{self.file} declares no `{name}`" + (f"; {hint}" if hint else ""))
        asked = kind.__name__.lower()
        if declared.type != asked:
            what = f"{self.file} declares `{name}` as {declared.type}, not as {asked}"
            raise KitError(what + _instead(declared.type))
        _check_labels(name, declared.labels, labels)
        _check_exposable(declared)
        try:
            metric: T = kind(**_arguments(declared), registry=self._registry)
        except ValueError as error:
            if "Duplicated" in str(error):
                raise KitError(f"`{name}` is exposed already: ask once, and keep it") from None
            raise KitError(f"`{name}` cannot be exposed: {error}") from None
        return Labelled(metric, declared) if declared.labels else metric


def declare(file: str | os.PathLike[str], *, registry: CollectorRegistry = REGISTRY) -> Metrics:
    """The metrics of a file of `rules/metrics/`, to be exposed by this process.

    KitError (FileError) when the file is not found, or not as schemas/metrics.schema.json has it.
    """
    # Of the time at which each series began, no rule of ours makes use, and each counter, histogram
    # and summary would have one more series for it.
    prometheus_client.disable_created_metrics()
    path = metricsfile.find(file)
    return Metrics(str(path), metricsfile.read(path), registry)


def _instead(found: str) -> str:
    makers: dict[str, Callable[..., Any]] = {
        kind: getattr(Metrics, kind)
        for kind in ("counter", "gauge", "histogram", "summary", "info")
    }
    return f": use `.{found}(...)`" if found in makers else ": a daemon must know it"


def _check_labels(name: str, known: tuple[str, ...], given: tuple[str, ...]) -> None:
    if wrong := [label for label in given if label not in known]:
        hint = suggest.hint(wrong[0], set(known) - set(given))
        raise KitError(f"`{name}` has no label `{wrong[0]}`" + (f"; {hint}" if hint else ""))
    if missing := [label for label in known if label not in given]:
        raise KitError(f"`{name}` needs its label `{missing[0]}`, too")
    if len(given) != len(known):
        raise KitError(f"`{name}` is given a label twice: {', '.join(given)}")


def _check_exposable(declared: Declared) -> None:
    for label in declared.labels:
        if label in TARGET_LABELS:
            raise KitError(
                f"`{declared.name}` must not have the label `{label}`: each target has it, and "
                f"Prometheus would call the metric's own `exported_{label}`"
            )
    if declared.type == "counter" and not declared.name.endswith("_total"):
        raise KitError(f"`{declared.name}` is a counter: its name must end in `_total`")
    if declared.type == "info" and not declared.name.endswith("_info"):
        raise KitError(f"`{declared.name}` is an info: its name must end in `_info`")


def _arguments(declared: Declared) -> dict[str, Any]:
    """What prometheus-client is to make the metric from. It adds `_total` and `_info` itself."""
    name = declared.name.removesuffix("_info") if declared.type == "info" else declared.name
    arguments: dict[str, Any] = {
        "name": name,
        "documentation": declared.help,
        "labelnames": declared.labels,
    }
    # It would also add the unit to a name that does not end in it.
    if declared.unit and name.removesuffix("_total").endswith(f"_{declared.unit}"):
        arguments["unit"] = declared.unit
    if declared.buckets:
        arguments["buckets"] = declared.buckets
    return arguments
