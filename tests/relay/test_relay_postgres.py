"""PostgreSQL alone: restarted, gone, full of its own errors; and no password in what is said."""

import builtins
from collections.abc import Iterator
from typing import Any

import postgres_kit
import pytest
from relay_kit import CONFIG, alert, at, webhook

from relay.intake.ingest import take_in
from relay.store import Store, StoreError
from relay.store.postgres import open_postgres


@pytest.fixture(scope="module")
def mortal() -> Iterator[postgres_kit.Server]:
    """A server that may be stopped."""
    yield from postgres_kit.running()


def tell(store: Store, name: str) -> None:
    take_in(webhook(alert(name), key=name), store, CONFIG, at(0))


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_it_goes_away_and_comes_back(mortal: postgres_kit.Server, mode: str) -> None:
    store = open_postgres(mortal.fresh())
    tell(store, "before")
    mortal.stop(mode)
    for _ in range(3):
        with pytest.raises(StoreError, match="database: "):
            tell(store, "meanwhile")
        with pytest.raises(StoreError, match="database: "):
            store.claim(at(0), (), 60)
    mortal.start()
    tell(store, "after")
    store.check()
    assert {each.state.group_key for each in store.overview(9)} == {"before", "after"}
    store.close()


def test_a_restart_between_two_requests_is_not_noticed(mortal: postgres_kit.Server) -> None:
    store = open_postgres(mortal.fresh())
    tell(store, "before")
    mortal.stop()
    mortal.start()
    tell(store, "after")
    assert len(store.overview(9)) == 2
    store.close()


def test_commits_are_on_disk_whatever_the_server_likes(postgres_url: str) -> None:
    import psycopg

    name = postgres_url.rpartition("/")[2]
    with psycopg.connect(postgres_url, autocommit=True) as raw:
        raw.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    store = open_postgres(postgres_url)
    with store._db.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "15s"
    store.close()


def test_a_table_that_is_locked_is_a_store_error_and_then_works_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setattr("relay.store.postgres.SETTINGS", "SET lock_timeout = '50ms'")
    store = open_postgres(postgres_url)
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE groups")
        with pytest.raises(StoreError, match="lock timeout"):
            tell(store, "a")
    tell(store, "a")
    store.close()


@pytest.mark.parametrize(
    "url",
    ["postgresql://relay:hush-hush@127.0.0.1:1/d", "postgresql://relay:hush-hush@no.invalid/d"],
)
def test_what_it_says_holds_no_password(url: str) -> None:
    with pytest.raises(StoreError, match="cannot use the database d on ") as caught:
        open_postgres(url)
    assert "hush" not in str(caught.value)


def test_without_its_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name.startswith("psycopg"):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StoreError, match=r"pip install 'tocsin\[postgresql\]'"):
        open_postgres("postgresql://relay@127.0.0.1:1/d")
