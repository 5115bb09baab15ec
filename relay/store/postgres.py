"""PostgreSQL: any number of processes, on any number of machines, use one store."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from relay.store.contract import StoreError
from relay.store.sql import SqlStore

CONNECTIONS = 10  # kept open by a process; as many again at times
WAIT_SECONDS = 5  # for a connection; then Alertmanager is told to come again
STATEMENT_SECONDS = 15
LOCK_SECONDS = 5
GONE_SECONDS = 10  # a server that does not even acknowledge packets

SETTINGS = f"""
SET statement_timeout = '{STATEMENT_SECONDS}s';
SET lock_timeout = '{LOCK_SECONDS}s';
SET idle_in_transaction_session_timeout = '60s';
SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'
"""
"""Of each connection. 200 means "on disk", whatever the server's own default is."""


def open_postgres(url: str) -> SqlStore:
    """Opens the database of an URL such as postgresql://user:password@host/name, and makes the
    tables in it; raises StoreError, whose text holds no password."""
    address = make_url(url).set(drivername="postgresql+psycopg")
    try:
        engine = _engine(address)
    except ImportError:
        raise StoreError("PostgreSQL needs a driver: pip install 'tocsin[postgresql]'") from None
    except (SQLAlchemyError, ValueError) as error:
        raise StoreError(f"cannot open the database: {type(error).__name__}") from None
    try:
        return SqlStore(engine)
    except StoreError as error:
        engine.dispose()
        name = f"{address.database or ''} on {address.host or 'this machine'}"
        raise StoreError(f"cannot use the database {name}: {error}") from error


def _engine(address: URL) -> Engine:
    engine = create_engine(
        address,
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,
        pool_timeout=WAIT_SECONDS,
        connect_args={
            "connect_timeout": WAIT_SECONDS,
            "application_name": "tocsin-relay",
            "tcp_user_timeout": GONE_SECONDS * 1000,
            "keepalives_idle": GONE_SECONDS,
        },
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        connection.execute(SETTINGS)
        connection.autocommit = False

    @event.listens_for(engine, "begin")
    def _began(connection: Connection) -> None:
        if not connection.get_execution_options().get("tocsin_lasting", True):
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")

    return engine
