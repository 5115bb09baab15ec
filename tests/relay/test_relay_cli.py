"""The command line: what it prints and how it ends. Bad input never gives a traceback."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from relay_kit import alert, payload

from relay import logs
from relay.cli import main
from relay.config.model import Loaded
from relay.config.problem import ConfigError
from relay.loading import load

GOOD = """\
version: 1
default_channel: "#alerts"
routes:
  - match: {team: db}
    channel: "#db"
    mention: {critical: "<!here>"}
heartbeats:
  - match: {alertname: Watchdog}
"""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("RELAY_", "SLACK_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("relay.yaml").write_text(GOOD)
    Path("payload.json").write_text(json.dumps(payload(alert("a", severity="critical", team="db"))))


def run(*arguments: str, **options: Any) -> Result:
    result = CliRunner().invoke(main, arguments, **options)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


def test_help_names_every_setting() -> None:
    for arguments in ([], ["serve"]):
        result = run(*arguments, "--help")
        assert result.exit_code == 0
        for name in (
            "RELAY_LISTEN RELAY_DATABASE_URL RELAY_WEBHOOK_TOKEN SLACK_BOT_TOKEN "
            "SLACK_SIGNING_SECRET SLACK_API_URL NAME_FILE"
        ).split():
            assert name in result.output
    assert run("--version").exit_code == 0


@pytest.mark.parametrize("command", ["serve", "sandbox"])
def test_an_address_in_use_is_told_at_once(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("RELAY_LISTEN", address)
        result = run(command, *(["--listen", address] if command == "sandbox" else []))
    assert result.exit_code == 2
    (told,) = [line for line in result.output.splitlines() if "cannot listen" in line]
    assert told.startswith(f"tocsin-relay: cannot listen at {address}: Address already in use.")
    assert "Choose another address with" in told


def test_an_address_that_is_not_ours_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_LISTEN", "192.0.2.1:9095")
    result = run("serve")
    assert result.exit_code == 2
    assert "cannot listen at 192.0.2.1:9095" in result.output


def test_check_config() -> None:
    good = run("check-config", "--config", "relay.yaml")
    assert good.exit_code == 0
    assert "team=db          -> #db  (critical: <!here>)" in good.output
    assert "everything else  -> #alerts" in good.output
    assert "heartbeat: alertname=Watchdog" in good.output
    assert run("check-config", "relay.yaml").exit_code == 0


def test_check_config_tells_all_problems() -> None:
    Path("bad.yaml").write_text("version: 2\nchannel: x\n")
    bad = run("check-config", "bad.yaml", env={"RELAY_LISTEN": "x"})
    assert bad.exit_code == 1
    assert len(bad.stderr.splitlines()) == 4
    assert bad.stdout == ""
    assert run("check-config", "missing.yaml").exit_code == 2
    assert run("check-config").exit_code == 2


def test_preview() -> None:
    shown = run("preview", "payload.json", "--config", "relay.yaml")
    assert shown.exit_code == 0
    data = json.loads(shown.stdout)
    assert data["channel"] == "#db"
    assert "<!here>" in shown.stdout
    assert data["blocks"] or data["attachments"]
    bare = run("preview", "-", input=Path("payload.json").read_bytes())
    assert json.loads(bare.stdout)["channel"] == "#alerts"


def test_preview_of_a_heartbeat_goes_nowhere() -> None:
    Path("w.json").write_text(json.dumps(payload(alert("w", alertname="Watchdog"))))
    data = json.loads(run("preview", "w.json", "--config", "relay.yaml").stdout)
    assert (data["channel"], data["heartbeat"]) == ("", True)


def test_preview_of_every_recorded_webhook(recorded: Path) -> None:
    for path in sorted(recorded.glob("*.json")):
        assert run("preview", str(path)).exit_code == 0


def test_preview_of_nonsense() -> None:
    Path("bad.json").write_bytes(b"\xff")
    bad = run("preview", "bad.json")
    assert (bad.exit_code, "not UTF-8" in bad.stderr) == (1, True)
    assert run("preview", "missing.json").exit_code == 2
    assert run("preview", "payload.json", "--config", "missing.yaml").exit_code == 2


@pytest.mark.parametrize("command", ["web", "worker"])
def test_what_runs_apart_says_what_it_needs(command: str) -> None:
    result = run(command)
    assert result.exit_code == 2
    assert f"`{command}` needs PostgreSQL: set RELAY_DATABASE_URL to postgresql://" in result.stderr
    assert f"`{command}` needs SLACK_BOT_TOKEN; to try it out run" in result.stderr
    assert "Needs PostgreSQL" in run(command, "--help").output


@pytest.mark.parametrize(
    ("arguments", "env", "expected"),
    [
        ([], {"SLACK_BOT_TOKEN": "xoxb-1"}, "--config: is needed"),
        (["--config", "missing.yaml"], {}, "cannot read the configuration"),
        (
            ["--config", "relay.yaml"],
            {"RELAY_DATABASE_URL": "postgresql://127.0.0.1:1/d"},
            "cannot use the database d on 127.0.0.1: database: connection failed",
        ),
        (["--config", "relay.yaml"], {"RELAY_LISTEN": "nonsense"}, "host:port"),
        ([], {"RELAY_DATABASE_URL": "sqlite:///missing/x.sqlite"}, "cannot use the database"),
    ],
)
def test_serve_says_why_it_cannot(arguments: list[str], env: dict[str, str], expected: str) -> None:
    result = run("serve", *arguments, env=env)
    assert (result.exit_code, expected in result.stderr) == (2, True), result.output


def test_sandbox_needs_an_address() -> None:
    assert run("sandbox", "--listen", "nonsense").exit_code == 2


def test_problems_of_file_and_environment_are_told_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("bad.yaml").write_text("version: 2\n")
    monkeypatch.setenv("RELAY_LISTEN", "x")
    with pytest.raises(ConfigError) as caught:
        load("bad.yaml")
    assert len(caught.value.problems) == 3


def test_without_a_token_the_relay_stands_in_for_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_LISTEN", "0.0.0.0:8080")
    loaded = load(None)
    assert loaded.settings.sandboxed
    assert loaded.settings.slack_api_url == "http://127.0.0.1:8080/sandbox/api/"
    assert loaded.config.default.channel == "#alerts"
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    assert not load("relay.yaml").settings.sandboxed


def test_serve_and_sandbox_start_gunicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def run_server(self: Any) -> None:
        started.append(self)

    monkeypatch.setattr("relay.server.BaseApplication.run", run_server)
    monkeypatch.setattr(logs, "set_up", lambda secrets: None)
    serve = run("serve", env={"RELAY_LISTEN": "0.0.0.0:8080"})
    assert serve.exit_code == 0
    assert "sandbox at http://0.0.0.0:8080/sandbox/" in serve.stderr
    assert isinstance(started[0].loaded, Loaded)
    assert run("sandbox").exit_code == 0
    assert started[1].load() is not None
