"""What the endpoints work with."""

from collections.abc import Callable
from dataclasses import dataclass

from relay.actions.handler import Handler
from relay.clock import Clock
from relay.config.model import Loaded
from relay.metrics import Metrics
from relay.store import Store


@dataclass(frozen=True)
class Services:
    """One process's. `wake` tells the loop of news, `alive` whether it runs."""

    loaded: Loaded
    store: Store
    metrics: Metrics
    clock: Clock
    wake: Callable[[], None]
    alive: Callable[[], bool]
    sandbox: str = ""  # where its page is, if it stands in for Slack
    handler: Handler | None = None  # of clicks and commands, where they can reach us
