"""SQLite: one file, no server. Write-ahead log, synchronised to disk on every commit."""

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from relay.store.contract import StoreError
from relay.store.sql import SqlStore

BUSY_SECONDS = 5
"""How long a transaction waits for another's; then Alertmanager is told to come again."""

LASTING = "tocsin_lasting"
"""What a connection remembers: whether its commits wait for the disk. It can be told only between
two transactions."""


def open_sqlite(url: str) -> SqlStore:
    """Opens or creates the file of an URL such as sqlite:///relay.sqlite, or raises StoreError."""
    try:
        # The connection used last is used next: each remembers what it wrote last, which may be
        # a webhook of some megabytes.
        engine = create_engine(url, pool_use_lifo=True, connect_args={"timeout": BUSY_SECONDS})
    except (SQLAlchemyError, ValueError) as error:
        raise StoreError(f"cannot open the database: {type(error).__name__}") from None
    _set_up(engine)
    try:
        return SqlStore(engine)
    except StoreError as error:
        engine.dispose()
        path = make_url(url).database
        raise StoreError(f"cannot use the database {path}: {error}") from error


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Of several that open a new file at once one changes its mode, and SQLite refuses the others
    without waiting."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.01)


def _set_up(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: Any) -> None:
        # Python's sqlite3 begins transactions on its own, and late: we begin them ourselves.
        connection.isolation_level = None
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _began(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once, without waiting, if
        # another has written in between. So whoever means to write says so when it begins.
        options = connection.get_execution_options()
        if options.get("tocsin_reads"):
            connection.exec_driver_sql("BEGIN")
            return
        lasting = bool(options.get("tocsin_lasting", True))
        if connection.info.get(LASTING, True) is not lasting:
            connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
            connection.info[LASTING] = lasting
        connection.exec_driver_sql("BEGIN IMMEDIATE")
