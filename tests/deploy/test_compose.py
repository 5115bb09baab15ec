"""docker-compose.yml: by its schema, what it mounts and names, and its files in real programs."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

SERVICES_OF_THE_HOST = {"host.docker.internal", "localhost", "127.0.0.1", "0.0.0.0"}


@pytest.fixture(scope="module")
def compose(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((root / "docker-compose.yml").read_text())
    return found


def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def mounts(service: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = []
    for entry in service.get("volumes", ()):
        source, target, mode, *_ = [*entry.split(":"), ""]
        found.append((source, target, mode))
    return found


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from strings(key)
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str):
        yield value


def test_it_is_valid_by_the_compose_specification(root: Path) -> None:
    done = subprocess.run(
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_that_is_mounted_exists(root: Path, compose: dict[str, Any]) -> None:
    seen = 0
    for name, service in services(compose).items():
        for source, _target, mode in mounts(service):
            if source.startswith("."):
                seen += 1
                assert (root / source).exists(), f"{name}: {source}"
                assert mode == "ro", f"{name}: {source} can be written"
            elif not source.startswith("/"):
                assert source in compose["volumes"], f"{name}: {source}"
    assert seen > 5


def test_every_volume_is_used(compose: dict[str, Any]) -> None:
    used = {mount[0] for service in services(compose).values() for mount in mounts(service)}
    assert set(compose["volumes"]) <= used


def test_every_image_is_pinned(compose: dict[str, Any], root: Path) -> None:
    for name, service in services(compose).items():
        image = service["image"]
        if image.startswith("tocsin:"):
            assert service["build"]
            continue
        assert re.fullmatch(r"[\w./-]+:v?\d+(\.\d+)+[\w.-]*", image), f"{name}: {image}"
    assert re.search(r"^ARG PYTHON=\d+\.\d+\.\d+-", (root / "Dockerfile").read_text(), re.M)


def test_there_is_no_secret_inside(root: Path) -> None:
    text = (root / "docker-compose.yml").read_text() + (root / ".env.example").read_text()
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"):
        assert re.findall(rf"{name}[=:] *(\S*)", text), name
        assert set(re.findall(rf"{name}[=:] *(\S*)", text)) <= {"", f"${{{name}:-}}"}
    assert not re.search(r"xox[abp]-|password: *\w", text, re.I)


def test_everything_listens_on_this_machine_only(compose: dict[str, Any]) -> None:
    for name, service in services(compose).items():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), f"{name}: {port}"


def test_every_service_that_stays_can_be_judged(compose: dict[str, Any], root: Path) -> None:
    dockerfile = (root / "Dockerfile").read_text()
    assert "HEALTHCHECK --interval" in dockerfile
    judged = {"node_exporter", "process_exporter", "setup"}  # judged by `up`, or ends; as the demo
    for name, service in services(compose).items():
        own = service["image"].startswith("tocsin:")
        assert "healthcheck" in service or own or name in judged, name


def test_ours_run_without_privileges(compose: dict[str, Any], root: Path) -> None:
    for service in services(compose).values():
        if service["image"].startswith("tocsin:"):
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
            assert "no-new-privileges:true" in service["security_opt"]
    assert "USER 65534:65534" in (root / "Dockerfile").read_text()


def test_every_address_names_a_service(root: Path, compose: dict[str, Any]) -> None:
    names = set(services(compose)) | SERVICES_OF_THE_HOST
    found = set()
    config = yaml.safe_load((root / "deploy" / "prometheus.yml").read_text())
    for text in strings([config, *(s.get("environment", {}) for s in services(compose).values())]):
        if match := re.fullmatch(r"(?:\w+://)?(?:\w+@)?([a-z_.0-9]+):\d+(/.*)?", text):
            found.add(match[1])
    for file in ("provisioning/datasources/prometheus.yml",):
        text = (root / "deploy" / "grafana" / file).read_text()
        found |= set(re.findall(r"http://([a-z_.]+):\d+", text))
    setup = (root / "deploy" / "compose" / "setup.sh").read_text()
    found |= set(re.findall(r"http://([a-z_.]+):\d+", setup))
    found |= set(re.findall(r'"([a-z_.]+):\d+"', setup))
    assert {"alertmanager", "relay", "prometheus", "process_exporter"} <= found
    assert found <= names


def test_what_the_image_copies_is_there_and_not_ignored(root: Path) -> None:
    allowed = {
        line[1:] for line in (root / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    copied = set()
    for line in (root / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            copied |= set(line.split()[1:-1])
    assert copied <= allowed
    assert all((root / name).exists() for name in copied)
    packages = re.search(r"only-include = \[(.*)\]", (root / "pyproject.toml").read_text())
    assert packages
    assert set(re.findall(r'"(\w+)"', packages[1])) <= copied  # what the wheel is built from


@pytest.fixture(scope="module")
def stand_in(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that stands for /, as `setup` leaves the volumes."""
    folder = tmp_path_factory.mktemp("root")
    for name in ("run/tocsin", "var/lib/tocsin", "var/lib/targets", "etc/tocsin/docs"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(root / "rules", folder / "etc/tocsin/rules")
    shutil.copytree(root / "docs/runbooks", folder / "etc/tocsin/docs/runbooks")
    environment = {**os.environ, "TOCSIN_ROOT": str(folder), "PLATFORM": "p9", "HOST": "h9"}
    for _ in range(2):  # again after a change: secrets stay
        done = subprocess.run(
            ["sh", str(root / "deploy/compose/setup.sh")],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        secret = (folder / "run/tocsin/relay-token").read_text()
        (folder / "seen").write_text(secret) if not (folder / "seen").exists() else None
    assert secret == (folder / "seen").read_text()
    return folder


def test_setup_makes_secrets_rules_and_targets(stand_in: Path) -> None:
    assert len((stand_in / "run/tocsin/relay-token").read_text()) >= 32
    assert len((stand_in / "run/tocsin/grafana-admin-password").read_text()) >= 32
    targets = json.loads((stand_in / "var/lib/targets/exporters.json").read_text())
    assert {entry["labels"]["service"] for entry in targets} == {
        "node_exporter",
        "process-exporter",
    }
    assert all(entry["labels"]["platform"] == "p9" for entry in targets)


def test_alertmanager_takes_its_configuration(stand_in: Path, amtool: Path) -> None:
    file = stand_in / "var/lib/tocsin/compiled/alertmanager/alertmanager.yml"
    done = subprocess.run([amtool, "check-config", file], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load(file.read_text())
    (hook,) = config["receivers"][0]["webhook_configs"]
    assert hook["url"] == "http://relay:9095/v1/alertmanager"
    assert hook["http_config"]["authorization"]["credentials_file"] == "/run/tocsin/relay-token"


def test_the_relay_takes_its_configuration(stand_in: Path) -> None:
    file = stand_in / "var/lib/tocsin/compiled/relay/routes.yaml"
    done = subprocess.run(
        ["tocsin-relay", "check-config", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.real
def test_prometheus_runs_with_the_same_file(
    root: Path, stand_in: Path, prometheus: Path, tmp_path: Path
) -> None:
    """With the volumes' places, and nothing else, replaced."""
    text = (root / "deploy/prometheus.yml").read_text()
    text = text.replace("/etc/tocsin/compiled", f"{stand_in}/var/lib/tocsin/compiled")
    text = text.replace("/etc/prometheus/targets", f"{stand_in}/var/lib/targets")
    (tmp_path / "prometheus.yml").write_text(text)
    address = f"127.0.0.1:{_free_port()}"
    process = subprocess.Popen(
        [
            prometheus, f"--config.file={tmp_path}/prometheus.yml",
            f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address={address}",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        give_up = time.monotonic() + 30
        while True:
            try:
                rules = _get(address, "rules")["groups"]
                targets = _get(address, "targets")["activeTargets"]
                if targets:
                    break
            except OSError:
                pass
            assert time.monotonic() < give_up
            time.sleep(0.2)
    finally:
        process.kill()
        process.wait()
    assert {group["name"] for group in rules} >= {"host", "flows", "alerting"}
    found = {target["labels"]["service"] for target in targets}
    assert found >= {"prometheus", "alertmanager", "relay", "node_exporter", "process-exporter"}


def _get(address: str, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://{address}/api/v1/{path}", timeout=5) as answer:
        found: dict[str, Any] = json.load(answer)["data"]
    return found


@pytest.mark.real
def test_the_demos_daemons_run_as_in_their_containers(
    root: Path, compose: dict[str, Any], tmp_path: Path
) -> None:
    """The same commands, but for folders and ports: what they register is what they serve."""
    (tmp_path / "targets").mkdir()
    environment = {
        **os.environ, "TOCSIN_PLATFORM": "p1", "TOCSIN_HOST": "h1", "PYTHONPATH": str(root),
        "TOCSIN_METRICS": str(root / "rules" / "metrics"), "TOCSIN_TARGETS": f"{tmp_path}/targets",
    }  # fmt: skip
    events = f"127.0.0.1:{_free_port()}"
    processes = []
    try:
        for name in ("source", "aggregator", "scenario"):
            command = services(compose)[name]["command"]
            replaced = {
                "python": sys.executable, "/var/lib/demo": str(tmp_path / "demo"),
                "0.0.0.0:9797": events, "aggregator:9797": events, "0.0.0.0:9101": "127.0.0.1:0",
            }  # fmt: skip
            argv = [replaced.get(word, word) for word in command]
            processes.append(subprocess.Popen(argv, cwd=root, env=environment))
        give_up = time.monotonic() + 60
        while len(found := list((tmp_path / "targets").glob("*.json"))) < 2:
            assert time.monotonic() < give_up
            time.sleep(0.2)
        for file in found:
            (target,) = json.loads(file.read_text())
            with urllib.request.urlopen(f"http://{target['targets'][0]}/metrics") as answer:
                assert b"# TYPE " in answer.read()
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
