"""Tells when files have changed, and have come to rest."""

import glob
from pathlib import Path

_State = tuple[tuple[str, int, int, int], ...]


class Watch:
    """Looks at paths and patterns each time that it is asked."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._patterns = patterns
        self._known = self._last = self._look()

    def changed(self) -> bool:
        """Whether files are other than when that was last said, and as they were a look ago."""
        now = self._look()
        at_rest, self._last = now == self._last, now
        if not at_rest or now == self._known:
            return False
        self._known = now
        return True

    def _look(self) -> _State:
        found = []
        for pattern in self._patterns:
            for name in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 - of a whole path
                try:
                    stat = Path(name).stat()
                except OSError:
                    continue  # gone between two looks
                found.append((name, stat.st_mtime_ns, stat.st_size, stat.st_ino))
        return tuple(found)
