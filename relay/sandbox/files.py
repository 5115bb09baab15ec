"""Files on their way into the sandbox, and those that are there: in memory, and bounded."""

import itertools
import secrets
import threading
from dataclasses import dataclass, replace

from relay.sandbox.refused import RefusedError

KEPT = 100
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class File:
    """One file. `secret` is in the address that its bytes are sent to; `data` None until then."""

    id: str
    name: str
    length: int
    secret: str
    title: str = ""
    data: bytes | None = None

    @property
    def picture(self) -> bool:
        return (self.data or b"").startswith(PNG)


class Files:
    """All files; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, File] = {}
        self._numbers = itertools.count(1)

    def expect(self, name: str, length: int) -> File:
        """A file whose bytes are to come; the oldest make room."""
        with self._lock:
            file = File(f"F{next(self._numbers):08}", name, length, secrets.token_urlsafe(24))
            self._files[file.id] = file
            for old in list(self._files)[:-KEPT]:
                del self._files[old]
            return file

    def take(self, secret: str, data: bytes) -> bool:
        """The bytes; False if nobody expects them there, or not so many."""
        with self._lock:
            for file in self._files.values():
                if file.secret == secret and file.data is None and len(data) == file.length:
                    self._files[file.id] = replace(file, data=data)
                    return True
        return False

    def complete(self, file_id: str, title: str) -> File:
        """A file whose bytes are here, named; RefusedError("file_not_found") for any other."""
        with self._lock:
            file = self._files.get(file_id)
            if file is None or file.data is None:
                raise RefusedError("file_not_found")
            self._files[file_id] = replace(file, title=title or file.name)
            return self._files[file_id]

    def find(self, file_id: str) -> File | None:
        with self._lock:
            return self._files.get(file_id)

    def clear(self) -> None:
        with self._lock:
            self._files.clear()
