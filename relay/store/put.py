"""What several parts of the store do with rows."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    Table,
    Update,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from relay.store.schema import deliveries, history, topics


def alone(db: Connection, what: str) -> None:
    """Waits until no other transaction does `what`, and keeps others from it until the commit.
    On SQLite a transaction that writes is alone anyway."""
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


def put(db: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Updates the row whose key it is, or inserts it. Of two that insert at once one fails, and
    `Database.write` has it do so again."""
    ((column, name),) = key.items()
    changing, adding = _putting(table, column)
    if not db.execute(changing, {"of_key": name, **values}).rowcount:
        db.execute(adding, {**key, **values})


@cache
def _putting(table: Table, column: str) -> tuple[Update, Insert]:
    return update(table).where(table.c[column] == bindparam("of_key")), insert(table)


def forget(db: Connection, names: Sequence[str]) -> None:
    """Removes topics, their deliveries and their history."""
    db.execute(delete(topics).where(topics.c.id.in_(names)))
    db.execute(delete(deliveries).where(deliveries.c.group_id.in_(names)))
    db.execute(delete(history).where(history.c.group_id.in_(names)))
