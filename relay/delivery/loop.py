"""The thread that delivers: one step after another for as long as there is something to do."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from relay.clock import Clock
from relay.config.model import KEEP
from relay.delivery.reconcile import Reconciler
from relay.logs import logger
from relay.metrics import Metrics
from relay.store import Store, StoreError

POLL_SECONDS = 0.25
"""How often an idle loop looks for what has become due; a webhook wakes it at once."""

REST = 5.0
"""How many times as long as a fruitless look took there is none. In a storm news comes many times
within a look, and whoever brings it needs the processor more."""

LONGEST_REST_SECONDS = 0.1
AFTER_ERROR_SECONDS = 1.0
STOP_SECONDS = 15.0  # a call to Slack takes ten at most
STALLED_SECONDS = 60.0  # what is done for a group takes no longer than five calls of ten seconds
PRUNE_SECONDS = 600.0
PRUNE_AGAIN_SECONDS = 1.0

log = logger("relay.delivery.loop")


def always() -> bool:
    """Nobody has to be waited for."""
    return True


class Loop:
    """Runs the reconciler in a thread, as soon as `begin` says that it may."""

    def __init__(
        self,
        reconciler: Reconciler,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        begin: Callable[[], bool] = always,
        keep: timedelta = KEEP,
    ) -> None:
        self._reconciler, self._store = reconciler, store
        self._clock, self._metrics, self._begin = clock, metrics, begin
        self._keep = keep
        self._wake, self._stop = threading.Event(), threading.Event()
        self._beat = time.monotonic()
        self._prune_at = 0.0
        self._rested = threading.Event()
        reconciler.calls.answered = self._hurry
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There is news in the store."""
        self._wake.set()

    def _hurry(self) -> None:
        """There is something to record, and a lane is free."""
        self._rested.set()
        self._wake.set()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ends the loop once what it has begun is answered, or gives up waiting for that."""
        self._stop.set()
        self._hurry()
        self._thread.join(seconds)

    @property
    def alive(self) -> bool:
        """Whether the loop runs and is not stuck, and neither is a call to Slack."""
        now = time.monotonic()
        since = min(self._beat, self._reconciler.calls.oldest(now))
        return self._thread.is_alive() and now - since < STALLED_SECONDS

    def _run(self) -> None:
        self._deliver()
        self._reconciler.calls.wait(STOP_SECONDS)
        try:
            self._reconciler.conclude()
        except StoreError as error:  # the leases run out, and then Slack is asked
            log.error("the store failed", reason=error)

    def _deliver(self) -> None:
        begun = False
        while not self._stop.is_set():
            began = self._beat = time.monotonic()
            try:
                begun = begun or self._begin()
                found = begun and self._turn()
                pause = 0.0 if found else POLL_SECONDS
            except StoreError as error:
                log.error("the store failed", reason=error)
                self._metrics.errors.labels("store").inc()
                pause = AFTER_ERROR_SECONDS
            except Exception:  # a fault of ours: the other groups still have to be told
                log.exception("a step failed")
                self._metrics.errors.labels("fault").inc()
                pause = AFTER_ERROR_SECONDS
            if pause:
                took = time.monotonic() - began
                self._rested.wait(min(REST * took, LONGEST_REST_SECONDS))
                self._wake.wait(pause)
                self._rested.clear()
                self._wake.clear()

    def _turn(self) -> bool:
        if time.monotonic() >= self._prune_at:
            # In small steps, between deliveries, until there is nothing left to forget.
            count = self._store.prune(self._clock.now() - self._keep)
            if count:
                log.info("forgot old groups", count=count)
            pause = PRUNE_AGAIN_SECONDS if count else PRUNE_SECONDS
            self._prune_at = time.monotonic() + pause
        return self._reconciler.step()
