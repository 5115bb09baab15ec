"""`tocsin-relay doctor`: tries everything that the relay needs, and says what to mend."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from relay.alertmanager import ServerError, ask
from relay.charts.worker import charted
from relay.config.model import Loaded, Server
from relay.planning.postsonly import WHAT_IS_LOST
from relay.slack.api import Slack
from relay.slack.channels import channels
from relay.store import StoreError
from relay.store.opening import open_store

NEEDED = {"chat:write": "posts and edits messages"}
USEFUL = {
    "channels:history": "finds a message again after a crash",
    "groups:history": "the same in private channels",
    "channels:read": "has this command check the channels",
    "groups:read": "the same for private channels",
    "commands": "/tocsin",
}
UNSEEN = {"missing_scope", "unknown_method"}


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"  # something is lost
    ERROR = "error"  # it does not work


@dataclass(frozen=True)
class Finding:
    """What one try showed. `mend`: what to do, "" where nothing is to be done."""

    subject: str
    level: Level
    says: str
    mend: str = ""


def examine(loaded: Loaded, slack: Slack) -> Iterator[Finding]:
    """Tries one thing after the other; nothing is posted."""
    yield _database(loaded.settings.database_url.reveal())
    yield from _listening(loaded)
    yield from _slack(loaded, slack)
    yield from _alertmanagers(loaded)
    yield _prometheus(loaded.config.prometheus)


def _database(url: str) -> Finding:
    try:
        store = open_store(url)
        try:
            store.check()
        finally:
            store.close()
    except StoreError as error:
        return Finding(
            "database",
            Level.ERROR,
            str(error),
            "check the path, its owner, the disk; or the server, user and password",
        )
    return Finding("database", Level.OK, "can be written")


def _listening(loaded: Loaded) -> Iterator[Finding]:
    settings = loaded.settings
    if settings.local or settings.webhook_tokens:
        yield Finding("webhooks", Level.OK, f"taken at {settings.address}")
        return
    says = f"anybody who reaches {settings.address} can send alerts"
    yield Finding("webhooks", Level.WARNING, says, "set RELAY_WEBHOOK_TOKEN")


def _slack(loaded: Loaded, slack: Slack) -> Iterator[Finding]:
    settings = loaded.settings
    if settings.posts_only:
        yield Finding("slack", Level.WARNING, WHAT_IS_LOST, "set SLACK_BOT_TOKEN")
        return
    if settings.sandboxed:
        says = "no SLACK_BOT_TOKEN: messages go to the sandbox, not to Slack"
        yield Finding("slack", Level.WARNING, says, "see docs/slack.md")
        return
    answer = slack.call("auth.test")
    if not isinstance(answer, dict):
        mend = 'take the bot token from Slack\'s "OAuth & Permissions", see docs/slack.md'
        yield Finding("slack token", Level.ERROR, answer.reason, mend)
        return
    who = f"{answer.get('user', '?')} in {answer.get('team', '?')}"
    yield Finding("slack token", Level.OK, f"valid: {who}")
    yield from _scopes(loaded, slack.scopes)
    yield from _channels(loaded, slack)
    yield from _clicks(loaded, slack)


def _scopes(loaded: Loaded, granted: frozenset[str]) -> Iterator[Finding]:
    if not granted:
        yield Finding("slack scopes", Level.WARNING, "Slack does not say which there are")
        return
    needed = dict(NEEDED)
    if loaded.config.actors.usergroups:
        needed["usergroups:read"] = "says who may act"
    useful = dict(USEFUL)
    if charted(loaded.config):
        useful["files:write"] = "puts charts into threads"
    again = "add it to the app and install the app again"
    for scope, use in needed.items():
        if scope not in granted:
            yield Finding("slack scopes", Level.ERROR, f"{scope} is missing: {use}", again)
    for scope, use in useful.items():
        if scope not in granted:
            yield Finding("slack scopes", Level.WARNING, f"{scope} is missing: {use}", again)
    if needed.keys() | useful.keys() <= granted:
        yield Finding("slack scopes", Level.OK, "all there")


def _channels(loaded: Loaded, slack: Slack) -> Iterator[Finding]:
    listed: dict[str, Any] | str | None = None
    for channel in loaded.config.channels:
        subject = f"channel {channel}"
        found: Any
        if channel.startswith("#"):
            if listed is None:
                known = channels(slack.call, slack.scopes)
                listed = known if isinstance(known, dict) else known.reason
            found = listed if isinstance(listed, str) else listed.get(channel[1:])
        else:
            answer = slack.call("conversations.info", params={"channel": channel})
            found = answer.get("channel") if isinstance(answer, dict) else answer.reason
        if isinstance(found, str) and found.split(":")[0] in UNSEEN:
            mend = "add the scopes channels:read and groups:read to have it checked"
            yield Finding(subject, Level.WARNING, f"cannot be checked: {found}", mend)
        elif not isinstance(found, dict):
            says = found if isinstance(found, str) else "the bot sees no such channel"
            mend = "check the name; a private channel is seen once the bot is invited"
            yield Finding(subject, Level.ERROR, says, mend)
        else:
            yield _channel(subject, found, slack.scopes)


def _channel(subject: str, found: dict[str, Any], granted: frozenset[str]) -> Finding:
    if found.get("is_archived"):
        return Finding(subject, Level.ERROR, "is archived", "unarchive it, or route elsewhere")
    if found.get("is_member") or "chat:write.public" in granted:
        return Finding(subject, Level.OK, f"can be posted to ({found.get('id', '?')})")
    return Finding(subject, Level.ERROR, "the bot is no member", "/invite it there")


def _clicks(loaded: Loaded, slack: Slack) -> Iterator[Finding]:
    settings = loaded.settings
    if settings.slack_app_token:
        bearer = {"Authorization": f"Bearer {settings.slack_app_token.reveal()}"}
        answer = slack.call("apps.connections.open", headers=bearer)
        if isinstance(answer, dict):
            yield Finding("buttons", Level.OK, "come by Socket Mode")
        else:
            mend = 'make an app-level token with connections:write, and switch on "Socket Mode"'
            yield Finding("buttons", Level.ERROR, f"Socket Mode: {answer.reason}", mend)
    elif settings.slack_signing_secret:
        says = "a signing secret is set; Slack must reach /v1/slack/interactions and .../commands"
        yield Finding("buttons", Level.OK, says)
    else:
        mend = "set SLACK_SIGNING_SECRET, or SLACK_APP_TOKEN for Socket Mode"
        yield Finding("buttons", Level.WARNING, "none: clicks could not be verified", mend)


def _alertmanagers(loaded: Loaded) -> Iterator[Finding]:
    if not loaded.config.alertmanagers:
        mend = "add `alertmanagers` to the configuration"
        yield Finding("alertmanager", Level.WARNING, "none: nothing can be silenced", mend)
    for server in loaded.config.alertmanagers:
        yield _server("alertmanager", server, "/api/v2/status", ("versionInfo", "version"))


def _prometheus(server: Server | None) -> Finding:
    if server is None:
        return Finding("prometheus", Level.OK, "none is configured, none is needed")
    return _server("prometheus", server, "/api/v1/status/buildinfo", ("data", "version"))


def _server(name: str, server: Server, path: str, keys: tuple[str, str]) -> Finding:
    subject = f"{name} {server.url}"
    try:
        answer: Any = ask(server, "GET", path)
        return Finding(subject, Level.OK, f"answers, version {answer[keys[0]][keys[1]]}")
    except ServerError as error:
        mend = "check the address and, if it asks for them, token_file or password_file"
        return Finding(subject, Level.ERROR, str(error), mend)
    except (KeyError, TypeError):
        return Finding(subject, Level.ERROR, f"does not answer as {name} does", "check the address")
