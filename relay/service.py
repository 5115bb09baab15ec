"""The relay's parts, put together: what one process runs, by its role."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.engine import make_url
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from relay.acting import Acting
from relay.bells import Bells
from relay.charts.worker import charts
from relay.clock import Clock, SharedClock, SystemClock
from relay.config.model import SANDBOX_PATH, Config, Loaded, Settings, digest
from relay.delivery.calls import threads
from relay.delivery.loop import Loop, always
from relay.delivery.reconcile import Reconciler
from relay.delivery.shared import SharedLimits
from relay.delivery.turn import Turn
from relay.logs import logger
from relay.metrics import Metrics
from relay.planning.postsonly import in_one_channel
from relay.sandbox import Relay, create_sandbox
from relay.slack.api import Slack
from relay.slack.hook import SlackHook
from relay.store import Store, StoreError
from relay.store.opening import open_store, shared
from relay.web.app import create_app
from relay.web.guarded import Guarded
from relay.web.services import Services

log = logger("relay.service")


class Role(StrEnum):
    """What a process does."""

    SERVE = "serve"  # everything
    WEB = "web"  # takes in what Alertmanager and Slack send, and shows the pages
    WORKER = "worker"  # delivers, and does what people asked for


class Part(Protocol):
    """Runs beside the web application."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Service:
    """One process. `wsgi` is its web application."""

    wsgi: Any
    store: Store
    parts: tuple[Part, ...] = ()

    def start(self) -> None:
        for part in self.parts:
            part.start()

    def stop(self) -> None:
        """Finishes the delivery that is under way, then lets go of everything."""
        for part in reversed(self.parts):
            part.stop()
        self.store.close()


@dataclass(frozen=True)
class Ground:
    """What all parts stand on."""

    loaded: Loaded
    config: Config
    store: Store
    clock: Clock
    metrics: Metrics
    several: bool  # whether other processes deliver from the same store, too

    @property
    def url(self) -> str:
        return self.loaded.settings.database_url.reveal()


def build(loaded: Loaded, role: Role = Role.SERVE) -> Service:
    """Opens the store (or raises StoreError) and puts everything together; starts nothing."""
    ground = _ground(loaded)
    slack = Slack(loaded.settings)
    acting = Acting(
        loaded,
        ground.store,
        slack,
        ground.clock,
        ground.metrics,
        works=role is not Role.WEB,
        alone=not ground.several,
    )
    if role is Role.WEB:
        bells = Bells(ground.url, ground.metrics)
        acting.wake = acting.asked = bells.wake
        wsgi = _wsgi(ground, role, acting, bells.wake, always)
        return Service(wsgi, ground.store, (bells, acting))
    loop, parts = _delivery(ground, slack)
    acting.wake = loop.wake
    parts = (*parts, acting)
    if ground.several:
        parts = (*parts, Bells(ground.url, ground.metrics, [loop.wake, acting.wake_jobs]))
    wsgi = _wsgi(ground, role, acting, loop.wake, lambda: loop.alive)
    return Service(wsgi, ground.store, parts)


def _ground(loaded: Loaded) -> Ground:
    settings = loaded.settings
    config = replace(loaded.config, interactive=settings.interactive)
    if settings.posts_only:
        config = in_one_channel(config)
    metrics, url = Metrics(), settings.database_url.reveal()
    metrics.config_ok.set(0 if loaded.problems else 1)
    store = open_store(url)
    clock = SharedClock(lambda: _time(store)) if shared(url) else SystemClock()
    if store.retry_on_change(digest(config, settings, store.salt()), clock.now()):
        log.info("the configuration changed: what was parked is tried again")
    metrics.watch(store, config.channels, clock)
    return Ground(loaded, config, store, clock, metrics, shared(url))


def _time(store: Store) -> Any:
    try:
        return store.time()
    except StoreError as error:
        log.warning("cannot ask the database for the time", reason=error)
        return None


def _delivery(ground: Ground, slack: Slack) -> tuple[Loop, tuple[Part, ...]]:
    """The loop, and what runs beside it."""
    store, config, clock, metrics = ground.store, ground.config, ground.clock, ground.metrics
    settings = ground.loaded.settings
    speaker = SlackHook(settings) if settings.posts_only else slack
    limits = SharedLimits(store, clock, config.limits) if ground.several else None
    reconciler = Reconciler(store, speaker, config, clock, metrics, limits, threads())
    drawn = None if settings.posts_only else charts(config, slack, clock, metrics)
    if drawn:
        reconciler.tell_of_posts(drawn.offer)
    # On PostgreSQL leases alone keep those that deliver apart.
    path = Path(f"{make_url(ground.url).database}.lock")
    turn = None if ground.several else Turn(store, path)
    begin = turn.take if turn else always
    loop = Loop(reconciler, store, clock, metrics, begin, config.keep)
    parts: tuple[Part | None, ...] = (turn, loop, drawn)
    return loop, tuple(part for part in parts if part is not None)


def _wsgi(
    ground: Ground,
    role: Role,
    acting: Acting,
    wake: Callable[[], None],
    alive: Callable[[], bool],
) -> Any:
    settings = ground.loaded.settings
    services = Services(
        ground.loaded,
        ground.store,
        ground.metrics,
        ground.clock,
        wake,
        alive,
        f"{SANDBOX_PATH}/" if settings.sandboxed else "",
        acting.handler,
    )
    app = create_app(services, receives=role is not Role.WORKER)
    if not settings.sandboxed:
        return app
    sandbox = Guarded(create_sandbox(relay=_here(settings)), settings)
    return DispatcherMiddleware(app, {SANDBOX_PATH: sandbox})


def _here(settings: Settings) -> Relay | None:
    """Ourselves, for the clicks on the sandbox's page."""
    secret = settings.slack_signing_secret
    sandbox = settings.slack_api_url.removesuffix("/api/")
    return Relay(sandbox.removesuffix(SANDBOX_PATH), secret.reveal(), sandbox) if secret else None
