"""The relay's parts, put together: what one process runs."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from relay.acting import Acting
from relay.charts.worker import Charts, charts
from relay.clock import SystemClock
from relay.config.model import SANDBOX_PATH, Loaded, Settings, digest
from relay.delivery.loop import Loop, always
from relay.delivery.reconcile import Reconciler
from relay.delivery.turn import Turn
from relay.logs import logger
from relay.metrics import Metrics
from relay.planning.postsonly import in_one_channel
from relay.sandbox import Relay, create_sandbox
from relay.slack.api import Slack
from relay.slack.hook import SlackHook
from relay.store import Store
from relay.store.opening import open_store, shared
from relay.web.app import Services, create_app
from relay.web.guarded import Guarded

STOP_SECONDS = 15.0  # a call to Slack takes ten at most
CHART_SECONDS = 1.0  # nobody waits for a picture

log = logger("relay.service")


@dataclass(frozen=True)
class Service:
    """Receiver and delivery of one process. `wsgi` is the web application."""

    wsgi: Any
    loop: Loop
    store: Store
    turn: Turn | None
    acting: Acting
    charts: Charts | None

    def start(self) -> None:
        self.loop.start()
        self.acting.start()
        if self.charts:
            self.charts.start()

    def stop(self) -> None:
        """Finishes the delivery that is under way, then lets go of everything."""
        self.acting.stop()
        if self.charts:
            self.charts.stop(CHART_SECONDS)
        self.loop.stop(STOP_SECONDS)
        if self.turn:
            self.turn.leave()
        self.store.close()


def build(loaded: Loaded) -> Service:
    """Opens the store (or raises StoreError) and puts everything together; starts nothing."""
    settings = loaded.settings
    config = replace(loaded.config, interactive=settings.interactive)
    if settings.posts_only:
        config = in_one_channel(config)
    clock, metrics = SystemClock(), Metrics()
    metrics.config_ok.set(0 if loaded.problems else 1)
    url = settings.database_url.reveal()
    store = open_store(url)
    if store.retry_on_change(digest(config, settings, store.salt()), clock.now()):
        log.info("the configuration changed: what was parked is tried again")
    metrics.watch(store, config.channels, clock)
    # On PostgreSQL leases alone keep what deliver apart.
    turn = None if shared(url) else Turn(store, Path(f"{make_url(url).database}.lock"))
    slack = Slack(settings)
    acting = Acting(loaded, store, slack, clock, metrics, alone=turn is not None)
    speaker = SlackHook(settings) if settings.posts_only else slack
    drawn = None if settings.posts_only else charts(config, slack, clock, metrics)
    reconciler = Reconciler(store, speaker, config, clock, metrics)
    if drawn:
        reconciler.posted = drawn.offer
    loop = Loop(reconciler, store, clock, metrics, turn.take if turn else always)
    page = f"{SANDBOX_PATH}/" if settings.sandboxed else ""
    acting.wake = loop.wake
    services = Services(
        loaded, store, metrics, clock, loop.wake, lambda: loop.alive, page, acting.handler
    )
    wsgi: Any = create_app(services)
    if settings.sandboxed:
        sandbox = Guarded(create_sandbox(relay=_here(settings)), settings)
        wsgi = DispatcherMiddleware(wsgi, {SANDBOX_PATH: sandbox})
    return Service(wsgi, loop, store, turn, acting, drawn)


def _here(settings: Settings) -> Relay | None:
    """Ourselves, for the clicks on the sandbox's page."""
    secret = settings.slack_signing_secret
    sandbox = settings.slack_api_url.removesuffix("/api/")
    return Relay(sandbox.removesuffix(SANDBOX_PATH), secret.reveal(), sandbox) if secret else None
