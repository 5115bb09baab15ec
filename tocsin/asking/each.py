"""Each question in its turn, a few at once; what the server does not say is told as well."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from tocsin import problem, progress
from tocsin.problem import Position, Problem
from tocsin.server import Refused, Server

UNSAID = "lint/prometheus"


class Item(Protocol):
    """What a question is about: where it stands, and in which rule. It can be a key."""

    @property
    def place(self) -> Position: ...

    @property
    def rule(self) -> str: ...


I = TypeVar("I", bound=Item)  # noqa: E741 - one letter, as type variables have


def each(
    server: Server,
    what: str,
    items: Iterable[I],
    find: Callable[[I, Server], Iterable[Problem]],
) -> Iterator[Problem]:
    """What `find` tells of all items. Raises Unanswered where there is no server any more."""

    def one(item: I) -> list[Problem]:
        heard = server.listening()
        try:
            found = list(find(item, heard))
        except Refused as exc:
            message = f"Prometheus does not say ({what}): {exc}"
            found = [problem.warning(item.place, UNSAID, message, rule=item.rule)]
        for text in dict.fromkeys(heard.warnings):
            message = f"Prometheus warns ({what}): {text}"
            found.append(problem.info(item.place, UNSAID, message, rule=item.rule))
        return found

    for found in progress.side_by_side(what, items, one, server.at_once).values():
        yield from found
