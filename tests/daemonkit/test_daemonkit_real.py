"""`tocsin-supervise` with the real programs: found, labelled, reloaded, restarted, gone."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from daemonkit_kit import ROOT, free_port, until

pytestmark = pytest.mark.real

SUPERVISE = Path(sys.executable).with_name("tocsin-supervise")
LONG = "loader-of-the-call-records"  # Linux knows it as "loader-of-the-c"


class Monitoring:
    """A product's monitoring, as docs/supervisor.md has it, on ports and in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {
            name: free_port()
            for name in ("prometheus", "alertmanager", "node_exporter", "process-exporter")
        }
        shutil.copy(shutil.which("sleep") or "", folder / LONG)
        guide = (ROOT / "docs" / "supervisor.md").read_text()
        self._write(
            "services.yaml", self._services(re.findall(r"```yaml\n(.*?)```", guide, re.S)[0])
        )
        self._write("alertmanager.yml", {"route": {"receiver": "x"}, "receivers": [{"name": "x"}]})
        self.configure("1s")

    def _services(self, example: str) -> dict[str, Any]:
        for name, usual in zip(self.ports, (9090, 9093, 9100, 9256), strict=True):
            example = example.replace(f":{usual}", f":{self.ports[name]}")
        for program in ("alertmanager", "node-exporter", "process-exporter"):
            ours = program.replace("node-", "node_")
            example = example.replace(f"[prometheus-{program},", f"[{ours},")
            example = example.replace(f"- prometheus-{program}\n", f"- {ours}\n")
        data: dict[str, Any] = yaml.safe_load(
            re.sub(
                r"/(etc|var/lib|var/log)(/prometheus|/alertmanager|/tocsin)?",
                str(self.folder),
                example,
            )
        )
        data["host"] = "h1"
        data["services"][LONG] = {"command": [str(self.folder / LONG), "600"]}
        data["processes"]["services"][LONG] = {}
        return data

    def _write(self, name: str, data: object) -> None:
        (self.folder / name).write_text(yaml.safe_dump(data))

    def configure(self, interval: str) -> None:
        """Writes deploy/prometheus.yml with our addresses."""
        data = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())
        data["global"]["scrape_interval"] = interval
        del data["rule_files"], data["alerting"]
        data["scrape_configs"] = data["scrape_configs"][:1]
        data["scrape_configs"][0]["file_sd_configs"][0]["files"] = [f"{self.folder}/targets/*.json"]
        self._write("prometheus.yml", data)

    def ask(self, path: str, **parameters: str) -> Any:
        url = f"http://127.0.0.1:{self.ports['prometheus']}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)["data"]
        except OSError:
            return {"result": [], "yaml": ""}

    def labels(self, expression: str) -> list[dict[str, str]]:
        return [each["metric"] for each in self.ask("/api/v1/query", query=expression)["result"]]

    def pids(self) -> dict[str, int]:
        """By the program's file, of all that has our folder in its command line."""
        found = {}
        for each in Path("/proc").glob("[0-9]*"):
            try:
                line = (each / "cmdline").read_text()
            except OSError:
                continue
            if str(self.folder) in line:
                found[Path(line.partition("\0")[0]).name] = int(each.name)
        return found


@pytest.fixture
def monitoring(
    prometheus: Path, alertmanager: Path, node_exporter: Path, tmp_path: Path
) -> Iterator[Monitoring]:
    made = Monitoring(tmp_path)
    with subprocess.Popen([SUPERVISE, "services.yaml"], cwd=tmp_path) as process:
        try:
            yield made
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
            assert list((tmp_path / "targets").iterdir()) == []
        finally:
            process.kill()
    until(lambda: not made.pids(), "the end of all")


def test_what_a_product_ships_is_watched_reloaded_and_restarted(monitoring: Monitoring) -> None:
    expected = {"supervisor", "node_exporter", "process-exporter"}

    def services() -> set[str | None]:
        return {each.get("service") for each in monitoring.labels("up == 1")}

    until(lambda: services() == expected, "all targets")
    assert all(
        each["platform"] == "p1" and each["host"] == "h1" for each in monitoring.labels("up == 1")
    )

    counted = f'namedprocess_namegroup_num_procs{{service="{LONG}"}} > 0'
    until(lambda: monitoring.labels(counted), "a service whose name is cut")
    (labels,) = monitoring.labels(counted)
    assert labels["platform"] == "p1"
    assert labels["host"] == "h1"
    assert "groupname" not in labels
    named = {each["service"] for each in monitoring.labels("namedprocess_namegroup_num_procs > 0")}
    assert named >= {"prometheus", LONG}

    monitoring.configure("2s")
    until(
        lambda: "scrape_interval: 2s" in monitoring.ask("/api/v1/status/config")["yaml"],
        "the new configuration",
    )

    os.kill(monitoring.pids()["prometheus"], signal.SIGKILL)
    started = 'tocsin_supervisor_program_starts_total{program="prometheus"} == 2'
    until(lambda: monitoring.labels(started), "Prometheus itself, started again, telling so")
