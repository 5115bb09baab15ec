"""What a `/metrics` page exposes, as the metrics that a catalogue declares.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ and
https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import StringIO

from prometheus_client import Metric as Family
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_fd_to_metric_families

from tocsin.model import Metric

TARGET_LABELS = frozenset({"job", "instance"})  # what Prometheus adds itself
_OWN_LABELS = {"histogram": {"le"}, "summary": {"quantile"}}
_TYPES = {"gaugehistogram": "histogram", "stateset": "gauge"}
_UNITS = frozenset(
    "seconds bytes ratio percent celsius volts amperes joules watts grams meters hertz".split()
)
_DECLARED = re.compile(r"#[ \t]+TYPE[ \t]+(\S+)[ \t]+counter\s*$")
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
# A sample without its timestamp and its exemplar: parsers are strict about them, and programs lax.
_SAMPLE = re.compile(r'[ \t]*([^\s{#]*(?:\{(?:[^"}]|"(?:\\.|[^"\\])*")*\})?[ \t]+[^\s#]+)[ \t].*')
_BUILD_INFO = "_build_info"


class Broken(Exception):
    """A text that is no exposition. `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class Exposed:
    """The metrics of a page, by name; `odd`: names that a catalogue cannot hold."""

    metrics: tuple[Metric, ...]
    odd: tuple[str, ...]

    @property
    def program(self) -> str:
        """What exposes them, where the page says it: programs tell their version that way."""
        named = [
            metric.name.removesuffix(_BUILD_INFO)
            for metric in self.metrics
            if metric.name.endswith(_BUILD_INFO) and metric.name != f"go{_BUILD_INFO}"
        ]
        return named[0] if len(named) == 1 else ""


@dataclass
class _Lines:
    """The lines of a text for a parser, which line it is at, and what it has seen declared."""

    text: str
    number: int = 0
    counters: set[str] = field(default_factory=set)

    def __iter__(self) -> Iterator[str]:
        for line in StringIO(self.text):  # splits at nothing but \n, as the format does
            self.number += 1
            if declared := _DECLARED.match(line):
                self.counters.add(declared[1])
            sample = _SAMPLE.match(line)
            yield f"{sample[1]}\n" if sample else line


def metrics(text: str, dropped: frozenset[str] = TARGET_LABELS) -> Exposed:
    """The metrics that `text` exposes, without the labels `dropped`. Raises Broken."""
    lines = _Lines(text)
    found: dict[str, Metric] = {}
    try:
        for family, new in _families(lines, newer=text.rstrip().endswith("# EOF")):
            labels = _labels(family) - dropped
            if known := found.get(new.name):
                labels |= set(known.labels)
            found[new.name] = replace(known or new, labels=tuple(sorted(labels)))
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as exc:
        # The parser raises what its code happens to meet, not always with words.
        reason = str(exc) if isinstance(exc, ValueError) else ""
        raise Broken(max(lines.number, 1), reason) from None
    odd = {name for name in found if not _NAME.fullmatch(name)}
    kept = [_plain(metric) for name, metric in sorted(found.items()) if name not in odd]
    odd |= {label for metric in found.values() for label in metric.labels if _is_odd(label)}
    return Exposed(tuple(kept), tuple(sorted(odd)))


def _families(lines: _Lines, *, newer: bool) -> Iterator[tuple[Family, Metric]]:
    parse = openmetrics.text_fd_to_metric_families if newer else text_fd_to_metric_families
    for family in parse(lines):  # type: ignore[arg-type] # a file, of which only lines are read
        name = _name(family, lines.counters, newer=newer)
        kind = _TYPES.get(family.type, family.type)
        unit = family.unit or _unit(name)
        yield family, Metric(name, kind, unit, (), " ".join(family.documentation.split()))


def _name(family: Family, counters: set[str], *, newer: bool) -> str:
    """The name that PromQL knows; the parsers drop suffixes, and add some that were not there."""
    if family.type == "info":
        return f"{family.name}_info"
    total = f"{family.name}_total"
    return total if family.type == "counter" and (newer or total in counters) else family.name


def _labels(family: Family) -> set[str]:
    own = _OWN_LABELS.get(_TYPES.get(family.type, family.type), set())
    return {label for sample in family.samples for label in sample.labels} - own


def _unit(name: str) -> str:
    """The base unit that a name ends in, as Prometheus asks of names."""
    last = name.removesuffix("_total").rpartition("_")[2]
    return last if last in _UNITS else ""


def _plain(metric: Metric) -> Metric:
    return replace(metric, labels=tuple(name for name in metric.labels if not _is_odd(name)))


def _is_odd(label: str) -> bool:
    return not _LABEL.fullmatch(label)
