"""Expressions analysed in tests."""

from tocsin.flows import Declared
from tocsin.model import Metric, Settings
from tocsin.promql.flow import Analysis, Flows

METRICS = {
    "cpu_total": Metric("cpu_total", "counter", labels=("cpu", "mode")),
    "size": Metric("size", "gauge"),
    "lat": Metric("lat", "histogram", labels=("path",)),
    "quant": Metric("quant", "summary"),
}


DECLARED = Declared(Settings(target_labels=("job", "host")), METRICS)


def analysed(expr: str) -> Analysis:
    analysis = Flows().of(expr)
    assert analysis is not None, expr
    return analysis
