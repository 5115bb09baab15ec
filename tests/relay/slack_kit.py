"""A client of Slack, and what a server in its place is told to answer."""

from datetime import UTC, datetime
from typing import Any

from relay_kit import SlackServer

from relay.config.model import Settings
from relay.model.delivered import Delivered, Intent, Kind
from relay.secret import Secret
from relay.slack.api import Slack

TOKEN = "xoxb-very-secret"


def client(url: str) -> Slack:
    return Slack(Settings(slack_token=Secret(TOKEN), slack_api_url=url))


def intent(kind: Kind = Kind.POST, thread: str = "") -> Intent:
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    return Intent("tocsin-1", kind, "#a", thread, at, Delivered())


def answers(server: SlackServer, status: int, body: Any, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    server.handler = lambda method, arguments: (status, named, body)
