"""The environment: what is read of it, and that no secret shows."""

from pathlib import Path

import pytest

from relay.config import settings
from relay.config.model import (
    Settings,
)
from relay.config.problem import ConfigError
from relay.secret import Secret


def test_an_empty_environment_is_fine() -> None:
    assert settings.read({}) == Settings()
    assert settings.read({"SLACK_BOT_TOKEN": "", "RELAY_LISTEN": ""}) == Settings()


def test_settings_are_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    read = settings.read(
        {
            "RELAY_LISTEN": "[::1]:8080",
            "RELAY_DATABASE_URL": "sqlite:////data/x.sqlite",
            "RELAY_WEBHOOK_TOKEN": " hook ",
            "SLACK_BOT_TOKEN_FILE": str(tmp_path / "token"),
            "SLACK_SIGNING_SECRET": "sign",
            "SLACK_API_URL": "http://127.0.0.1:1/api",
        }
    )
    assert (read.host, read.port, read.address) == ("::1", 8080, "[::1]:8080")
    assert [secret.reveal() for secret in read.secrets] == ["from-file", "hook", "sign"]
    assert read.slack_api_url == "http://127.0.0.1:1/api/"
    assert read.local


def test_a_databases_address_may_be_in_a_file_and_its_password_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgres://relay:long%20secret@h:5432/tocsin\n")
    read = settings.read({"RELAY_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert read.database_url.reveal() == "postgresql://relay:long%20secret@h:5432/tocsin"
    assert [secret.reveal() for secret in read.secrets] == ["long secret"]
    assert "long" not in repr(read)


@pytest.mark.parametrize(
    ("listen", "address", "local"),
    [
        (":9095", "0.0.0.0:9095", False),
        ("127.0.0.9:1", "127.0.0.9:1", True),
        ("localhost:1", "localhost:1", True),
        ("relay.example:1", "relay.example:1", False),
    ],
)
def test_addresses(listen: str, address: str, local: bool) -> None:
    read = settings.read({"RELAY_LISTEN": listen})
    assert (read.address, read.local) == (address, local)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("RELAY_LISTEN", "9095", "must be host:port"),
        ("RELAY_LISTEN", "a:b", "must be host:port"),
        ("RELAY_LISTEN", "a:70000", "must be host:port"),
        ("RELAY_LISTEN", "a:\u0664", "must be host:port"),
        ("RELAY_LISTEN", "::1:80", "in brackets"),
        ("RELAY_DATABASE_URL", "postgresql://u:pass@h:x/d", "must look like postgresql://user@"),
        ("RELAY_DATABASE_URL", "postgres://u:pass@h", "must look like postgresql://user@"),
        ("RELAY_DATABASE_URL", "mysql://u:pass@h/d", "must look like sqlite:///path"),
        ("RELAY_DATABASE_URL", "sqlite:///", "must look like sqlite:///path"),
        ("RELAY_DATABASE_URL", "sqlite:///:memory:", "would forget everything"),
        ("SLACK_API_URL", "slack.com/api", "must be an http:// or https:// address"),
        ("SLACK_API_URL", "http://h:port/", "must be an http:// or https:// address"),
        ("SLACK_API_URL", "file:///etc/passwd", "must be an http:// or https:// address"),
        ("SLACK_BOT_TOKEN", "pass\u00e9", "no HTTP header can carry"),
        ("SLACK_BOT_TOKEN", "pass\nX: y", "no HTTP header can carry"),
        ("SLACK_BOT_TOKEN_FILE", "/nonexistent", "cannot read /nonexistent: No such file"),
    ],
)
def test_wrong_settings_are_named_and_secrets_are_not_shown(
    name: str, value: str, expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        settings.read({name: value})
    (problem,) = caught.value.problems
    assert problem.source == name
    assert expected in problem.message
    assert "pass" not in problem.message.replace("/etc/passwd", "")


def test_secret_files(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff")
    name = "RELAY_WEBHOOK_TOKEN"
    for environ, expected in [
        ({name: "a", f"{name}_FILE": "b"}, "not both"),
        ({f"{name}_FILE": str(tmp_path / "empty")}, "is empty"),
        ({f"{name}_FILE": str(tmp_path / "binary")}, "not text"),
    ]:
        with pytest.raises(ConfigError, match=expected):
            settings.read(environ)


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        settings.read({"RELAY_LISTEN": "x", "SLACK_API_URL": "x", "RELAY_DATABASE_URL": "x"})
    assert len(caught.value.problems) == 3


def test_a_secret_does_not_show() -> None:
    secret = Secret("hush")
    assert (
        "hush" not in f"{secret} {secret!r} {secret:>10} {[secret]} {Settings(slack_token=secret)}"
    )
    assert secret.reveal() == "hush"
    assert secret == Secret("hush")
