"""Everything that one sandbox holds, shared by its API, its control and its page."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from relay.sandbox.faults import Faults
from relay.sandbox.rates import SLACK_LIMITS, Buckets, Limits
from relay.sandbox.workspace import Workspace

LOG_KEPT = 5_000  # calls


@dataclass
class State:
    """`clock` gives seconds since 1970; `token`: the only one taken, "" for any."""

    workspace: Workspace
    token: str = ""
    limits: Limits = SLACK_LIMITS
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    timezone: tzinfo | None = None  # None: that of this machine
    faults: Faults = field(default_factory=Faults)
    buckets: Buckets = field(default_factory=Buckets)
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOG_KEPT))

    def reset(self) -> None:
        """As new: no messages, faults, log, nor memory of rates."""
        self.workspace.clear()
        self.faults.clear()
        self.buckets.clear()
        self.log.clear()
