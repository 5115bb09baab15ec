"""Group commit: what several threads write at once goes to the disk once.

Each commit waits for the disk, and each statement has its price, whether it is about one row or
about many. So while one transaction is on its way those that come meanwhile gather, and the next
one takes all of them. One of those that wait writes for the others; there is no thread for it.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.exc import DataError, IntegrityError

from relay.store.contract import StoreError

MANY = 64  # in one transaction, so that nobody else waits for long

T = TypeVar("T")


class _Each(Generic[T]):
    """What one thread wants written, and what came of it."""

    def __init__(self, what: T) -> None:
        self.what, self.done = what, False
        self.error: Exception | None = None
        self.turn = threading.Lock()  # held until it is written, or is to write for the others
        self.turn.acquire()


class Together(Generic[T]):
    """`write_all` writes several in one transaction, and may be called anew for one of them. Of
    those that have the same `key` each gets a transaction of its own, in the order they came."""

    def __init__(
        self, write_all: Callable[[Sequence[T]], None], key: Callable[[T], object] = id
    ) -> None:
        self._write_all, self._key = write_all, key
        self._lock = threading.Lock()
        self._waiting: list[_Each[T]] = []
        self._busy = False

    def write(self, what: T) -> None:
        """Writes it, maybe with others'; on disk once this returns."""
        mine = _Each(what)
        with self._lock:
            self._waiting.append(mine)
            follows, self._busy = self._busy, True
        if follows:
            mine.turn.acquire()
        if not mine.done:
            self._lead()
        if mine.error:
            raise mine.error

    def _lead(self) -> None:
        """Writes for all that wait; the first of those that came meanwhile is the next to lead."""
        with self._lock:
            some = self._next()
        try:
            self._write_some(some)
        except BaseException:  # the process ends: nobody is to wait for ever
            for each in some:
                each.error = StoreError("the process ends")
            raise
        finally:
            for each in some:
                each.done = True
            with self._lock:
                self._busy = bool(self._waiting)
                woken = [*self._waiting[:1], *some]
            for each in woken:
                each.turn.release()

    def _next(self) -> list[_Each[T]]:
        """Those that have waited longest, each with a key of its own."""
        some: dict[object, _Each[T]] = {}
        later: list[_Each[T]] = []
        for each in self._waiting:
            key = self._key(each.what)
            if len(some) == MANY or key in some:
                later.append(each)
            else:
                some[key] = each
        self._waiting = later
        return list(some.values())

    def _write_some(self, some: Sequence[_Each[T]]) -> None:
        try:
            self._write_all([each.what for each in some])
        except Exception as error:
            if _of_all(error) or len(some) == 1:
                for each in some:
                    each.error = error
                return
            for each in some:  # one of them cannot be written: that is its own affair
                self._write_some([each])


def _of_all(error: Exception) -> bool:
    """Whether the others' would fail as well: the disk is full, the database locked or away."""
    mine = isinstance(error.__cause__, IntegrityError | DataError)
    return isinstance(error, StoreError) and not mine
