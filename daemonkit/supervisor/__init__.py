"""Launches Prometheus, Alertmanager and exporters as services of a product, and keeps them running.

    from daemonkit.supervisor import Service, Supervisor

    node = Service("node_exporter", ("prometheus-node-exporter",), scrape="127.0.0.1:9100")
    with Supervisor({"platform": "p1", "host": "h1"}) as supervisor:
        supervisor.start(node)
        supervisor.wait_ready(30)

From a file: the command `tocsin-supervise`.
"""

from daemonkit.supervisor.service import HUP, RESTART, Service
from daemonkit.supervisor.supervisor import Supervisor

__all__ = ["HUP", "RESTART", "Service", "Supervisor"]
