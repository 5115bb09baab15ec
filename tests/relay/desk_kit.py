"""Slack's doors to the relay, in one process: all that stands behind them, and Slack's answers."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from actions_kit import Told, encoded, signed, slash
from flask.testing import FlaskClient
from relay_kit import CONFIG, FakeClock, alert, webhook
from relay_process import SIGNING

from relay.actions.handler import Handler
from relay.config.model import Loaded, Settings
from relay.intake.ingest import take_in
from relay.metrics import Metrics
from relay.secret import Secret
from relay.store import Entry, Store, group_id
from relay.web.app import create_app
from relay.web.services import Services

INTERACTIONS, COMMANDS = "/v1/slack/interactions", "/v1/slack/commands"
ID = group_id("relay", "k")


class FakeDialogs:
    """Slack's views.open."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, dict[str, Any]]] = []
        self.why = ""

    def open(self, trigger: str, view: dict[str, Any]) -> str:
        self.opened.append((trigger, view))
        return self.why


class Now:
    """In place of the thread pool: done when submitted."""

    def submit(self, work: Callable[..., None], *arguments: Any) -> None:
        future: Future[None] = Future()
        future.set_result(work(*arguments))

    def shutdown(self, **_: Any) -> None:
        pass


class Desk:
    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock, self.woken = store, clock, 0
        self.dialogs, self.answers, self.metrics = FakeDialogs(), Told(), Metrics()
        self.config = replace(CONFIG, interactive=True)
        self.handler = Handler(
            store,
            self.config,
            clock,
            self.dialogs,
            self.answers,  # a stand-in
            self._wake,
        )
        self.handler._aside = Now()  # see there
        loaded = Loaded(self.config, Settings(slack_signing_secret=Secret(SIGNING)))
        self.services = Services(
            loaded, store, self.metrics, clock, lambda: None, lambda: True, "", self.handler
        )
        self.client: FlaskClient = create_app(self.services).test_client()

    def _wake(self) -> None:
        self.woken += 1

    def tell(self, *names: str, key: str = "k") -> None:
        take_in(
            webhook(*[alert(name) for name in names], key=key),
            self.store,
            self.config,
            self.clock.now(),
        )

    def send(self, payload: Any, headers: dict[str, str] | None = None) -> Any:
        body = encoded(payload)
        return self.client.post(INTERACTIONS, data=body, headers=headers or signed(body))

    def type(self, text: str, **more: str) -> Any:
        body = slash(text, **more)
        return self.client.post(COMMANDS, data=body, headers=signed(body))

    @property
    def jobs(self) -> list[Entry]:
        return list(self.store.journal().record(50))
