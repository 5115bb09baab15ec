"""The label flow over what a catalogue declares and records."""

from collections.abc import Iterator, Mapping

from tocsin.model import Compiled, Metric, Settings
from tocsin.promql.flow import Declaration, Flows

_OF_PARTS = {"_bucket": {"histogram"}, "_sum": {"histogram", "summary"}}
_OF_PARTS["_count"] = _OF_PARTS["_sum"]


def flows(compiled: Compiled) -> Flows:
    """The analyses of a catalogue's expressions, or of one file's; each is made once."""
    found = compiled.worked_out.get("flows")
    if not isinstance(found, Flows):
        catalogue = compiled.catalogue
        declared = Declared(catalogue.settings, catalogue.metrics) if catalogue.declares else {}
        found = Flows(declared, compiled.known.recorded)
        compiled.worked_out["flows"] = found
    return found


class Declared(Mapping[str, Declaration]):
    """The series that Prometheus has of the declared metrics, by name."""

    def __init__(self, settings: Settings, metrics: Mapping[str, Metric]) -> None:
        self._target = settings.target_labels
        self._metrics = metrics

    def __getitem__(self, name: str) -> Declaration:
        metric = metric_of(name, self._metrics)
        if metric is None:
            if name == "up":
                return Declaration(possible=self._target)
            raise KeyError(name)
        possible = self._target
        if name == f"{metric.name}_bucket":
            possible = (*possible, "le")
        if metric.type == "summary" and name == metric.name:
            possible = (*possible, "quantile")
        return Declaration(metric.labels, possible)

    def __iter__(self) -> Iterator[str]:
        yield "up"
        for metric in self._metrics.values():
            yield metric.name
            for suffix, types in _OF_PARTS.items():
                if metric.type in types:
                    yield metric.name + suffix

    def __len__(self) -> int:
        return sum(1 for _ in self)


def metric_of(name: str, metrics: Mapping[str, Metric]) -> Metric | None:
    """The declared metric whose series has this name."""
    if name in metrics:
        return metrics[name]
    for suffix, types in _OF_PARTS.items():
        metric = metrics.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
        if metric is not None and metric.type in types:
            return metric
    return None
