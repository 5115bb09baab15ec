"""Several processes that do files side by side.

Each does its share from the reading to the last problem, so that nothing but outlines and findings
passes between them: outlines when all files are read, what is known of all when everybody has told
theirs, findings at the end. The first process is the one that asks; what another one fails to
deliver, it does itself.
"""

import os
import pickle
import signal
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from tocsin.known import Known, Outline
from tocsin.work import Done, Work

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

ENOUGH = 400_000  # bytes of rules that are worth a further process
MOST = 8


def helpers(size: int) -> int:
    """How many processes `size` bytes of rules are worth, on this machine."""
    if not hasattr(os, "fork"):
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), MOST, size // ENOUGH))


class Crew:
    """The processes of a run, which do the files `sizes` (name to bytes).

    more: how many bytes of rules are as much work as what the first process has to do besides.
    """

    def __init__(self, work: Work, sizes: dict[str, int], jobs: int, more: int = 0) -> None:
        self._work = work
        self._shares = _shares(sizes, jobs, more)
        self._hands: list[tuple[BaseProcess, Connection, list[str]]] = []

    def __enter__(self) -> "Crew":
        if len(self._shares) > 1:
            from multiprocessing import get_context  # noqa: PLC0415 # slow to import

            context = get_context("fork")
            for share in self._shares[1:]:
                ours, theirs = context.Pipe()
                given = (self._work, share, theirs)
                process = context.Process(target=_serve, args=given, daemon=True)
                process.start()
                theirs.close()
                self._hands.append((process, ours, share))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process, connection, _ in self._hands:
            connection.close()
            if kind:
                process.kill()
            process.join()

    def outlines(self) -> dict[str, Outline]:
        """What the files tell each other."""
        found = {name: self._work.outline(name) for name in self._shares[0]}
        for _, connection, share in self._hands:
            told = _received(connection)
            found |= told if isinstance(told, dict) else {}
            found |= {name: self._work.outline(name) for name in share if name not in found}
        return found

    def findings(
        self,
        known: Known,
        stale: Sequence[str] = (),
        meanwhile: Callable[[], object] = lambda: None,
    ) -> dict[str, Done]:
        """What became of the files, and of `stale` ones, which somebody has read before.

        meanwhile: what else the first process has to do before it waits for the others.
        """
        self._work.known = known
        more = _shares(dict.fromkeys(stale, 1), len(self._hands) + 1)
        for (_, connection, _), names in zip(self._hands, more[1:], strict=True):
            _send(connection, (known.outline, names))
        found = _done(self._work, [*self._shares[0], *more[0]])
        meanwhile()
        for (_, connection, share), names in zip(self._hands, more[1:], strict=True):
            told = _received(connection)
            found |= told if isinstance(told, dict) else {}
            missing = [name for name in (*share, *names) if name not in found]
            found |= _done(self._work, missing)
        return found


def _shares(sizes: dict[str, int], jobs: int, more: int = 0) -> list[list[str]]:
    """The files in as many parts, which are about the same work with `more` for the first."""
    shares: list[list[str]] = [[] for _ in range(jobs)]
    loads = [more] + [0] * (jobs - 1)
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        least = loads.index(min(loads))
        shares[least].append(name)
        loads[least] += size
    return shares


def _serve(work: Work, share: list[str], connection: "Connection") -> None:
    """What a further process does, until it has nothing more to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks is stopped, and stops us
    _send(connection, {name: work.outline(name) for name in share})
    told = _received(connection)
    if isinstance(told, tuple):
        outline, stale = told
        work.known = Known(outline, work.runbooks)
        work.keeping = False
        _send(connection, _done(work, [*share, *stale]))


def _done(work: Work, names: Iterable[str]) -> dict[str, Done]:
    return {name: work.done(name) for name in names}


def _send(connection: "Connection", what: object) -> None:
    try:
        connection.send_bytes(pickle.dumps(what, pickle.HIGHEST_PROTOCOL))
    except OSError:
        pass  # the other end is gone: whoever waits for an answer does the work itself


def _received(connection: "Connection") -> object:
    """What came, None when the other end is gone."""
    try:
        return pickle.loads(connection.recv_bytes())  # noqa: S301 # from our own process
    except (OSError, EOFError, pickle.UnpicklingError):
        return None
