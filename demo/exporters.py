"""The exporters of the demo's one host, which is the machine it runs on."""

from pathlib import Path

import yaml

from demo.parts import HOST_NAME, PLATFORM, Parts, program
from demo.ports import free_address
from demo.process import Program
from demo.targets import register

# Which processes are a service, and what it is called: our daemons by their name on the command
# line, the rest by the name of the program.
_SERVICES = {
    "process_names": [
        {"name": "{{.Matches.Name}}", "cmdline": [r"demo\.daemon (?P<Name>\w+)"]},
        {"name": "relay", "cmdline": [r"tocsin-relay"]},
        {
            "name": "{{.ExeBase}}",
            "exe": ["prometheus", "alertmanager", "prometheus-alertmanager"],
        },
    ]
}


def node_exporter(parts: Parts) -> Program:
    address = free_address(9100)
    command = [
        program("node_exporter", "prometheus-node-exporter"),
        f"--web.listen-address={address}",
    ]
    _register(parts, "node_exporter", address)
    return Program("node_exporter", command, f"http://{address}/metrics")


def process_exporter(parts: Parts) -> Program:
    address = free_address(9256)
    configuration = parts.state / "process-exporter.yml"
    configuration.write_text(yaml.safe_dump(_SERVICES))
    command: list[str | Path] = [
        program("process-exporter", "prometheus-process-exporter"),
        "-config.path", configuration, "-web.listen-address", address,
    ]  # fmt: skip
    _register(parts, "process-exporter", address)
    return Program("process-exporter", command, f"http://{address}/metrics")


def _register(parts: Parts, service: str, address: str) -> None:
    # An exporter cannot register itself: who starts it does.
    register(parts.targets, service, address, platform=PLATFORM, host=HOST_NAME)
