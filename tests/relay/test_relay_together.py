"""Group commit: many threads, few commits; each is told of its own failure, and only of that."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from relay_kit import CONFIG, alert, at, webhook
from sqlalchemy import Connection, event, text

from relay.intake.ingest import take_in
from relay.store import StoreError
from relay.store.sql import SqlStore
from relay.store.sqlite import open_sqlite
from relay.store.together import Together


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")
    yield opened
    opened.close()


Work = Callable[[Connection], None]


def together_on(store: SqlStore) -> Together[Work]:
    def write(works: Sequence[Work]) -> None:
        store.database.write(lambda db: [work(db) for work in works])

    return Together(write)


def at_once(together: Together[Work], works: list[Work]) -> list[Any]:
    """What came of each, all gathered while one is on its way."""
    first, begun = threading.Event(), threading.Event()

    def hold(_db: Connection) -> None:
        begun.set()
        assert first.wait(20)

    with ThreadPoolExecutor(len(works) + 1) as pool:
        held = pool.submit(together.write, hold)
        assert begun.wait(20)
        others = [pool.submit(together.write, work) for work in works]
        while len(together._waiting) < len(works):
            pass
        first.set()
        assert held.exception(20) is None
        return [each.exception(20) for each in others]


def put(key: str) -> Work:
    def work(db: Connection) -> None:
        db.execute(text("INSERT INTO meta (key, value) VALUES (:key, '')"), {"key": key})

    return work


def keys(store: SqlStore) -> set[str]:
    query = text("SELECT key FROM meta WHERE key LIKE 'a%'")
    return store.database.read(lambda db: set(db.scalars(query)))


def test_thirty_writes_are_one_commit(store: SqlStore) -> None:
    commits: list[object] = []
    event.listen(store.database.engine, "commit", commits.append)
    together = together_on(store)
    assert at_once(together, [put(f"a{n}") for n in range(30)]) == [None] * 30
    assert len(commits) == 2
    assert len(keys(store)) == 30


def test_one_that_fails_fails_alone(store: SqlStore) -> None:
    def broken(_db: Connection) -> None:
        raise KeyError("a fault of ours")

    came = at_once(together_on(store), [put("a1"), broken, put("a1"), put("a2")])
    assert came[3] is None
    assert isinstance(came[1], KeyError)
    assert sorted(type(each) for each in (came[0], came[2]) if each) == [StoreError]
    assert keys(store) == {"a1", "a2"}


def test_nobody_waits_for_a_process_that_ends(store: SqlStore) -> None:
    def end(_db: Connection) -> None:
        raise SystemExit

    together = together_on(store)
    with pytest.raises(SystemExit):
        together.write(end)
    came = at_once(together, [end, put("a1")])
    assert sorted(str(each) for each in came) == ["", "the process ends"]
    assert keys(store) == set()
    together.write(put("a2"))
    assert keys(store) == {"a2"}


def test_a_full_disk_is_told_to_all(store: SqlStore) -> None:
    def full(db: Connection) -> None:
        db.execute(text("SELECT * FROM nowhere"))

    came = at_once(together_on(store), [put("a1"), full, put("a2")])
    assert [type(each) for each in came] == [StoreError] * 3
    assert keys(store) == set()


def test_webhooks_of_many_threads_are_all_there(store: SqlStore) -> None:
    def tell(name: int) -> None:
        take_in(webhook(alert(f"h{name}"), key=f"k{name}"), store, CONFIG, at(0))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(tell, range(200)))
    assert len(store.overview(999)) == 200
