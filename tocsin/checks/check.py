"""What a check is: an ID, the severity of its problems, and a function over the rules of a file."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tocsin.model import Catalogue, Compiled
from tocsin.problem import Problem, Severity
from tocsin.server import Server


class Parts(Protocol):
    """The files of a run: what all of them share, and each one's rules."""

    @property
    def catalogue(self) -> Catalogue: ...

    def __call__(self, name: str) -> Compiled: ...


@dataclass(frozen=True)
class Across:
    """What a check finds by looking at files together.

    gather: what it needs of one file, as plain small data (it is kept in the cache).
    judge: the problems, from what each file gave and nothing else but `Parts`, which bring a
    file's rules, to say where something stands. That takes time, so it is for problems.
    network: it asks other machines, which is for `tocsin lint` alone.
    """

    gather: Callable[[Compiled], Any]
    judge: Callable[[Mapping[str, Any], Parts], Iterable[Problem]]
    network: bool = False


@dataclass(frozen=True)
class OfServer:
    """What a check finds by asking the Prometheus server of `tocsin lint --prometheus`.

    gather: the questions of one file, as plain small data. find: the problem, if there is one,
    of one question. what: what is asked, for people. lesser: that is little beside what the check
    finds by itself, so that it has run as good as whole without a server.
    """

    what: str
    gather: Callable[[Compiled], Iterable[Any]]
    find: Callable[[Any, Server], Iterable[Problem]]
    lesser: bool = False


def _nothing(_compiled: Compiled) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True)
class Check:
    """One lint rule. Its module's docstring is its documentation.

    run: gets the rules of one file at a time. Of other files' rules it knows what
    `compiled.known` tells; what compares files stands in `across`.
    breaks: what it finds keeps a rule from being compiled, so that `tocsin build` stops at it
    whatever the `lint` section says. opt_in: it runs only where the `lint` section mentions it.
    alone: what it finds in a rule rests on no other file's rules.
    """

    id: str
    severity: Severity
    run: Callable[[Compiled], Iterable[Problem]] = _nothing
    documentation: str = ""
    breaks: bool = False
    opt_in: bool = False
    alone: bool = False
    across: Across | None = None
    server: OfServer | None = None

    @property
    def needs_server(self) -> bool:
        """Whether most of what it finds is found by asking a server."""
        return self.server is not None and not self.server.lesser

    @property
    def asks_only(self) -> bool:
        """Whether it finds nothing without a server."""
        return self.server is not None and self.run is _nothing and self.across is None
