"""The engine that an URL names."""

from collections.abc import Iterable, Iterator

from sqlalchemy.engine import make_url

from relay.store import moving
from relay.store.contract import Store
from relay.store.postgres import open_postgres
from relay.store.sql import SqlStore
from relay.store.sqlite import open_sqlite


def shared(url: str) -> bool:
    """Whether several processes may deliver from this store at once."""
    return make_url(url).get_backend_name() == "postgresql"


def open_store(url: str) -> Store:
    """Opens the store, or raises StoreError with what is wrong, and without any password."""
    return _open(url)


def _open(url: str) -> SqlStore:
    return open_postgres(url) if shared(url) else open_sqlite(url)


def export_store(url: str) -> Iterator[str]:
    """A store as lines of text."""
    store = _open(url)
    try:
        yield from moving.lines(store.database)
    finally:
        store.close()


def import_store(url: str, source: Iterable[str]) -> int:
    """Fills a new store with such lines; returns how many rows."""
    store = _open(url)
    try:
        return moving.take_in(store.database, source)
    finally:
        store.close()
