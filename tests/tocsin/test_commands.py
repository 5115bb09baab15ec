"""The commands: what they write, say and exit with."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands_kit import GOLDEN, RULES, run

from tocsin import cli as cli_module
from tocsin import promtool as runner
from tocsin.checks import CHECKS
from tocsin.load import documentation


def test_build_writes_and_check_agrees(rules: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("build", rules, "--out", out)
    assert done.exit_code == 0, done.output
    assert (
        done.output == f"wrote {out}: 4 files (alertmanager, prometheus, relay, tests), 1 alerts\n"
    )
    assert run("build", rules, "--out", out, "--check").exit_code == 0
    (rules / "a.yaml").write_text(RULES.replace("1m", "2m"))
    stale = run("build", rules, "--out", out, "--check")
    assert stale.exit_code == 1
    assert f"stale: {out / 'prometheus' / 'a.rules.yml'}" in stale.output
    assert "for: 1m" in (out / "prometheus" / "a.rules.yml").read_text(), "--check writes nothing"


def test_build_writes_nothing_when_there_is_an_error(rules: Path, tmp_path: Path) -> None:
    (rules / "b.yaml").write_text("group: b\nrules:\n  - alert: B\n    expr: up ==\n")
    done = run("build", rules, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "b.yaml:4:14: error" in done.output
    assert "nothing was written" in done.output
    assert not (tmp_path / "out").exists()


def test_build_tells_warnings_and_goes_on(rules: Path, tmp_path: Path) -> None:
    labelled = RULES.replace("for: 1m", "for: 1m\n    labels: {severity: page}")
    (rules / "a.yaml").write_text(labelled)
    done = run("build", rules, "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert "warning: `page` is not a severity" in done.output


def test_build_in_json_prints_nothing_else(rules: Path, tmp_path: Path) -> None:
    done = run("build", rules, "--out", tmp_path / "out", "--format", "json")
    assert json.loads(done.stdout)["summary"]["alerts"] == 1


def test_build_takes_addresses_from_the_command_line(rules: Path, tmp_path: Path) -> None:
    options = ("--relay-url", "http://relay:1/x", "--credentials-file", "/run/token")
    assert run("build", rules, "--out", tmp_path / "out", *options).exit_code == 0
    text = (tmp_path / "out" / "alertmanager" / "alertmanager.yml").read_text()
    assert "url: http://relay:1/x" in text and "credentials_file: /run/token" in text


@pytest.mark.parametrize("name", ["missing", "rules/a.yaml/x"])
def test_build_of_nothing_cannot_run(name: str, rules: Path, tmp_path: Path) -> None:
    done = run("build", tmp_path / name, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "does not exist" in done.output


def test_build_leaves_a_folder_alone_that_is_not_its_own(rules: Path, tmp_path: Path) -> None:
    done = run("build", rules, "--out", rules)
    assert done.exit_code == 2
    assert "holds files that no build wrote, such as a.yaml" in done.output
    (tmp_path / "file").touch()
    blocked = run("build", rules, "--out", tmp_path / "file" / "out")
    assert blocked.exit_code == 2
    assert "cannot be written" in blocked.output


def test_rules_tests_pass_and_fail_at_their_line(rules: Path, promtool: Path) -> None:
    done = run("test", rules)
    assert (done.exit_code, done.output) == (0, "1 tests: 1 passed, 0 failed\n")
    (rules / "a.yaml").write_text(RULES.replace("{host: h1}", "{host: h2}"))
    failed = run("test", rules)
    assert failed.exit_code == 1
    assert "a.yaml:13:15: error: Down: gone: at 3m " in failed.output
    assert '{host="h1"} fires, not {host="h2"} fires [test/failed]' in failed.output
    assert failed.output.endswith("1 tests: 0 passed, 1 failed\n")


def test_a_failed_count_and_a_missing_alert_are_told(rules: Path, promtool: Path) -> None:
    two = RULES.replace("[{host: h1}]", "[{host: h1}, {severity: warning, host: h2}]")
    (rules / "a.yaml").write_text(two)
    assert "nothing fires, not" in run("test", rules).output
    both = RULES.replace("[{host: h1}]", "[{host: h1}, {severity: warning}]")
    (rules / "a.yaml").write_text(both)
    assert "at 3m 1 alert fires, not 2 alerts fire" in run("test", rules).output


def test_two_alerts_do_not_pass_for_one(rules: Path, promtool: Path) -> None:
    two = RULES.replace(
        "{'up{host=\"h1\"}': 1 0 0 0 0}", "{'up{host=\"h1\"}': 1 0x5, 'up{host=\"h2\"}': 1 0x5}"
    )
    (rules / "a.yaml").write_text(two.replace("{host: h1}", "{severity: warning}"))
    failed = run("test", rules)
    assert failed.exit_code == 1
    assert (
        'at 3m 2 times {severity="warning"} fires, not {severity="warning"} fires' in failed.output
    )
    twice = two.replace("[{host: h1}]", "[{severity: warning}, {severity: warning}]")
    (rules / "a.yaml").write_text(twice)
    assert run("test", rules).exit_code == 0


def test_a_series_that_promtool_cannot_read_is_told_in_its_words(
    rules: Path, promtool: Path
) -> None:
    (rules / "a.yaml").write_text(RULES.replace("1 0 0 0 0", "1 to 7"))
    done = run("test", rules)
    assert done.exit_code == 1
    assert "a.yaml:8:9: error: Down: gone:" in done.output


def test_tests_in_json(rules: Path, promtool: Path) -> None:
    done = run("test", rules, "--format", "json")
    assert json.loads(done.stdout)["problems"] == []


def test_without_promtool_tests_cannot_run(
    rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = run("test", rules)
    assert done.exit_code == 2
    assert "promtool is needed to run tests: not on PATH" in done.output
    monkeypatch.setenv("TOCSIN_PROMTOOL", str(tmp_path / "nowhere"))
    with pytest.raises(runner.NotFound, match="nowhere, which cannot be run"):
        runner.find()


def test_tests_of_a_broken_catalogue_do_not_run(rules: Path, promtool: Path) -> None:
    (rules / "b.yaml").write_text("group: b\nrules:\n  - alert: B\n    expr: up ==\n")
    assert run("test", rules).exit_code == 1
    assert run("test", rules / "nowhere").exit_code == 2


def test_a_catalogue_without_tests_says_so(rules: Path, promtool: Path) -> None:
    (rules / "a.yaml").write_text(RULES.partition("    tests:")[0])
    done = run("test", rules)
    assert done.exit_code == 2
    assert "no rule of" in done.output


def test_progress_is_shown_on_a_terminal_only(rules: Path, promtool: Path) -> None:
    import pty

    master, slave = pty.openpty()
    command = [Path(sys.executable).with_name("tocsin"), "test", rules]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave, text=True) as process:
        os.close(slave)
        out, _ = process.communicate(timeout=60)
    shown = os.read(master, 1000).decode()
    os.close(master)
    assert "1/1 tests" in shown
    assert out == "1 tests: 1 passed, 0 failed\n"


def test_settings_are_those_of_the_nearest_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(GOLDEN, tmp_path / "rules")
    (tmp_path / ".git").mkdir()
    (tmp_path / "rules" / "metrics" / "apps.yaml").write_text(
        "metrics:\n"
        "  - {name: flow_events_total, type: counter, labels: [platform, flow, kind]}\n"
        "  - {name: prometheus_config_last_reload_successful, type: gauge}\n"
    )
    monkeypatch.chdir(tmp_path)
    file = run("lint", "rules/apps/flows.yaml", "rules/catalogue.yaml")
    assert file.exit_code == 0, file.output
    assert file.output == "ok: 1 file, 3 rules, 4 alerts, no problems\n"
    monkeypatch.chdir(tmp_path / "rules" / "apps")
    assert run("lint", "flows.yaml").exit_code == 0
    assert run("lint", ".").exit_code == 0


def test_a_file_that_cannot_be_read_is_a_problem(rules: Path) -> None:
    (rules / "link.yaml").symlink_to(rules / "a.yaml")
    (rules / "loop.yaml").mkdir()
    done = run("lint", rules / "a.yaml" / "x", rules)
    assert done.exit_code == 2
    big = rules / "big.yaml"
    big.symlink_to("/proc/self/mem")  # exists, and cannot be read
    assert "cannot be read" in run("lint", big).output


def test_a_pipe_that_closes_early_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed() -> None:
        raise BrokenPipeError

    monkeypatch.setattr(cli_module, "cli", closed)
    monkeypatch.setattr(cli_module.sys, "stderr", io.StringIO())  # main closes it
    with pytest.raises(SystemExit) as caught:
        cli_module.main()
    assert caught.value.code == 141


def test_the_installed_command_says_its_version() -> None:
    command = Path(sys.executable).with_name("tocsin")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == "tocsin, version 0.1.0\n"


def test_the_list_shows_each_check_with_how_loud_it_is(rules: Path) -> None:
    shown = run("lint", "--list", rules)
    assert shown.exit_code == 0
    lines = dict(line.split(maxsplit=1) for line in shown.output.splitlines())
    assert {*CHECKS, *documentation.PROBLEMS, *documentation.OF_LINT} == set(lines)
    assert lines["promql/syntax"] == "error    PromQL that Prometheus would not load."
    assert lines["rule/label"].startswith("off "), "it waits to be asked for"
    section = (
        "version: 1\nlint: {checks: {rule/*: info, promql/syntax: off, rule/label: warning}}\n"
    )
    (rules / "catalogue.yaml").write_text(section)
    listed = json.loads(run("lint", "--list", rules, "--format", "json").stdout)["checks"]
    found = {entry["check"]: (entry["severity"], entry["default"]) for entry in listed}
    assert found["promql/syntax"] == ("off", "error")
    assert found["rule/owner"] == ("info", "error")
    assert found["rule/label"] == ("warning", "warning")
    asks = {entry["check"]: entry["asks"] for entry in listed}
    assert (asks["rule/link"], asks["alerts/count"], asks["rule/for"]) == (
        "network",
        "--prometheus",
        "",
    )
    assert lines["query/cost"].endswith("[asks: --prometheus]")
    refused = run("lint", "--list", rules, "--format", "sarif")
    assert refused.exit_code == 2 and "has no format `sarif`" in refused.output
