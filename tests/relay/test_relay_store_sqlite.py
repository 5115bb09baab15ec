"""What is SQLite's alone: its file, its locks, its promises."""

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from claims_kit import NOW, claim, tell
from relay_kit import alert
from sqlalchemy.dialects import sqlite

from relay.store import (
    Store,
    StoreError,
    queries,
)
from relay.store.sqlite import open_sqlite

pytestmark = pytest.mark.contract


def test_everything_is_there_after_opening_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/relay.sqlite"
    first = open_sqlite(url)
    tell(first, alert("a"))
    salt = first.salt()
    first.close()
    second = open_sqlite(url)
    assert claim(second)
    assert second.salt() == salt
    assert len(salt) == 16
    second.close()


def test_it_is_durable(tmp_path: Path) -> None:
    store = open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")
    with store._db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        queries.due().params(now=0, held=["post #a"]),
        queries.crowds().params(now=0),
        queries.queues(),
    ],
    ids=["due", "crowds", "queues"],
)
def test_a_step_does_not_grow_with_the_groups_that_are_known(
    tmp_path: Path, statement: Any
) -> None:
    """Each of its queries begins with what waits, by an index."""
    store = open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")
    query = statement.compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True, "render_postcompile": True}
    )
    with store._db.engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    store.close()
    assert any("deliveries USING INDEX deliveries_due (work=?" in line for line in plan)
    assert not [line for line in plan if line.startswith("SCAN")]


@pytest.mark.parametrize("path", ["missing/relay.sqlite", ""])
def test_a_file_that_cannot_be_opened_is_a_store_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(StoreError, match="cannot use the database"):
        open_sqlite(f"sqlite:///{tmp_path}/{path}")


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "relay.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")


def test_an_url_that_makes_no_sense_is_a_store_error() -> None:
    with pytest.raises(StoreError, match="cannot open the database"):
        open_sqlite("nonsense")


def test_a_locked_file_is_a_store_error_and_then_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.store.sqlite.BUSY_SECONDS", 0.05)
    store = open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")
    other = sqlite3.connect(tmp_path / "relay.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="database: database is locked"):
        tell(store, alert("a", summary="private"))
    assert store.overview(1) == [], "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    tell(store, alert("a"))
    assert claim(store)
    store.close()


def test_five_thousand_alerts_are_taken_in_fast(store: Store) -> None:
    many = [alert(f"a{index}") for index in range(5000)]
    tell(store, *many)
    tell(store, *many, minute=1)
    assert len(claim(store, 1).state.records) == 5000
    assert store.claim(NOW + timedelta(hours=1), (), 60) is not None


def test_a_file_that_somebody_else_opens_just_now_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "relay.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE theirs (x)")
        other.execute("BEGIN EXCLUSIVE")
        threading.Timer(0.3, other.execute, ["ROLLBACK"]).start()
        opened = open_sqlite(f"sqlite:///{path}")
        opened.check()
        opened.close()
