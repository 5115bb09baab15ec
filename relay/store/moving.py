"""A store as lines of JSON, and back: from one engine to the other, whole or not at all.

The first line says what it is, the last how many rows there were of each table, so that half a file
is never taken for a whole one. Neither side holds more than some hundred rows in memory.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text, update

from relay.store.database import Database
from relay.store.schema import VERSION, metadata

FORMAT = "tocsin-relay store"
ROWS = 200  # at once
OWN = ("schema_version", "checked")
"""Facts that belong to a database rather than to what it holds."""

NOBODY = {"lease": None, "lease_until": 0.0}
TABLES = {table.name: table for table in metadata.sorted_tables}
LONG = ("statement_timeout", "idle_in_transaction_session_timeout")


class MovingError(Exception):
    """The file cannot be taken in; the text says why, for a person."""


def lines(database: Database) -> Iterator[str]:
    """All that a store holds, as of one moment; StoreError if it cannot be read."""
    yield _line({"format": FORMAT, "version": VERSION})
    counts: Counter[str] = Counter()
    with database.snapshot() as db:
        _take_time(db)
        for table in TABLES.values():
            for row in _rows(db, table):
                counts[table.name] += 1
                yield _line({"table": table.name, "row": row})
    yield _line({"end": dict(counts)})


def take_in(database: Database, source: Iterable[str]) -> int:
    """Fills an empty store with what `lines` gave, and returns how many rows; or raises MovingError
    or StoreError, and the store is as it was. Whoever delivered from the old store is forgotten."""
    numbered = enumerate(source, 1)
    _check_head(next(numbered, (1, ""))[1])
    # Tried once only: what was read of the source is gone.
    return database.write_once(lambda db: _fill(db, numbered))


def _fill(db: Connection, numbered: Iterator[tuple[int, str]]) -> int:
    _take_time(db)
    if db.dialect.name == "postgresql":
        db.execute(text("LOCK TABLE groups, deliveries, topics IN EXCLUSIVE MODE"))
    if any(db.scalar(select(func.count()).select_from(TABLES[name])) for name in _ESSENTIAL):
        raise MovingError("the database is not empty: a store is taken into a new one only")
    counts: Counter[str] = Counter()
    waiting: list[dict[str, Any]] = []
    before: Table | None = None
    for number, line in chain(numbered, [(0, "")]):
        data = _read(number, line) if number else {}
        if not number:
            raise MovingError("the file ends early: it is only a part of a store")
        if "end" in data:
            break
        table, row = _row(number, data)
        if before is not None and (table is not before or len(waiting) == ROWS):
            _insert(db, before, waiting)
            waiting = []
        before = table
        counts[table.name] += 1
        waiting.append(row)
    if before is not None:
        _insert(db, before, waiting)
    if data["end"] != dict(counts):
        raise MovingError("the file lacks rows, or has too many: it was cut or changed")
    _renumber(db)
    return counts.total()


_ESSENTIAL = ("groups", "deliveries", "topics", "actions", "heartbeats")


def _rows(db: Connection, table: Table) -> Iterator[dict[str, Any]]:
    statement = select(table).execution_options(stream_results=True, yield_per=ROWS)
    for row in db.execute(statement).mappings():
        values = {str(name): value for name, value in row.items()}
        if table.name == "meta" and values["key"] in OWN:
            continue
        if "lease" in values:
            values |= NOBODY if table.name == "deliveries" else {"lease": None}
        yield values


def _insert(db: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if table.name != "meta":
        db.execute(insert(table), rows)
        return
    for row in rows:
        known = update(table).where(table.c.key == row["key"]).values(value=row["value"])
        if not db.execute(known).rowcount:
            db.execute(insert(table).values(row))


def _renumber(db: Connection) -> None:
    """PostgreSQL counts on from where it was: rows that came with a number are not noticed."""
    if db.dialect.name != "postgresql":
        return
    for table in TABLES.values():
        column = table.autoincrement_column
        if column is not None:
            highest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            db.execute(select(func.setval(sequence, highest, False)))


def _check_head(line: str) -> None:
    head = _read(1, line)
    if head.get("format") != FORMAT:
        raise MovingError("this is no store: `tocsin-relay export` writes one")
    if head.get("version") != VERSION:
        raise MovingError(
            f"its tables have version {head.get('version')!r}, and this tocsin-relay knows "
            f"{VERSION}: export it again with this one"
        )


def _read(number: int, line: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise MovingError(f"line {number} is not what `tocsin-relay export` writes")
    return data


def _row(number: int, data: dict[str, Any]) -> tuple[Table, dict[str, Any]]:
    table, row = TABLES.get(str(data.get("table"))), data.get("row")
    if table is None or not isinstance(row, dict) or set(row) != set(table.c.keys()):
        raise MovingError(f"line {number} is no row of a table that this tocsin-relay knows")
    return table, row


def _take_time(db: Connection) -> None:
    """A large store takes longer than what a webhook may take."""
    if db.dialect.name == "postgresql":
        for name in LONG:
            db.execute(text(f"SET LOCAL {name} = 0"))


def _line(data: dict[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":")) + "\n"
