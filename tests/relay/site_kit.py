"""The relay's endpoints in one process, with their parts at hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient
from relay_kit import FakeClock

from relay.config.model import Config, Loaded, Settings
from relay.metrics import Metrics
from relay.secret import Secret
from relay.store import Store
from relay.web.app import create_app
from relay.web.services import Services

TOKEN = Secret("hook-token")
PATH = "/v1/alertmanager"


class Site:
    """The application with its parts at hand."""

    def __init__(self, store: Store, clock: FakeClock, settings: Settings, config: Config) -> None:
        self.store, self.clock, self.metrics = store, clock, Metrics()
        self.woken = 0
        self.alive = True
        self.metrics.watch(store, config.channels, clock)
        self.services = Services(
            Loaded(config, settings), store, self.metrics, clock, self._wake, lambda: self.alive
        )
        self.client: FlaskClient = create_app(self.services).test_client()

    def _wake(self) -> None:
        self.woken += 1

    def with_services(self, **changes: Any) -> FlaskClient:
        return create_app(replace(self.services, **changes)).test_client()


Make = Callable[..., Site]
