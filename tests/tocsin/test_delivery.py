"""The way of an alert as it is followed here, and as amtool, Alertmanager and the relay say."""

import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from relay.config.file import read as read_relay
from tocsin import delivery, emit, pipeline
from tocsin.emit import names
from tocsin.model import Alert
from tocsin.promql.text import quoted

TREE: dict[str, Any] = {
    "receiver": "top",
    "group_by": ["alertname"],
    "routes": [
        {"matchers": ['severity=~"critical|page"'], "receiver": "pager", "continue": True},
        {
            "matchers": ['team="a"', 'env!="test"'],
            "routes": [
                {"matchers": ['service=~"db.*"'], "receiver": "a-db"},
                {"matchers": ['service!~"web|api"', 'quoted="say \\"hi\\""'], "receiver": "a-odd"},
            ],
        },
        {"matchers": ['team=~"a|b"'], "receiver": "ab"},
        {"matchers": ['absent=""', 'team="c"'], "receiver": "c", "continue": True},
        {"matchers": ['team="c"'], "receiver": "c2"},
    ],
}
ALERTS: list[dict[str, str]] = [
    {"alertname": "X"},
    {"severity": "critical"},
    {"severity": "critical", "team": "a", "service": "db1"},
    {"severity": "criticality", "team": "a"},
    {"team": "a", "service": "web"},
    {"team": "a", "env": "test"},
    {"team": "a", "quoted": 'say "hi"', "service": "x"},
    {"team": "a", "quoted": 'say "hi"', "service": "api"},
    {"team": "b", "severity": "page"},
    {"team": "c"},
    {"team": "c", "absent": "x", "severity": "page"},
]


def receivers(amtool: Path, config: Path, labels: dict[str, str]) -> list[str]:
    """What amtool says."""
    command = [amtool, "config", "routes", "test", f"--config.file={config}"]
    command += [f"{name}={quoted(value)}" for name, value in labels.items()]  # paths and text
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip().split(",")


def test_routes_are_followed_as_amtool_does(amtool: Path, tmp_path: Path) -> None:
    known = ["top", "pager", "a-db", "a-odd", "ab", "c", "c2"]
    config = {"route": TREE, "receivers": [{"name": name} for name in known]}
    path = tmp_path / "am.yml"
    path.write_text(yaml.safe_dump(config))
    for labels in ALERTS:
        ours = [route["receiver"] for route in delivery.routes(TREE, labels)]
        assert ours == receivers(amtool, path, labels), labels


def test_what_is_no_matcher_is_refused() -> None:
    with pytest.raises(ValueError, match="not a matcher"):
        delivery.matches(["nonsense"], {})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the starter catalogue compiles to."""
    rules = Path(__file__).parents[2] / "rules"
    return emit.files(pipeline.run((rules,)).compiled)


def starter() -> list[Alert]:
    rules = Path(__file__).parents[2] / "rules"
    return list(pipeline.run((rules,)).compiled.alerts)


def test_every_alert_of_the_starter_catalogue_reaches_its_owner(
    amtool: Path, built: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "am.yml"
    path.write_text(built[names.ALERTMANAGER_FILE])
    (tmp_path / "routes.yaml").write_text(built[names.ROUTES_FILE])
    tree = yaml.safe_load(built[names.ALERTMANAGER_FILE])["route"]
    config = yaml.safe_load(built[names.ROUTES_FILE])
    relay = read_relay(str(tmp_path / "routes.yaml"))
    seen: set[tuple[str, str]] = set()
    for alert in starter():
        labels = {"alertname": alert.name, **alert.labels}
        if (alert.name, labels["owner"]) in seen:
            continue
        seen.add((alert.name, labels["owner"]))
        ours = [route["receiver"] for route in delivery.routes(tree, labels)]
        assert ours == receivers(amtool, path, labels) == [names.RECEIVER]
        beats = alert.rule.kind == "heartbeat"
        assert delivery.is_heartbeat(config, labels) == beats == bool(relay.heartbeat(labels))
        owner = alert.rule.owner
        expected = next(r["channel"] for r in config["routes"] if r["match"] == {"owner": owner})
        assert delivery.channel(config, labels) == expected == relay.route_for(labels).channel
    assert len(seen) > 20


def test_the_relay_agrees_on_other_routes(tmp_path: Path) -> None:
    config = {
        "version": 1,
        "default_channel": "#all",
        "routes": [
            {"match": {"owner": ["a", "b"]}, "match_re": {"env": "prod.*"}, "channel": "#ab"},
            {"match": {"owner": ""}, "channel": "#nobody"},
        ],
    }
    path = tmp_path / "routes.yaml"
    path.write_text(yaml.safe_dump(config))
    relay = read_relay(str(path))
    for labels in ({"owner": "a"}, {"owner": "b", "env": "prod1"}, {"env": "prod"}, {"owner": "c"}):
        assert delivery.channel(config, labels) == relay.route_for(labels).channel


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def alertmanager_url(alertmanager: Path, tmp_path: Path) -> Iterator[str]:
    """A real Alertmanager with the configuration of rules that wait for each other."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "catalogue.yaml").write_text("version: 1\n")
    (rules / "a.yaml").write_text(
        "group: a\nrules:\n"
        "  - {alert: A, expr: max by (host) (x) > 1, unless: B}\n"
        "  - {alert: B, expr: max by (host) (y) > 1, unless: A}\n"
        "  - {alert: C, expr: max by (host) (z) > 1, unless: A}\n"
        "  - alert: D\n"
        "    threshold: {value: max by (host) (d), above: {warning: {at: 1}, critical: {at: 2}}}\n"
    )
    outcome = pipeline.run((rules,))
    assert [problem.check for problem in outcome.result.problems] == ["route/inhibition"]
    config = emit.files(outcome.compiled)[names.ALERTMANAGER_FILE]
    (tmp_path / "am.yml").write_text(config)
    port = free_port()
    command = [
        alertmanager,
        f"--config.file={tmp_path}/am.yml",
        f"--storage.path={tmp_path}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    url = f"http://127.0.0.1:{port}"
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            wait_for(lambda: requests.get(f"{url}/-/ready", timeout=2).ok)
            yield url
        finally:
            process.terminate()


def wait_for(ready: Any) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if ready():
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise AssertionError("it never came")


def test_what_is_muted_is_what_alertmanager_mutes(alertmanager_url: str, tmp_path: Path) -> None:
    """Also: two that wait for each other are both muted, which is why that is an error."""
    firing: list[dict[str, str]] = [
        {"alertname": "A", "host": "1"},
        {"alertname": "B", "host": "1"},
        {"alertname": "B", "host": "2"},
        {"alertname": "C", "host": "1"},
        {"alertname": "C", "host": "2"},
        {"alertname": "D", "host": "1", "severity": "warning"},
        {"alertname": "D", "host": "1", "severity": "critical"},
        {"alertname": "D", "host": "2", "severity": "warning"},
    ]
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    posted = [{"labels": labels, "endsAt": ends} for labels in firing]
    requests.post(f"{alertmanager_url}/api/v2/alerts", json=posted, timeout=10).raise_for_status()
    rules = yaml.safe_load((tmp_path / "am.yml").read_text())["inhibit_rules"]

    def told() -> list[dict[str, str]]:
        found = requests.get(f"{alertmanager_url}/api/v2/alerts", timeout=10).json()
        assert len(found) == len(firing)
        return [alert["labels"] for alert in found if alert["status"]["state"] == "active"]

    ours = [labels for labels in firing if not delivery.muted(rules, labels, firing)]
    assert ours == [firing[2], firing[4], firing[6], firing[7]]

    def agree() -> bool:
        return sorted(told(), key=str) == sorted(ours, key=str)

    wait_for(agree)
