"""PostgreSQL's LISTEN and NOTIFY: those that deliver hear at once that there is something to do.

Only a hint, sent outside of any transaction: whoever misses it looks by itself a moment later. (In
a transaction a NOTIFY would have all commits wait for each other.)
"""

import threading
from typing import Any, LiteralString

from sqlalchemy.engine import make_url

from relay.store.contract import StoreError

CHANNEL: LiteralString = "tocsin_relay"
CONNECT_SECONDS = 5


class Bell:
    """Connections of its own: one to ring, one to hear it. Each is made anew after an error."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(False)
        self._ringing: Any = None
        self._hearing: Any = None
        self._lock = threading.Lock()

    def ring(self) -> None:
        """Wakes all that hear, or raises StoreError."""
        with self._lock:
            try:
                self._ringing = self._ringing or self._connect()
                self._ringing.execute(f"NOTIFY {CHANNEL}")
            except self._errors() as error:
                _close(self._ringing)
                self._ringing = None
                raise StoreError(f"cannot notify: {type(error).__name__}") from error

    def hear(self, seconds: float) -> bool:
        """Waits until it rings, or for so long; StoreError if that is not possible."""
        try:
            if self._hearing is None:
                self._hearing = self._connect()
                self._hearing.execute(f"LISTEN {CHANNEL}")
                return True  # it may have rung before
            return any(True for _ in self._hearing.notifies(timeout=seconds, stop_after=1))
        except self._errors() as error:
            _close(self._hearing)
            self._hearing = None
            raise StoreError(f"cannot listen: {type(error).__name__}") from error

    def close(self) -> None:
        """Once nobody waits any more."""
        _close(self._ringing)
        _close(self._hearing)

    def _connect(self) -> Any:
        import psycopg  # noqa: PLC0415 - there only where PostgreSQL is used

        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="tocsin-relay",
        )

    def _errors(self) -> tuple[type[Exception], ...]:
        import psycopg  # noqa: PLC0415 - as above

        return (psycopg.Error, OSError)


def _close(connection: Any) -> None:
    if connection is not None:
        connection.close()
