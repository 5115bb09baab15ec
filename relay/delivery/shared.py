"""Limits that several processes share: rates and holds are kept in the store.

A lane's rate is one number there, the time at which all that was taken from it is paid for: that is
so many calls in the future as were taken in advance (the generic cell rate algorithm). Whether
Slack can be reached is each process's own view, so that one which lost its network stops nobody.
"""

import random
from collections.abc import Callable
from dataclasses import replace

from relay.clock import Clock
from relay.config.model import Limits as Rates
from relay.delivery.limits import EDIT_BURST, NOTE, Limits, post_lane
from relay.store import Lane, Store

EDITS = "edit"
"""The lane of all edits together."""

SLIGHT = 0.001  # seconds that are nothing: numbers are rounded


class SharedLimits(Limits):
    """As its parent, for all processes on one store together."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rates: Rates,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(rates, jitter)
        self._store, self._clock = store, clock

    def held(self, now: float) -> list[str]:
        at, lanes = self._clock.now().timestamp(), self._store.lanes()
        edits = self._wait(lanes.get(EDITS, Lane()), EDITS, at)
        held = []
        for name, lane in lanes.items():
            if name == EDITS:
                continue
            if lane.held_until > at or (edits if _edits(name) else self._wait(lane, name, at)):
                held.append(name)
            if not _edits(name) and (lane.held_until > at or self._wait(lane, name, at, True)):
                held.append(f"{NOTE}{name.removeprefix('post ')}")
        return held

    def wait(self, lane: str, now: float) -> float:
        at, lanes = self._clock.now().timestamp(), self._store.lanes()
        held = lanes.get(post_lane(lane), Lane()).held_until - at
        bucket = lanes.get(_bucket(lane), Lane())
        return max(0.0, held, self._wait(bucket, lane, at, lane.startswith(NOTE)))

    def reserve(self, lane: str, now: float) -> float:
        at, spare = self._clock.now().timestamp(), lane.startswith(NOTE)
        if _edits(lane):
            held = self._store.take_lane(lane, lambda known: known).held_until - at
            if held > 0:
                return held
        rate, _ = self._rates(lane)

        def change(known: Lane) -> Lane:
            if self._wait(known, lane, at, spare) or known.held_until > at:
                return known
            return replace(known, ready_at=max(known.ready_at, at) + 1 / rate)

        before = self._store.take_lane(_bucket(lane), change)
        return max(0.0, before.held_until - at, self._wait(before, lane, at, spare))

    def hold(self, lane: str, seconds: float, now: float) -> None:
        until = self._clock.now().timestamp() + seconds
        self._store.take_lane(post_lane(lane), lambda known: replace(known, held_until=until))

    def _wait(self, known: Lane, lane: str, at: float, spare: bool = False) -> float:
        rate, burst = self._rates(lane)
        ahead = 0.0 if spare else (burst - 1) / rate
        wait = known.ready_at - at - ahead
        return wait if wait > SLIGHT else 0.0

    def _rates(self, lane: str) -> tuple[float, int]:
        return (self._edit_rate, EDIT_BURST) if _edits(lane) else (self._rate, self._burst)


def _edits(lane: str) -> bool:
    return lane == EDITS or lane.startswith(f"{EDITS} ")


def _bucket(lane: str) -> str:
    return EDITS if _edits(lane) else post_lane(lane)
