"""Transactions on a database: their errors as ours, and a second try where that may help."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from relay.store.contract import StoreError

T = TypeVar("T")

TRIES = 5
AGAIN = {"40001", "40P01"}
"""PostgreSQL's codes for a transaction that gave way to another one: serialization, deadlock."""


class Database:
    """An engine, and how transactions run on it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # SQLite has who must wait for another's transaction sleep, for longer each time it looks.
        # Threads of one process need not: they take turns.
        alone = engine.dialect.name == "sqlite"
        self._turn: AbstractContextManager[Any] = threading.Lock() if alone else nullcontext()

    def write(self, work: Callable[[Connection], T], lasting: bool = True) -> T:
        """Runs `work` in a transaction and commits, or raises StoreError. What need not be
        `lasting` is lost, maybe, when the machine fails: nobody waits for the disk.

        It runs anew if another transaction was in its way, or if the connection turns out to be
        gone; so it must not do anything but work on the database, and doing it twice does no harm.
        """
        tries = 0
        while True:
            tries += 1
            try:
                with self._begun(lasting) as connection:
                    return work(connection)
            except SQLAlchemyError as error:
                if tries == TRIES or not _may_work_again(error, tries):
                    raise ours(error) from error
            time.sleep(random.uniform(0, 0.01) * tries)  # noqa: S311 - keeps two from meeting again

    @contextmanager
    def _begun(self, lasting: bool) -> Iterator[Connection]:
        with self._turn, self.engine.connect() as connection:
            connection.execution_options(tocsin_lasting=lasting)
            with connection.begin():
                yield connection

    def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` on what is committed, as of one moment on SQLite."""
        tries = 0
        while True:
            tries += 1
            try:
                with self.engine.connect() as connection:
                    return work(connection.execution_options(tocsin_reads=True))
            except SQLAlchemyError as error:
                if tries > 1 or not _is_gone(error):
                    raise ours(error) from error

    def write_once(self, work: Callable[[Connection], T]) -> T:
        """As `write`, of what cannot be done twice."""
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise ours(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """What is committed, as of one moment, for as long as one cares to look."""
        options: dict[str, Any] = {"tocsin_reads": True}
        if self.engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        try:
            with self.engine.connect() as connection:
                yield connection.execution_options(**options)
        except SQLAlchemyError as error:
            raise ours(error) from error

    def close(self) -> None:
        self.engine.dispose()


def _may_work_again(error: SQLAlchemyError, tries: int) -> bool:
    """Two that insert the same row at once: the second one finds it there and updates it."""
    if isinstance(error, IntegrityError):
        return True
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return code in AGAIN or (tries == 1 and _is_gone(error))


def _is_gone(error: SQLAlchemyError) -> bool:
    """The server ended a connection of the pool, which is emptied then."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def ours(error: SQLAlchemyError) -> StoreError:
    """Without the statement and a server's details, both of which hold people's data."""
    cause = getattr(error, "orig", None) or type(error).__name__
    lines = str(cause).strip().splitlines()
    return StoreError(f"database: {lines[0] if lines else type(cause).__name__}")
