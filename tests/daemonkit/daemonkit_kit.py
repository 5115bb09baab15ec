"""A real Prometheus that watches a folder of registrations, with the starter catalogue's rules."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import yaml

from daemonkit.folder import Folder, Registration

ROOT = Path(__file__).resolve().parents[2]
FOUND_SECONDS = 5.0  # what is promised; on a loaded machine a test has more patience
PATIENCE_SECONDS = 40.0


def until(condition: Callable[[], object], what: str) -> float:
    """Waits until it holds, and says for how long that took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < PATIENCE_SECONDS, f"{what}: not seen"
        time.sleep(0.05)
    return time.monotonic() - started


class Watching:
    """Prometheus at work; leaving the block stops it. An hour of the rules takes a minute."""

    def __init__(self, program: Path, state: Path, config: dict[str, Any]) -> None:
        """`config`: what prometheus.yml has but for the rules, intervals and the folder."""
        self.state = state
        self.targets = state / "targets"
        self._compile()
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(state / "compiled" / "prometheus" / "*.rules.yml")]
        for scrape in config["scrape_configs"]:
            for discovery in scrape.get("file_sd_configs", ()):
                discovery["files"] = [str(self.targets / "*.json")]
        (state / "prometheus.yml").write_text(yaml.safe_dump(config))
        self.targets.mkdir()
        self._program = program

    def _compile(self) -> None:
        command = [Path(sys.executable).with_name("tocsin"), "build", ROOT / "rules"]
        options = ["--out", self.state / "compiled", "--time-lapse", "60"]
        subprocess.run([*command, *options], check=True, capture_output=True, cwd=ROOT)

    def __enter__(self) -> Self:
        self._port = free_port()
        command = [
            self._program, f"--config.file={self.state / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.state / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
        ]  # fmt: skip
        with (self.state / "prometheus.log").open("w") as log:
            self._process = subprocess.Popen(command, stderr=log)
        until(lambda: self._get("/-/ready") is not None, "Prometheus")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)

    def _get(self, path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._port}{path}", timeout=5
            ) as answer:
                body: bytes = answer.read()
                return body
        except OSError:
            return None

    def query(self, expression: str) -> dict[str, float]:
        """Values by their `service` label."""
        body = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        found = json.loads(body or b'{"data": {"result": []}}')["data"]["result"]
        return {each["metric"].get("service", ""): float(each["value"][1]) for each in found}

    def is_target(self, service: str) -> bool:
        body = json.loads(self._get("/api/v1/targets?state=active") or b"{}")
        targets = body.get("data", {}).get("activeTargets", [])
        return any(each["labels"].get("service") == service for each in targets)

    def rises(self, counter: str) -> bool:
        return any(self.query(f"rate({counter}[5s]) > 0"))

    def fires(self, alert: str, service: str) -> bool:
        expression = f'ALERTS{{alertname="{alert}", alertstate="firing", service="{service}"}}'
        return service in self.query(expression)

    def registration(self, service: str) -> Registration | None:
        found = Folder(self.targets).registrations()
        return next((each for each in found if each.label("service") == service), None)

    def environment(self, **more: str) -> dict[str, str]:
        """Of a daemon that is to be found."""
        return {**os.environ, "TOCSIN_TARGETS": str(self.targets), **more}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
