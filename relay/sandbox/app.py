"""The sandbox as a Flask application."""

import time
from collections.abc import Callable, Sequence
from datetime import tzinfo

from flask import Flask

from relay.sandbox.acting import Relay, acting
from relay.sandbox.api import api
from relay.sandbox.control import control
from relay.sandbox.page import page
from relay.sandbox.rates import SLACK_LIMITS, Limits
from relay.sandbox.state import State
from relay.sandbox.uploads import uploads
from relay.sandbox.workspace import Workspace


def create_sandbox(
    *,
    token: str = "",
    channels: Sequence[str] | None = None,
    limits: Limits = SLACK_LIMITS,
    keep: int = 1_000,
    clock: Callable[[], float] = time.time,
    timezone: tzinfo | None = None,
    relay: Relay | None = None,
) -> Flask:
    """A stand-in for Slack, empty and in memory: its API under /api/, its page at /.

    token: the only bearer token taken; "" takes any. channels: the only ones that exist; None
    makes each on first use. limits: how often a method may be called. keep: messages remembered
    per channel. clock: seconds since 1970. timezone: for the times on the page; None is this
    machine's. relay: who is told of clicks; None: buttons do nothing. It can be mounted anywhere:
    every URL is relative to where it is.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 4 * 1024 * 1024  # far above any message
    state = State(Workspace(channels, keep), token, limits, clock, timezone=timezone)
    app.register_blueprint(api(state))
    app.register_blueprint(control(state))
    app.register_blueprint(page(state, can_act=relay is not None))
    app.register_blueprint(acting(state, relay))
    app.register_blueprint(uploads(state))
    app.extensions["sandbox"] = state
    return app
