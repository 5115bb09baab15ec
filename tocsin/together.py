"""What checks find by looking at files together, and when that is known already.

A check is not asked again while what it gathered of each file is the same, and so is all that it
looked up in files besides: their content, and the answers to what was asked of other files.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from tocsin.checks import Check
from tocsin.frozen import thaw
from tocsin.known import Known, Question
from tocsin.model import Catalogue, Compiled
from tocsin.problem import Problem
from tocsin.work import Findings, Work


class Judged(NamedTuple):
    """What a check found, and what that rests on. looked: the keys of files that it looked up."""

    gathered: bytes
    looked: dict[str, bytes]
    asked: dict[Question, object]
    problems: tuple[Problem, ...]


class _Parts:
    """The files, for who must look something up; remembers which were."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.looked: dict[str, Known] = {}

    @property
    def catalogue(self) -> Catalogue:
        return self._work.shared.catalogue

    def __call__(self, name: str) -> Compiled:
        found = self._work.part(name).compiled
        self.looked[name] = found.known
        return found


class Together:
    """The checks' verdicts on all files.

    keys: what each file's content, and all that files share, comes down to; common: the latter
    alone; kept: what was found before, by check.
    """

    def __init__(
        self,
        keys: Mapping[str, bytes] | None = None,
        common: bytes = b"",
        kept: Mapping[str, Judged] | None = None,
    ) -> None:
        self._keys = keys or {}
        self._common = common
        self._kept = kept or {}
        self.judged: dict[str, Judged] = {}

    @property
    def is_new(self) -> bool:
        """Whether anything is not as it was kept."""
        return self.judged != self._kept

    def problems(self, work: Work, findings: Mapping[str, Findings]) -> Iterator[Problem]:
        """What is wrong with files together."""
        for check in work.wanted:
            if check.across:
                gathered = {name: found.gathered[check.id] for name, found in findings.items()}
                yield from self._of(check, work, gathered)

    def _of(self, check: Check, work: Work, gathered: Mapping[str, bytes]) -> Iterable[Problem]:
        assert check.across is not None  # noqa: S101 # as who calls has made sure
        digest = self._digest(gathered)
        kept = self._kept.get(check.id)
        if kept is None or not self._holds(kept, digest, work.known):
            parts = _Parts(work)
            thawed = {name: thaw(content) for name, content in gathered.items()}
            found = tuple(check.across.judge(thawed, parts))
            looked = {name: self._keys.get(name, b"") for name in parts.looked}
            asked: dict[Question, object] = {}
            for known in parts.looked.values():
                asked |= known.asked
            kept = Judged(digest, looked, asked, found)
        if not check.across.network:
            self.judged[check.id] = kept
        return kept.problems

    def _holds(self, kept: Judged, digest: bytes, known: Known) -> bool:
        same = kept.gathered == digest and known.holds(kept.asked)
        return same and all(self._keys.get(name) == key for name, key in kept.looked.items())

    def _digest(self, gathered: Mapping[str, bytes]) -> bytes:
        found = blake2b(self._common, digest_size=20)
        for name, content in gathered.items():
            for part in (name.encode(errors="surrogateescape"), content):
                found.update(len(part).to_bytes(8, "little"))
                found.update(part)
        return found.digest()
