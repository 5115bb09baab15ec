"""The version of the tables: kept in the store, and raised step by step when a store is opened.

A new version: change `schema`, raise `schema.VERSION`, add a step here, keep a store of the version
before in tests/relay/stores. A step adds what is new; what is not used any more goes one release
later, so that processes of the release before go on working while one after the other is replaced.
"""

import secrets
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, insert, inspect, select, update

from relay.store import schema
from relay.store.contract import StoreError
from relay.store.schema import meta

Step = Callable[[Connection], None]

LOCK = 7_460_722  # any number; PostgreSQL's lock that two processes which open at once wait for


def _to_2(db: Connection) -> None:
    """Rates and turns are shared by all that deliver; old groups are found by an index."""
    schema.lanes.create(db)
    schema.turns.create(db)
    schema.groups_old.create(db)


STEPS: Mapping[int, Step] = {2: _to_2}
"""What makes a store of the version before one of this version."""


def prepare(db: Connection) -> bytes:
    """Makes the tables, or brings them to this version; returns the store's salt.

    Raises StoreError for a store that a newer relay has written.
    """
    if db.dialect.name == "postgresql":
        db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    if not inspect(db).has_table(meta.name):
        schema.metadata.create_all(db)
        db.execute(insert(meta).values(key="schema_version", value=str(schema.VERSION)))
        db.execute(insert(meta).values(key="salt", value=secrets.token_hex(16)))
    version = _version(db)
    if version > schema.VERSION:
        raise StoreError(
            f"it was written by a newer tocsin-relay: its tables have version {version}, and this "
            f"one knows {schema.VERSION}. Use the newer one again, or start with another database"
        )
    for number in range(version + 1, schema.VERSION + 1):
        STEPS[number](db)
    if version < schema.VERSION:
        written = update(meta).where(meta.c.key == "schema_version")
        db.execute(written.values(value=str(schema.VERSION)))
    return bytes.fromhex(db.execute(select(meta.c.value).where(meta.c.key == "salt")).scalar_one())


def _version(db: Connection) -> int:
    found = db.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
    try:
        return int(found or "")
    except ValueError:
        raise StoreError("it has tables of another program, or damaged ones") from None
