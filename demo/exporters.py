"""The exporters of the demo's one host, which is the machine it runs on.

They cannot register themselves: the supervisor, which starts them, does.
"""

from pathlib import Path

from daemonkit.processes import Match, configuration
from daemonkit.supervisor import Service
from demo.parts import Parts, program
from demo.ports import free_address

# Which processes are a service: scripts by their command line, programs by their file, which is
# called differently from one distribution to the next.
SERVICES = {
    "source": Match(cmdline=r"demo\.daemon source"),
    "aggregator": Match(cmdline=r"demo\.daemon aggregator"),
    "scenario": Match(cmdline=r"demo\.daemon scenario"),
    "relay": Match(cmdline=r"tocsin-relay serve"),
    "prometheus": Match(cmdline=r"^\S*/prometheus "),
    "alertmanager": Match(cmdline=r"^\S*alertmanager "),
    "node_exporter": Match(cmdline=r"^\S*node.exporter "),
    "process-exporter": Match(cmdline=r"^\S*process-exporter "),
}


def node_exporter(parts: Parts) -> Service:
    address = free_address(9100)
    path = program("node_exporter", "prometheus-node-exporter")
    return _exporter("node_exporter", address, path, f"--web.listen-address={address}")


def process_exporter(parts: Parts) -> Service:
    address = free_address(9256)
    file = parts.state / "process-exporter.yml"
    file.write_text(configuration(SERVICES), encoding="utf-8")
    path = program("process-exporter", "prometheus-process-exporter")
    arguments = ("-config.path", str(file), "-web.listen-address", address)
    return _exporter("process-exporter", address, path, *arguments)


def _exporter(name: str, address: str, *command: str | Path) -> Service:
    ready = f"http://{address}/metrics"
    return Service(name, tuple(map(str, command)), ready=ready, scrape=address)
