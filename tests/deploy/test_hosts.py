"""systemd units and Kubernetes manifests, judged by schemas and by what the relay takes."""

import configparser
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from relay.cli import SETTINGS

MANIFESTS = sorted(
    path.relative_to(Path(__file__).resolve().parents[2]).as_posix()
    for path in (Path(__file__).resolve().parents[2] / "deploy" / "kubernetes").rglob("*.yaml")
)
HOME = {"kustomization.yaml", "routes.yaml"}


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


@pytest.mark.parametrize("name", [name for name in MANIFESTS if Path(name).name not in HOME])
def test_manifests_are_what_kubernetes_takes(root: Path, name: str) -> None:
    found = documents(root / name)
    assert found
    for one in found:
        kubernetes_validate.validate(one, "1.31", strict=True)


@pytest.mark.parametrize(
    "name", [name for name in MANIFESTS if name.endswith("kustomization.yaml")]
)
def test_a_kustomization_names_what_is_there(root: Path, name: str) -> None:
    folder = (root / name).parent
    (content,) = documents(root / name)
    for resource in content["resources"]:
        assert (folder / resource).exists(), resource
    for made in content.get("configMapGenerator", ()):
        for file in made["files"]:
            assert (folder / file).is_file(), file


@pytest.mark.parametrize("name", [name for name in MANIFESTS if Path(name).name not in HOME])
def test_pods_are_least_privileged_and_can_be_judged(root: Path, name: str) -> None:
    for one in documents(root / name):
        if one["kind"] not in {"Deployment", "StatefulSet"}:
            continue
        pod = one["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"]
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert container["livenessProbe"]
            assert container["readinessProbe"]
            for entry in container["env"]:
                word = entry["name"].removesuffix("_FILE")
                assert word in SETTINGS, entry["name"]


def test_the_unit_starts_what_is_installed_and_keeps_secrets_in_files(root: Path) -> None:
    text = (root / "deploy/systemd/tocsin-relay.service").read_text()
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # the documented way to keep the case
    unit.read_string(text)
    service = unit["Service"]
    assert service["ExecStart"].startswith("/opt/tocsin/bin/tocsin-relay serve --config ")
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    credentials = set(re.findall(r"^LoadCredential=([\w-]+):", text, re.M))
    named = dict(re.findall(r"^Environment=(\w+)_FILE=%d/([\w-]+)$", text, re.M))
    assert set(named.values()) == credentials
    assert all(name in SETTINGS for name in named)
    for guard in ("NoNewPrivileges", "DynamicUser", "ProtectSystem", "PrivateTmp"):
        assert service[guard] in {"yes", "strict"}
