"""Input folder to output folder, compared file by file and judged by promtool and amtool."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tocsin import emit, pipeline
from tocsin.cli import cli
from tocsin.emit import names
from tocsin.testing import generate, promtool_files

GOLDEN = Path(__file__).parent / "golden"
ALERTMANAGER = "alertmanager/alertmanager.yml"


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    outcome = pipeline.run((GOLDEN / "input",))
    assert not outcome.has_errors, outcome.result.problems
    tests = generate.tests(outcome.compiled).generated
    return emit.files(outcome.compiled) | promtool_files.files(outcome.compiled, tests)


@pytest.fixture(scope="module")
def built(files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_output_is_as_reviewed(files: dict[str, str]) -> None:
    expected = GOLDEN / "output"
    if os.environ.get("UPDATE_GOLDEN"):
        shutil.rmtree(expected, ignore_errors=True)
        for name, content in files.items():
            (expected / name).parent.mkdir(parents=True, exist_ok=True)
            (expected / name).write_text(content)
    found = {p.relative_to(expected).as_posix(): p.read_text() for p in expected.rglob("*.y*ml")}
    assert files == found


def test_output_is_the_same_from_any_folder(files: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / "input", tmp_path / "elsewhere" / "input")
    out = tmp_path / "out"
    done = CliRunner().invoke(
        cli, ["build", str(tmp_path / "elsewhere/input"), "--out", str(out), "--generated-tests"]
    )
    assert done.exit_code == 0, done.output
    written = (path for path in out.rglob("*") if path.suffix in {".yml", ".yaml"})
    assert {path.relative_to(out).as_posix(): path.read_text() for path in written} == files


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )


def test_promtool_takes_the_rules(promtool: Path, built: Path) -> None:
    done = run(promtool, "check", "rules", *sorted((built / "prometheus").iterdir()))
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_runs_the_tests(promtool: Path, built: Path) -> None:
    done = run(promtool, "test", "rules", *sorted((built / "tests").iterdir()))
    assert done.returncode == 0, done.stdout + done.stderr


def test_amtool_takes_the_configuration(amtool: Path, built: Path) -> None:
    done = run(amtool, "check-config", built / ALERTMANAGER)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "labels",
    [["alertname=LoadHigh", "owner=platform"], ["alertname=Watchdog"], ["alertname=NeverHeardOf"]],
)
def test_amtool_routes_everything_to_the_relay(
    amtool: Path, built: Path, labels: list[str]
) -> None:
    done = run(amtool, "config", "routes", "test", f"--config.file={built / ALERTMANAGER}", *labels)
    assert done.stdout.split() == ["tocsin-relay"]


def test_a_higher_tier_mutes_the_lower_only_for_the_same_labels(files: dict[str, str]) -> None:
    rules = yaml.safe_load(files[ALERTMANAGER])["inhibit_rules"]
    disk = [rule for rule in rules if 'alertname="DiskFull"' in rule["source_matchers"]]
    assert disk == [
        {
            "source_matchers": ['alertname="DiskFull"', 'severity="critical"'],
            "target_matchers": ['alertname="DiskFull"', 'severity=~"warning"'],
            # every label that tells two disks apart: /data must not mute /
            "equal": ["host", "instance", "job", "mountpoint", "platform", "service"],
        }
    ]


def test_each_tier_mutes_all_that_are_lower(files: dict[str, str]) -> None:
    rules = yaml.safe_load(files[ALERTMANAGER])["inhibit_rules"]
    load = [rule for rule in rules if 'alertname="LoadHigh"' in rule["source_matchers"]]
    assert [(rule["source_matchers"][1], rule["target_matchers"][1]) for rule in load] == [
        ('severity="critical"', 'severity=~"info|warning"'),
        ('severity="warning"', 'severity=~"info"'),
    ]
    # the labels of the recorded series, less `layer`, which the rule sets itself
    assert [rule["equal"] for rule in load] == [["host"], ["host"]]


def test_a_rule_whose_labels_are_not_known_mutes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "group: a\nrules:\n  - alert: A\n    threshold:\n      value: mystery\n"
        "      above: {warning: {at: 1}, critical: {at: 2}}\n"
    )
    written = emit.files(pipeline.run((tmp_path,)).compiled)
    assert "inhibit_rules" not in written[ALERTMANAGER]


def test_unless_becomes_an_inhibition(files: dict[str, str]) -> None:
    rules = yaml.safe_load(files[ALERTMANAGER])["inhibit_rules"]
    waits = [rule for rule in rules if 'alertname="HostDown"' in rule["source_matchers"]]
    assert waits == [
        {
            "source_matchers": ['alertname="HostDown"'],
            "target_matchers": ['alertname="DiskFull"'],
            "equal": ["host", "instance", "job", "platform", "service"],
        }
    ]


def test_the_relay_takes_its_routes(built: Path) -> None:
    from relay.cli import main

    done = CliRunner().invoke(main, ["check-config", "--config", str(built / "relay/routes.yaml")])
    assert done.exit_code == 0, done.output


def test_a_time_lapse_shrinks_every_duration(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["build", str(GOLDEN / "input"), "--out", str(out), "--time-lapse", "60"]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output
    text = (out / "prometheus" / "apps.flows.rules.yml").read_text()
    assert "[15s]" in text and "[24m] offset 15s" in text and "[1h]" not in text
    assert "for: 10s" in text
    alertmanager = yaml.safe_load((out / ALERTMANAGER).read_text())
    assert alertmanager["route"]["group_wait"] == "1s", "never less than a second"
    assert alertmanager["route"]["repeat_interval"] == "6m"
    host = yaml.safe_load((out / "prometheus" / "host.rules.yml").read_text())["groups"][0]
    assert host["interval"] == "1s"
    assert "avg_over_time(node_load1[5s])" in host["rules"][0]["expr"]
    assert not (out / "tests").exists(), "tests speak of the times that were written"


def test_resources_for_kubernetes_hold_the_same_groups(built: Path) -> None:
    found = sorted((built / "kubernetes").iterdir())
    specs = [yaml.safe_load(path.read_text())["spec"] for path in found]
    files = sorted((built / "prometheus").iterdir())
    assert specs
    assert specs == [yaml.safe_load(path.read_text()) for path in files]
    for path in found:
        assert yaml.safe_load(path.read_text())["metadata"]["name"] == path.stem


def test_promtools_lint_finds_no_duplicates(built: Path, promtool: Path, tmp_path: Path) -> None:
    for catalogue in (GOLDEN / "input", GOLDEN.parents[2] / "rules"):
        done = CliRunner().invoke(cli, ["build", str(catalogue), "--out", str(tmp_path / "out")])
        assert done.exit_code == 0, done.output
        files = (tmp_path / "out" / "prometheus").iterdir()
        checked = run(promtool, "check", "rules", "--lint-fatal", *files)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_catalogue_that_does_not_ask_gets_no_resources() -> None:
    outcome = pipeline.run((GOLDEN.parent / "cases" / "clean",))
    assert not [name for name in emit.files(outcome.compiled) if name.startswith("kubernetes")]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("rules/Host.yaml", "tocsin-host"),
        ("rules/db/pg_main.yaml", "tocsin-db-pg-main"),
        ("rules/été.yaml", "tocsin-t"),
        ("rules/é.yaml", "tocsin-rules"),
        (f"rules/{'x' * 80}.yaml", f"tocsin-{'x' * 56}"),
    ],
)
def test_names_of_resources_are_what_kubernetes_takes(path: str, name: str) -> None:
    assert names.resource_name(path) == name
