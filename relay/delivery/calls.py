"""Calls to Slack that are under way: several at once, so that no channel waits for another.

Slack takes some tenths of a second to answer. Whoever decides what is said next does not wait for
that, but goes on with what another channel needs, and comes back to what has been answered.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

AT_ONCE = 8


class Here(Executor):
    """Runs what it is given at once, and in the caller's thread."""

    def submit(self, work: Callable[..., T], /, *given: Any, **named: Any) -> Future[T]:
        answer: Future[T] = Future()
        try:
            answer.set_result(work(*given, **named))
        except Exception as error:  # it is raised where the answer is wanted
            answer.set_exception(error)
        return answer


def threads() -> Executor:
    """As many as there may be calls."""
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="slack")


@dataclass(frozen=True)
class _Call:
    lane: str
    began: float
    conclude: Callable[[], None]


class Calls:
    """Used by one thread; `answered` is called by others, as soon as there is an answer."""

    def __init__(self, executor: Executor) -> None:
        self.answered: Callable[[], None] = lambda: None
        self._executor = executor
        self._calls: dict[Future[Any], _Call] = {}

    def begin(
        self, lane: str, call: Callable[[], T], conclude: Callable[[Callable[[], T]], None]
    ) -> None:
        """Has `call` made; then `conclude_answered` has `conclude` ask for the answer, which raises
        what the call raised."""
        began = time.monotonic()
        answer = self._executor.submit(call)
        self._calls[answer] = _Call(lane, began, lambda: conclude(answer.result))
        answer.add_done_callback(lambda _answer: self.answered())

    @property
    def full(self) -> bool:
        """Whether no more may begin."""
        return len(self._calls) >= AT_ONCE

    def lanes(self) -> Iterator[str]:
        """Those that a call is under way on: what is said on one is said in order."""
        return (call.lane for call in self._calls.values())

    def oldest(self, now: float) -> float:
        """When the call began that is longest under way; `now` if there is none."""
        return min((call.began for call in self._calls.values()), default=now)

    def conclude_answered(self) -> bool:
        """Concludes what has been answered; False if nothing has. One that raises is concluded by
        that; those after it are left for the next time."""
        done = [answer for answer in self._calls if answer.done()]
        for answer in done:
            self._calls.pop(answer).conclude()
        return bool(done)

    def wait(self, seconds: float) -> None:
        """Until all are answered, or for so long."""
        wait(self._calls, seconds)

    def wait_for_one(self, seconds: float) -> None:
        """Until one is answered, or for so long."""
        wait(self._calls, seconds, return_when=FIRST_COMPLETED)
