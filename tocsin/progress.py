"""How far something is that takes time, on a terminal; elsewhere nothing is shown."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


@contextmanager
def shown(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A line that says how many of `total` are done; the function given counts one more."""
    stream = sys.stderr
    if not total or not stream.isatty():
        yield lambda: None
        return
    done, lock = 0, threading.Lock()

    def count() -> None:
        nonlocal done
        with lock:
            done += 1
            stream.write(f"\r{what}: {done} of {total}\x1b[K")
            stream.flush()

    try:
        yield count
    finally:
        stream.write("\r\x1b[K")
        stream.flush()


def side_by_side(
    what: str, questions: Iterable[Q], answer: Callable[[Q], A], at_once: int
) -> dict[Q, A]:
    """The answer to each question, a few asked at once."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow, seldom needed

    wanted = list(dict.fromkeys(questions))
    with shown(what, len(wanted)) as count, ThreadPoolExecutor(at_once) as threads:

        def one(question: Q) -> A:
            try:
                return answer(question)
            finally:
                count()

        try:
            return dict(zip(wanted, threads.map(one, wanted), strict=True))
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
