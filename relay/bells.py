"""Tells those that deliver of news, and hears of it: threads around `relay.store.bell`."""

from collections.abc import Callable, Sequence

from relay.metrics import Metrics
from relay.store.bell import Bell
from relay.ticker import Ticker

HEAR_SECONDS = 0.5  # how long a stop may have to wait
QUIET_SECONDS = 3600.0
STOP_SECONDS = 2.0


class Bells:
    """`wake` rings; what rings calls `wakes`. Many wakes in a row become few rings."""

    def __init__(
        self, url: str, metrics: Metrics, wakes: Sequence[Callable[[], None]] = ()
    ) -> None:
        self._bell, self._wakes = Bell(url), wakes
        self._ringer = Ticker("bell", self._ring, QUIET_SECONDS, metrics)
        self._hearer = Ticker("ear", self._hear, 1.0, metrics) if wakes else None
        self.wake = self._ringer.wake

    def start(self) -> None:
        self._ringer.start()
        if self._hearer:
            self._hearer.start()

    def stop(self) -> None:
        self._ringer.stop(STOP_SECONDS)
        if self._hearer:
            self._hearer.stop(STOP_SECONDS)
        self._bell.close()

    def _ring(self) -> bool:
        self._bell.ring()
        return False

    def _hear(self) -> bool:
        if self._bell.hear(HEAR_SECONDS):
            for wake in self._wakes:
                wake()
        return True
