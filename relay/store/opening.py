"""The engine that an URL names."""

from sqlalchemy.engine import make_url

from relay.store.contract import Store
from relay.store.postgres import open_postgres
from relay.store.sqlite import open_sqlite


def shared(url: str) -> bool:
    """Whether several processes may deliver from this store at once."""
    return make_url(url).get_backend_name() == "postgresql"


def open_store(url: str) -> Store:
    """Opens the store, or raises StoreError with what is wrong, and without any password."""
    return open_postgres(url) if shared(url) else open_sqlite(url)
