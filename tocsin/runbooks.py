"""The runbook pages beside a catalogue, and the anchors in them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER = Path("docs/runbooks")  # from the folder that holds the catalogue
THERE = "\0"  # in place of a page's name: whether the folder is there at all
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_NAMED = re.compile(r"<a\s+(?:id|name)=[\"']([^\"']+)[\"']")
_DROPPED = re.compile(r"[^\w\- ]")


class Runbooks(Mapping[str, frozenset[str]]):
    """The anchors of each page, by its path from the folder; a page is read when it is asked for.

    Listed are only the pages of the folder itself.
    """

    def __init__(self, root: Path | None) -> None:
        self._folder = root.resolve().parent / FOLDER if root else None
        self._read: dict[str, frozenset[str] | None] = {}

    def __getitem__(self, page: str) -> frozenset[str]:
        if page not in self._read:
            self._read[page] = self._look_up(page)
        found = self._read[page]
        if found is None:
            raise KeyError(page)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.name for path in self._folder.glob("*.md")) if self._folder else ())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _look_up(self, page: str) -> frozenset[str] | None:
        if self._folder is None:
            return None
        if page == THERE:
            return frozenset() if self._folder.is_dir() else None
        path = self._folder / page
        return _anchors(path) if path.is_file() else None


def _anchors(page: Path) -> frozenset[str]:
    """The anchors of a Markdown page, as GitHub makes them of its headings."""
    text = page.read_text(encoding="utf-8", errors="replace")
    slugs = {
        _DROPPED.sub("", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)
    }
    return frozenset(slugs | set(_NAMED.findall(text)))
