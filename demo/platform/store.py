"""The small store of events, in SQLite, that the aggregator fills and the scenarios read."""

import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from demo.platform.flows import Event

KEPT_SECONDS = 120.0  # so that it does not grow for ever


class Store:
    """One connection; each thread makes its own."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=10)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS event"
            " (id INTEGER PRIMARY KEY AUTOINCREMENT, flow TEXT, at REAL, value INTEGER)"
        )

    def put(self, events: Iterable[Event]) -> None:
        """Adds events and forgets old ones, in one transaction."""
        with self._connection as connection:
            rows = ((event.flow, event.at, event.value) for event in events)
            connection.executemany("INSERT INTO event (flow, at, value) VALUES (?, ?, ?)", rows)
            connection.execute("DELETE FROM event WHERE at < ?", (time.time() - KEPT_SECONDS,))

    def after(self, last: int, limit: int) -> list[tuple[int, str, float, int]]:
        """Up to `limit` events that came after the one with the ID `last`, in their order."""
        query = "SELECT id, flow, at, value FROM event WHERE id > ? ORDER BY id LIMIT ?"
        return self._connection.execute(query, (last, limit)).fetchall()
