"""Stores of every version: opened, brought to this one, and nothing in them lost."""

import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from relay_kit import FakeClock, FakeSlack, Rig, at
from sqlalchemy import create_engine, inspect
from store_kit import FULL, fill, told

from relay.store import Store, StoreError, Work
from relay.store.opening import open_store
from relay.store.schema import VERSION, metadata
from relay.store.upgrade import STEPS

KEPT = Path(__file__).parent / "stores"
SQLITE = sorted(KEPT.glob("v*.sql"), key=lambda path: int(path.stem[1:]))


def restored(source: Path, folder: Path) -> str:
    with closing(sqlite3.connect(folder / "relay.sqlite")) as raw:
        raw.executescript(source.read_text(encoding="utf-8"))
    return f"sqlite:///{folder}/relay.sqlite"


def columns(url: str) -> dict[str, set[tuple[str, bool]]]:
    engine = create_engine(url)
    found = inspect(engine)
    there = {
        name: {(each["name"], bool(each["nullable"])) for each in found.get_columns(name)}
        | {(str(each["name"]), True) for each in found.get_indexes(name)}
        for name in metadata.tables
    }
    engine.dispose()
    return there


def test_a_store_of_every_version_is_kept() -> None:
    assert [path.stem for path in SQLITE] == [f"v{number}" for number in range(1, VERSION + 1)]
    assert sorted(STEPS) == list(range(2, VERSION + 1))


@pytest.mark.parametrize("source", SQLITE, ids=lambda path: path.stem)
def test_it_is_opened_and_nothing_is_lost(source: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as raw:
        raw.executescript(source.read_text(encoding="utf-8"))
        names = {row[0] for row in raw.execute("SELECT id FROM groups")}
        events = raw.execute("SELECT count(*) FROM history").fetchone()[0]
        salt = raw.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()[0]
    store = open_store(restored(source, tmp_path))
    seen = told(store)
    assert {each.group_id for each in seen["groups"]} == names
    assert sum(map(len, seen["history"].values())) + 5 > events > 10
    assert seen["salt"].hex() == salt
    assert [len(each.members) for each in seen["digests"]] == [8]
    assert (len(seen["journal"]), len(seen["rejected"]), len(seen["standings"])) == (2, 1, 1)
    goes_on(store)
    store.close()
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    open_store(f"sqlite:///{fresh}/relay.sqlite").close()
    upgraded = columns(f"sqlite:///{tmp_path}/relay.sqlite")
    assert upgraded == columns(f"sqlite:///{fresh}/relay.sqlite"), "as if it were new"


def goes_on(store: Store) -> None:
    """The relay delivers what waited in it."""
    clock = FakeClock()
    clock.time = at(10)
    rig = Rig(store, FakeSlack(), clock, FULL)
    store.retry(None, clock.now())
    rig.run(120, tick=5)
    assert {each.work for each in store.overview(100)} == {Work.IDLE}
    assert rig.slack.posts


def test_it_is_made_as_the_kept_ones_were(store: Store) -> None:
    fill(store)
    assert [len(each.members) for each in told(store)["digests"]] == [8]
    goes_on(store)


def raised_on_sqlite(url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw, raw:
        raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")


def raised_on_postgresql(url: str) -> None:
    with psycopg.connect(url) as raw:
        raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")


RAISE: dict[str, Callable[[str], None]] = {
    "sqlite": raised_on_sqlite,
    "postgresql": raised_on_postgresql,
}


@pytest.mark.contract
def test_a_downgrade_is_refused_and_says_so(store_url: str) -> None:
    open_store(store_url).close()
    RAISE[store_url.partition(":")[0]](store_url)
    with pytest.raises(StoreError) as caught:
        open_store(store_url)
    assert re.search(
        rf"cannot use the database .*written by a newer tocsin-relay: its tables have version 99, "
        rf"and this one knows {VERSION}. Use the newer one again",
        str(caught.value),
    )


@pytest.mark.contract
def test_many_that_open_at_once_make_one_store(store_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(open_store, [store_url] * 4))
    assert len({store.salt() for store in stores}) == 1
    for store in stores:
        store.close()


def test_a_store_of_something_else_is_not_touched(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "relay.sqlite")) as raw, raw:
        raw.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    with pytest.raises(StoreError, match="tables of another program"):
        open_store(f"sqlite:///{tmp_path}/relay.sqlite")
