"""What the relay was told: who hears of which group, how fast it may speak, where things are.

All frozen: read once at start, and once more on SIGHUP. `configfile` reads the YAML file and
`settings` the environment.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

import relay
from relay.config.policy import Call, Escalation, Flapping, Operations, Quiet, Storms, active
from relay.config.problem import Problem
from relay.config.sources import Source
from relay.model.group import Group, Severities
from relay.model.watch import Watch
from relay.secret import Secret

KEEP = timedelta(days=30)
SLACK_API = "https://slack.com/api/"
SANDBOX_PATH = "/sandbox"  # where the stand-in for Slack is, on the relay's own address
SANDBOX_TOKEN = Secret("xoxb-sandbox")


@dataclass(frozen=True)
class Matcher:
    """Labels that a group must have, all of them. As in Prometheus, a missing label is ""."""

    equal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    regex: Mapping[str, str] = field(default_factory=dict)  # the whole value must match

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(labels.get(name, "") in values for name, values in self.equal.items()) and all(
            re.fullmatch(pattern, labels.get(name, "")) for name, pattern in self.regex.items()
        )

    def __str__(self) -> str:
        equal = [f"{name}={'|'.join(values)}" for name, values in self.equal.items()]
        return ", ".join(equal + [f"{name}=~{regex}" for name, regex in self.regex.items()])


@dataclass(frozen=True)
class Route:
    """Groups with these labels go to this channel; `mention` is raw mrkdwn by severity."""

    matcher: Matcher
    channel: str
    mention: Mapping[str, str] = field(default_factory=dict)
    template: str = ""  # the name of the one that words its messages
    calls: Mapping[str, tuple[Call, ...]] = field(default_factory=dict)  # mentions with hours
    escalate: tuple[Escalation, ...] = ()
    quiet: Quiet | None = None

    def mentioned(self, severity: str, now: datetime) -> str:
        """Whom a new post of this severity mentions now, "" for nobody."""
        return active(self.calls, severity, now) or self.mention.get(severity, "")


@dataclass(frozen=True)
class Limits:
    """How fast a channel is spoken to, and how large a webhook may be."""

    messages_per_second: float = 1.0
    burst: int = 3
    webhook_bytes: int = 16_000_000
    edits_per_minute: float = 50.0  # chat.update is in Slack's tier 3, for the whole workspace


@dataclass(frozen=True)
class Server:
    """An Alertmanager or a Prometheus, and the files that hold what it takes to get in."""

    url: str  # without a slash at the end
    token_file: str = ""
    username: str = ""
    password_file: str = ""


@dataclass(frozen=True)
class Actors:
    """Who may act from Slack: these people and the members of these groups; by default anybody."""

    users: tuple[str, ...] = ()
    usergroups: tuple[str, ...] = ()

    @property
    def anybody(self) -> bool:
        return not (self.users or self.usergroups)


@dataclass(frozen=True)
class Silences:
    """When "until tomorrow" ends."""

    morning: str = "08:00"
    timezone: str = "UTC"


@dataclass(frozen=True)
class Pulse:
    """Groups with these labels should always fire: a message tells when they stop."""

    matcher: Matcher
    name: str = ""  # "": its labels
    timeout: timedelta = timedelta(minutes=5)
    channel: str = ""  # "": the default one
    mention: str = ""


@dataclass(frozen=True)
class Charts:
    """Pictures of the expression that fires, in the thread of its message."""

    enabled: bool = True  # where there is a Prometheus to ask, and matplotlib to draw
    hours: float = 3.0


@dataclass(frozen=True)
class Config:
    """The YAML file."""

    default: Route
    routes: tuple[Route, ...] = ()
    severities: Severities = field(default_factory=Severities)
    heartbeats: tuple[Pulse, ...] = ()
    operations: Operations | None = None
    flapping: Flapping = field(default_factory=Flapping)
    limits: Limits = field(default_factory=Limits)
    alertmanagers: tuple[Server, ...] = ()
    prometheus: Server | None = None
    actors: Actors = field(default_factory=Actors)
    silences: Silences = field(default_factory=Silences)
    storm: Storms = field(default_factory=Storms)
    templates: Mapping[str, Source] = field(default_factory=dict)
    image_hosts: tuple[str, ...] = ()  # that pictures in messages may come from
    link_hosts: tuple[str, ...] = ()  # that what alerts say may link to; () is any
    page: str = ""  # where people reach the relay's own page; "" if nobody said
    charts: Charts = field(default_factory=Charts)
    keep: timedelta = KEEP  # how long a group is known after it was last heard of
    interactive: bool = False  # clicks in Slack can reach us: said by the environment
    posts_only: bool = False  # there is nothing but an incoming webhook: so, too

    def route(self, group: Group) -> Route:
        """Where a group goes: the first route that matches its common labels, else the default."""
        return self.route_for(routing_labels(group))

    def route_for(self, labels: Mapping[str, str]) -> Route:
        """The same, by what `routing_labels` says of a group."""
        return next((route for route in self.routes if route.matcher.matches(labels)), self.default)

    def template(self, group: Group) -> Source | None:
        """What words the messages of a group; None for ours alone."""
        return self.templates.get(self.route(group).template)

    def hushed(self, labels: Mapping[str, str], severity: str, now: datetime) -> datetime | None:
        """Until when a group with these labels is no new post, being not severe enough; None if
        it may be one now."""
        quiet = self.route_for(labels).quiet
        if quiet is None:
            return None
        below = quiet.below or self.severities.names[-1]
        if self.severities.rank(severity) >= self.severities.rank(below):
            return None
        return quiet.until(now)

    def is_heartbeat(self, group: Group) -> bool:
        """Whether the group is one that should always fire, and is not to be posted."""
        return self.heartbeat(routing_labels(group)) is not None

    def heartbeat(self, labels: Mapping[str, str]) -> Pulse | None:
        """The heartbeat that a group with these labels is, if it is one."""
        return next((each for each in self.heartbeats if each.matcher.matches(labels)), None)

    def pulse(self, watch: Watch) -> Pulse | None:
        """The entry that a heartbeat is watched for; None if it is there no longer."""
        if watch.labels:
            return self.heartbeat(watch.labels)
        return next((each for each in self.heartbeats if str(each.matcher) == watch.entry), None)

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel that may be posted to, each once."""
        return tuple(
            dict.fromkeys(
                [
                    *(route.channel for route in self.routes),
                    self.default.channel,
                    *(each.channel for each in self.heartbeats if each.channel),
                    *([self.operations.channel] if self.operations else []),
                ]
            )
        )


DATABASE = Secret("sqlite:///tocsin-relay.sqlite")


@dataclass(frozen=True)
class Settings:
    """The environment."""

    host: str = "127.0.0.1"
    port: int = 9095
    database_url: Secret = DATABASE  # may hold a password
    webhook_tokens: tuple[Secret, ...] = ()  # any of them lets in: the old one and the new one
    slack_token: Secret | None = None
    slack_signing_secret: Secret | None = None
    slack_app_token: Secret | None = None  # for Socket Mode
    slack_webhook_url: Secret | None = None  # posts only; the address itself is the secret
    slack_api_url: str = SLACK_API

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret, for whoever keeps them out of what is shown: the longest first, since one
        that begins with another would leave its end behind."""
        known = (
            *self.webhook_tokens,
            self.slack_token,
            self.slack_signing_secret,
            self.slack_app_token,
            self.slack_webhook_url,
        )
        password = unquote(urlsplit(self.database_url.reveal()).password or "")
        # A short one may be a word that stands everywhere; the address itself is never shown.
        hidden = (Secret(password),) if len(password) >= 8 else ()
        found = [*(secret for secret in known if secret), *hidden]
        return tuple(sorted(found, key=lambda secret: len(secret.reveal()), reverse=True))

    @property
    def sandboxed(self) -> bool:
        """Whether the relay itself stands in for Slack."""
        return self.slack_token == SANDBOX_TOKEN

    @property
    def posts_only(self) -> bool:
        """Whether all there is is an incoming webhook: no edits, no threads, no buttons."""
        return self.slack_token is None and self.slack_webhook_url is not None

    @property
    def interactive(self) -> bool:
        """Whether clicks in Slack can reach us, over HTTP or Socket Mode."""
        return not self.posts_only and bool(self.slack_signing_secret or self.slack_app_token)

    @property
    def address(self) -> str:
        """host:port, as a URL has it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the relay."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")


@dataclass(frozen=True)
class Loaded:
    """A configuration in use; `problems` are those of a newer file that was refused on reload."""

    config: Config
    settings: Settings
    problems: tuple[Problem, ...] = ()


def routing_labels(group: Group) -> dict[str, str]:
    """The labels that routes see: those all alerts share, and those the group is made by."""
    return {**group.group_labels, **group.common_labels}


def digest(config: Config, settings: Settings, salt: bytes) -> str:
    """Changes when a delivery that was refused may now succeed: new routes, token or version.

    Keyed with a salt, so that what is stored says nothing about the token.
    """
    token = settings.slack_token.reveal() if settings.slack_token else ""
    told = json.dumps(
        [asdict(config), settings.slack_api_url, token, relay.__version__],
        sort_keys=True,
        default=str,
    )
    return hmac.new(salt, told.encode(), hashlib.sha256).hexdigest()
