"""What a template does, as data."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tocsin.gotemplate.functions import Type
from tocsin.gotemplate.nodes import Fault


@dataclass(frozen=True)
class Query:
    """PromQL that a template asks the server. texts: what it may be; exact: not put together."""

    texts: tuple[str, ...]
    start: int
    end: int
    exact: bool


@dataclass(frozen=True)
class Read:
    """A label that is read. of: a query's results, else of the alert, or `EXTERNAL` labels.

    guarded: the template asks whether it is there, or has another way.
    """

    name: str
    start: int
    end: int
    of: Query | Type
    guarded: bool = False

    @property
    def is_of_alert(self) -> bool:
        """Whether it is a label of the alert's own results."""
        return self.of is Type.LABELS


@dataclass(frozen=True)
class Shown:
    """The alert's value, shown. readable: put in a form that people read."""

    text: str
    start: int
    end: int
    readable: bool


@dataclass
class Meaning:
    """Everything that a template does."""

    reads: list[Read] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def of_alert(self) -> Iterator[Read]:
        """The labels of the alert's own results that are read."""
        return (read for read in self.reads if read.is_of_alert)
