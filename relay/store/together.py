"""Group commit: what several threads write at once goes to the disk once.

On SQLite each commit waits for the disk, and one transaction writes at a time. So while one is on
its way, those that come meanwhile gather, and the next one takes all of them.
"""

import threading
from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from relay.store.contract import StoreError
from relay.store.database import Database, ours

MANY = 64  # in one transaction, so that nobody else waits for long

Work = Callable[[Connection], None]


class _Each:
    """What one thread wants written, and what came of it."""

    def __init__(self, work: Work) -> None:
        self.work, self.done = work, False
        self.error: Exception | None = None


class Together:
    """`write` is `Database.write` for many threads."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._writing, self._lock = threading.Lock(), threading.Lock()
        self._waiting: list[_Each] = []

    def write(self, work: Work) -> None:
        """Runs `work` in a transaction, maybe with others'; on disk once it returns."""
        mine = _Each(work)
        with self._lock:
            self._waiting.append(mine)
        with self._writing:
            while not mine.done:
                self._write_some()
        if mine.error:
            raise mine.error

    def _write_some(self) -> None:
        with self._lock:
            some, self._waiting = self._waiting[:MANY], self._waiting[MANY:]
        try:
            with self._db.engine.begin() as connection:
                for each in some:
                    each.work(connection)
        except OperationalError as error:  # full, locked, not there: for all of them
            for each in some:
                each.error = ours(error)
        except Exception:  # one of them cannot be written: that is its own affair
            for each in some:
                self._write_one(each)
        except BaseException:  # the process ends: nobody is to wait for ever
            for each in some:
                each.error = StoreError("the process ends")
            raise
        finally:
            for each in some:
                each.done = True

    def _write_one(self, each: _Each) -> None:
        try:
            self._db.write(each.work)
        except Exception as error:  # whatever it is, whoever asked for it is told
            each.error = error
