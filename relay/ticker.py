"""A thread that does one thing again and again: when woken, and every so many seconds."""

import threading
from collections.abc import Callable

from relay.logs import logger
from relay.metrics import Metrics
from relay.store import StoreError

log = logger("relay.ticker")


class Ticker:
    """Calls `step` for as long as it finds work, then waits. A step that fails is tried again."""

    def __init__(
        self, name: str, step: Callable[[], bool], seconds: float, metrics: Metrics
    ) -> None:
        self._step, self._seconds, self._metrics = step, seconds, metrics
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self, seconds: float) -> None:
        """Ends after the current step, or gives up waiting for it."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._found():
                self._wake.wait(self._seconds)
                self._wake.clear()

    def _found(self) -> bool:
        try:
            return self._step()
        except StoreError as error:
            log.error("the store failed", reason=error)
            self._metrics.errors.labels("store").inc()
        except Exception:  # a fault of ours: the next one still has to be done
            log.exception("a step failed", thread=self._thread.name)
            self._metrics.errors.labels("fault").inc()
        return False
