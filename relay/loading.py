"""Environment and file, put together; and what is said where they are no use."""

import os
import secrets
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import NoReturn

import click

from relay.config import file as configfile
from relay.config import settings
from relay.config.model import SANDBOX_PATH, SANDBOX_TOKEN, Config, Loaded, Matcher, Route, Settings
from relay.config.problem import ConfigError, Problem
from relay.secret import Secret


def load(path: str | None) -> Loaded:
    """Environment and file, or ConfigError with the problems of both.

    Without a Slack token there may be no file either: all goes to #alerts in the sandbox.
    """
    problems: list[Problem] = []
    read: Settings | None = None
    config: Config | None = None
    try:
        read = settings.read(os.environ)
    except ConfigError as error:
        problems += error.problems
    try:
        config = config_of(path, read)
    except ConfigError as error:
        problems += error.problems
    if problems or read is None or config is None:
        raise ConfigError(problems)
    return Loaded(config, _sandboxed(read))


def config_of(path: str | None, read: Settings | None) -> Config:
    if path is not None:
        return configfile.read(path)
    if read and read.slack_token:
        raise ConfigError([Problem("--config", 0, 0, "is needed: it says which channel to use")])
    return Config(default=Route(Matcher(), "#alerts"))


def _sandboxed(read: Settings) -> Settings:
    """Without a Slack token, ourselves in Slack's place; at an address of one's own choice too."""
    if read.slack_token or read.posts_only:
        return read
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(read.host, read.host)  # noqa: S104 - taken away, not listened on
    here = replace(read, host=host).address
    return replace(
        read,
        slack_token=SANDBOX_TOKEN,
        slack_signing_secret=read.slack_signing_secret or Secret(secrets.token_hex(16)),
        slack_api_url=f"http://{here}{SANDBOX_PATH}/api/",
    )


def loaded(path: str | None) -> Loaded:
    """The same, or the end of the process."""
    try:
        return load(path)
    except ConfigError as error:
        cannot_run(error.problems)


def read_settings() -> Settings:
    """The environment alone, or the end of the process."""
    try:
        return settings.read(os.environ)
    except ConfigError as error:
        cannot_run(error.problems)


def cannot_listen(setting: str, address: str, error: Exception) -> NoReturn:
    cannot_run([f"cannot listen at {address}: {error}. Choose another address with {setting}"])


def cannot_run(problems: Iterable[object]) -> NoReturn:
    for problem in problems:
        click.echo(f"tocsin-relay: {problem}", err=True)
    sys.exit(2)
