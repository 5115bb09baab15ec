"""`doctor`: each thing that can be amiss is found, and told with what to do."""

import json
from pathlib import Path
from typing import Any

import pytest
from actions_kit import RealAlertmanager
from click.testing import CliRunner, Result
from relay_kit import SlackServer
from relay_process import free_port

from relay.cli import main

ALL = "chat:write,channels:history,groups:history,channels:read,groups:read,commands"
MEMBER = {"id": "C1", "name": "alerts", "is_member": True}


class Workspace:
    """Slack's answers, by method."""

    def __init__(self, server: SlackServer) -> None:
        self.scopes = ALL
        self.answers: dict[str, dict[str, Any]] = {
            "auth.test": {"ok": True, "user": "tocsin", "team": "Team"},
            "conversations.list": {"ok": True, "channels": [MEMBER]},
            "conversations.info": {"ok": True, "channel": {**MEMBER, "id": "C0123456"}},
            "apps.connections.open": {"ok": True, "url": "wss://x"},
        }
        self.server = server
        server.handler = self._answer

    def _answer(
        self, method: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        headers = {"X-OAuth-Scopes": self.scopes} if self.scopes else {}
        return 200, headers, self.answers[method]


@pytest.fixture
def workspace(
    slack_server: SlackServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Workspace:
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_APP_TOKEN", "SLACK_WEBHOOK_URL", "RELAY_LISTEN", "RELAY_WEBHOOK_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hush")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "sign-hush")
    monkeypatch.setenv("SLACK_API_URL", slack_server.url)
    monkeypatch.setenv("RELAY_DATABASE_URL", f"sqlite:///{tmp_path}/r.sqlite")
    configure("")
    return Workspace(slack_server)


def configure(more: str, channel: str = '"#alerts"') -> None:
    Path("relay.yaml").write_text(f"version: 1\ndefault_channel: {channel}\n{more}")


def doctor(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["doctor", "--config", "relay.yaml", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "hush" not in result.output
    return result


@pytest.mark.real
def test_all_is_well(workspace: Workspace, alertmanager: Path, tmp_path: Path) -> None:
    am = RealAlertmanager(alertmanager, tmp_path / "am").start()
    try:
        configure(f"alertmanagers: [{am.url}]\n")
        result = doctor()
    finally:
        am.stop()
    assert result.exit_code == 0
    assert "WARNING" not in result.output
    assert "ok      slack token: valid: tocsin in Team" in result.output
    assert "channel #alerts: can be posted to (C1)" in result.output
    assert "answers, version 0." in result.output
    told = json.loads(doctor("--format", "json").output)
    assert not told["ok"], "Alertmanager has gone"
    assert {finding["level"] for finding in told["findings"]} == {"ok", "error"}


def expect(code: int, *texts: str) -> None:
    result = doctor()
    for text in texts:
        assert text in result.output, result.output
    assert result.exit_code == code


def test_a_token_that_slack_does_not_know(workspace: Workspace) -> None:
    workspace.answers["auth.test"] = {"ok": False, "error": "invalid_auth"}
    expect(1, "ERROR   slack token: invalid_auth", "-> take the bot token")


def test_scopes(workspace: Workspace) -> None:
    configure("actors: {usergroups: [S0123456]}\n")
    workspace.scopes = "channels:read,groups:read"
    expect(
        1,
        "ERROR   slack scopes: chat:write is missing",
        "ERROR   slack scopes: usergroups:read is missing",
        "WARNING slack scopes: commands is missing",
    )
    workspace.scopes = ""
    expect(0, "WARNING slack scopes: Slack does not say")


@pytest.mark.parametrize(
    ("channels", "says"),
    [
        ([], "ERROR   channel #alerts: the bot sees no such channel"),
        ([{**MEMBER, "is_archived": True}], "ERROR   channel #alerts: is archived"),
        ([{**MEMBER, "is_member": False}], "ERROR   channel #alerts: the bot is no member"),
    ],
)
def test_channels_by_name(workspace: Workspace, channels: list[Any], says: str) -> None:
    workspace.answers["conversations.list"]["channels"] = channels
    expect(1, says)


def test_channels_that_may_not_be_looked_at(workspace: Workspace) -> None:
    workspace.answers["conversations.list"] = {"ok": False, "error": "missing_scope"}
    workspace.scopes = "chat:write,channels:read"
    expect(0, "WARNING channel #alerts: cannot be checked: missing_scope")
    workspace.answers["conversations.list"] = {"ok": False, "error": "account_inactive"}
    expect(1, "ERROR   channel #alerts: account_inactive")


def test_channels_by_id(workspace: Workspace) -> None:
    configure("", "C0123456")
    expect(0, "ok      channel C0123456: can be posted to")
    workspace.answers["conversations.info"] = {"ok": False, "error": "channel_not_found"}
    expect(1, "ERROR   channel C0123456: channel_not_found")
    workspace.scopes = ALL + ",chat:write.public"
    workspace.answers["conversations.info"] = {"ok": True, "channel": {"id": "C1"}}
    expect(0, "can be posted to")


def test_buttons(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    expect(0, "ok      buttons: a signing secret is set")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-hush")
    expect(0, "ok      buttons: come by Socket Mode")
    method, _, authorization = workspace.server.calls[-1]
    assert (method, authorization) == ("apps.connections.open", "Bearer xapp-hush")
    workspace.answers["apps.connections.open"] = {"ok": False, "error": "not_allowed_token_type"}
    expect(1, "ERROR   buttons: Socket Mode: not_allowed_token_type", "connections:write")
    monkeypatch.delenv("SLACK_APP_TOKEN")
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    expect(0, "WARNING buttons: none")


def test_servers_that_do_not_answer(workspace: Workspace) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    configure(f"alertmanagers: [{gone}]\nprometheus: {gone}\n")
    expect(1, f"ERROR   alertmanager {gone}", f"ERROR   prometheus {gone}", "Connection refused")
    with SlackServer() as other:
        other.handler = lambda method, body: (200, {}, {"status": "success"})
        configure(f"prometheus: {other.url}\n")
        expect(1, "does not answer as prometheus does")


def test_the_database(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_DATABASE_URL", "sqlite:////nonexistent/x/r.sqlite")
    expect(1, "ERROR   database: ", "-> check the path")


def test_an_open_address(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_LISTEN", ":9095")
    expect(0, "WARNING webhooks: anybody who reaches", "-> set RELAY_WEBHOOK_TOKEN")


def test_posts_only_and_the_sandbox(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    expect(0, "WARNING slack: no SLACK_BOT_TOKEN: messages go to the sandbox")
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/hush")
    expect(0, "WARNING slack: with nothing but an incoming webhook")


def test_a_configuration_that_cannot_be_used(workspace: Workspace) -> None:
    configure("nonsense: 1\n")
    expect(2, "nonsense")
