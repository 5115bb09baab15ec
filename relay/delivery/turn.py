"""One deliverer at a time on a SQLite file, held by a lock that ends with its process.

While gunicorn reloads, the old worker and the new one live side by side; and somebody may start a
second relay on the same file by mistake. The one that waits delivers once the other has gone. As
the operating system frees the lock of a killed process, what that had claimed can be taken over at
once and not only after its lease.
"""

import fcntl
import os
from pathlib import Path

from relay.store import Store


class Turn:
    """`take()` says whether this process is the one that delivers."""

    def __init__(self, store: Store, path: Path) -> None:
        self._store, self._path = store, path
        self._file: int | None = None

    def take(self) -> bool:
        """Tries to become the one; on success the claims of whoever was before are given back."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        self._store.release_all()
        return True

    def start(self) -> None:
        """It is taken by the loop, once it is free."""

    def stop(self) -> None:
        """Lets the next one deliver."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
