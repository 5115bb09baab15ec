"""What a product's daemon needs to be watched: declare metrics, expose them, be found.

from daemonkit import declare, expose

metrics = declare("flows.yaml")
events = metrics.counter("flow_events_total", "flow").labels(flow="cdr")
with expose(service="aggregator", platform="p1"):
    events.inc()
"""

from daemonkit.declaration import Labelled, Metrics, declare
from daemonkit.exposure import expose
from daemonkit.problem import FileError, KitError

__all__ = ["FileError", "KitError", "Labelled", "Metrics", "declare", "expose"]
