"""The programs of the whole chain, and their configuration: everything under one state folder.

The automated end-to-end tests run the same parts with other rules and intervals.
"""

import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from daemonkit import KitError
from daemonkit.supervisor import Service
from demo.ports import free_address

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools" / "bin"
PLATFORM = "p1"
HOST_NAME = "h1"


@dataclass
class Parts:
    """Where each part listens and keeps its files; methods say how to run each."""

    state: Path

    def __post_init__(self) -> None:
        self.prometheus_address = free_address(9090)
        self.alertmanager_address = free_address(9093)
        self.relay_address = free_address(9095)
        self.compiled = self.state / "compiled"
        self.targets = self.state / "targets"
        self.platform = self.state / "platform"
        self.troubles = self.platform / "troubles"
        self.events_address = free_address()
        self.targets.mkdir(parents=True)
        self._token = secrets.token_urlsafe(24)
        self._token_file = self.state / "relay-token"
        self._token_file.write_text(self._token)
        self._token_file.chmod(0o600)

    @property
    def prometheus_url(self) -> str:
        return f"http://{self.prometheus_address}"

    @property
    def alertmanager_url(self) -> str:
        return f"http://{self.alertmanager_address}"

    @property
    def relay_url(self) -> str:
        return f"http://{self.relay_address}"

    @property
    def sandbox_api(self) -> str:
        """The API of the sandbox that is built into the relay."""
        return f"{self.relay_url}/sandbox/api/"

    def compile(self, rules: Path, *options: str) -> None:
        """Runs `tocsin build`, the way anybody would; raises KitError with what it says."""
        command = [
            script("tocsin"), "build", str(rules), "--out", str(self.compiled),
            "--relay-url", f"{self.relay_url}/v1/alertmanager",
            "--credentials-file", str(self._token_file), *options,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        if done.returncode:
            raise KitError(f"`tocsin build` refuses {rules}:\n{done.stdout}{done.stderr}")

    def prometheus(self, interval: str) -> Service:
        """Prometheus with deploy/prometheus.yml, at our addresses and with a short interval."""
        configuration = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())
        configuration["global"] = {"scrape_interval": interval, "evaluation_interval": interval}
        configuration["rule_files"] = [str(self.compiled / "prometheus" / "*.rules.yml")]
        alertmanagers = [{"static_configs": [{"targets": [self.alertmanager_address]}]}]
        configuration["alerting"] = {"alertmanagers": alertmanagers}
        addresses = {
            "prometheus": self.prometheus_address,
            "alertmanager": self.alertmanager_address,
            "relay": self.relay_address,
        }
        for scrape in configuration["scrape_configs"]:
            if "file_sd_configs" in scrape:
                scrape["file_sd_configs"] = [{"files": [str(self.targets / "*.json")]}]
            for targets in scrape.get("static_configs", ()):
                targets["targets"] = [addresses[targets["labels"]["service"]]]
        file = self.state / "prometheus.yml"
        file.write_text(yaml.safe_dump(configuration, sort_keys=False))
        command = [
            program("prometheus"), f"--config.file={file}",
            f"--storage.tsdb.path={self.state / 'prometheus'}",
            f"--web.listen-address={self.prometheus_address}",
            f"--web.external-url={self.prometheus_url}",
        ]  # fmt: skip
        return Service("prometheus", tuple(command), ready=f"{self.prometheus_url}/-/ready")

    def alertmanager(self) -> Service:
        command = [
            program("alertmanager", "prometheus-alertmanager"),
            f"--config.file={self.compiled / 'alertmanager' / 'alertmanager.yml'}",
            f"--storage.path={self.state / 'alertmanager'}",
            f"--web.listen-address={self.alertmanager_address}",
            f"--web.external-url={self.alertmanager_url}",
            "--cluster.listen-address=",
        ]  # fmt: skip
        return Service("alertmanager", tuple(command), ready=f"{self.alertmanager_url}/-/ready")

    def relay(self, slack_api_url: str = "") -> Service:
        """The relay: with its built-in sandbox, or speaking to a Slack, by URL, that runs apart."""
        environment = {
            "RELAY_LISTEN": self.relay_address,
            "RELAY_DATABASE_URL": f"sqlite:///{self.state / 'relay.sqlite'}",
            "RELAY_WEBHOOK_TOKEN": self._token,
        }
        if slack_api_url:
            environment |= {"SLACK_BOT_TOKEN": "xoxb-demo", "SLACK_API_URL": slack_api_url}
        routes = (self.compiled / "relay" / "routes.yaml").read_text(encoding="utf-8")
        config = self.state / "relay.yaml"
        config.write_text(f"{routes}alertmanagers: ['{self.alertmanager_url}']\n", encoding="utf-8")
        command = (script("tocsin-relay"), "serve", "--config", str(config))
        ready = f"{self.relay_url}/readyz"
        return Service("relay", command, environment=environment, ready=ready)

    def slack(self) -> tuple[Service, str]:
        """Slack's stand-in as a program of its own, and the URL of its API."""
        address = free_address()
        command = (script("tocsin-relay"), "sandbox", "--listen", address)
        return Service("slack", command, ready=f"http://{address}/"), f"http://{address}/api/"

    def daemon(self, service: str) -> Service:
        """A daemon of the demo platform, which registers itself."""
        command = (
            sys.executable, "-m", "demo.daemon", service,
            "--state", str(self.platform), "--events", self.events_address,
        )  # fmt: skip
        environment = {
            "PYTHONPATH": str(ROOT),
            "TOCSIN_METRICS": str(ROOT / "rules" / "metrics"),
            "TOCSIN_TARGETS": str(self.targets),
            "TOCSIN_PLATFORM": PLATFORM,
            "TOCSIN_HOST": HOST_NAME,
        }
        return Service(service, command, environment=environment)

    @property
    def source(self) -> Service:
        """What drops files from outside, for the aggregator to read."""
        return self.daemon("source")


def script(name: str) -> str:
    """A command of the project's own, of the environment that runs us."""
    return str(Path(sys.executable).with_name(name))


def program(*names: str) -> str:
    """The path of a real program by the first of its names that .tools/bin or PATH has."""
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    raise KitError(f"{names[0]} is neither in .tools/bin nor on PATH: run `make tools`")
