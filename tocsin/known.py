"""What the rules of one file must know of the other files: few facts, gathered before any check.

Whoever judges a file asks here, and each question is remembered with its answer, so that what was
found in the file is known to hold for as long as the answers are the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Generic, NamedTuple, TypeVar

V = TypeVar("V")
Recorded = tuple[str, frozenset[str]]  # a recorded series: its expression, names of its own labels
Question = tuple[str, str]  # a topic, and a name
ALL = "\0all"  # in place of a name


class Outline(NamedTuple):
    """What one file tells the others: the series that it records, the alerts that it has, and those
    that an `unless` of it names. Of all files together also what is gone from there: by name,
    whether it was a `recording`, an `alert` or both."""

    recorded: Mapping[str, tuple[Recorded, ...]]
    alerts: Mapping[str, bool]
    awaited: Mapping[str, bool]
    gone: Mapping[str, tuple[str, ...]] = {}


NOTHING = Outline({}, {}, {})


class Watched(Mapping[str, V], Generic[V]):
    """A mapping that writes down what it was asked."""

    def __init__(self, topic: str, facts: Mapping[str, V], asked: dict[Question, object]) -> None:
        self._topic = topic
        self._facts = facts
        self._asked = asked

    def __getitem__(self, name: str) -> V:
        found = self._facts.get(name)
        self._asked[self._topic, name] = found
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        self._asked[self._topic, ALL] = _names(self._facts)
        return iter(self._facts)

    def __len__(self) -> int:
        self._asked[self._topic, ALL] = _names(self._facts)
        return len(self._facts)


def _names(facts: Mapping[str, object]) -> bytes:
    """A digest of all names, which are too many to keep."""
    return blake2b("\0".join(sorted(facts)).encode(errors="surrogatepass")).digest()


def _gone(
    before: Outline, recorded: Mapping[str, object], alerts: Mapping[str, object]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in sorted({*before.recorded, *before.alerts}):
        recording = name in before.recorded and name not in recorded
        alert = name in before.alerts and name not in alerts
        if recording or alert:
            yield name, ("recording",) * recording + ("alert",) * alert


class Known:
    """The outlines of all files, as one of them sees them, and the runbooks beside them.

    recorded: by the name of each recorded series, the rules that say what it is. alerts, awaited:
    names that are there, and those that some `unless` waits for. runbooks: the anchors of each
    page. gone: what a change has removed. asked: every question so far, and its answer.
    """

    def __init__(
        self, outline: Outline = NOTHING, runbooks: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self.outline = outline
        self._runbooks: Mapping[str, frozenset[str]] = {} if runbooks is None else runbooks
        self.asked: dict[Question, object] = {}
        self.recorded = Watched("recorded", outline.recorded, self.asked)
        self.alerts = Watched("alerts", outline.alerts, self.asked)
        self.awaited = Watched("awaited", outline.awaited, self.asked)
        self.gone = Watched("gone", outline.gone, self.asked)
        self.runbooks = Watched("runbooks", self._runbooks, self.asked)

    @classmethod
    def of(
        cls,
        outlines: Iterable[Outline],
        runbooks: Mapping[str, frozenset[str]] | None = None,
        before: Outline = NOTHING,
    ) -> "Known":
        """What all files tell, one after the other; `before`: what they told before a change."""
        recorded: dict[str, tuple[Recorded, ...]] = {}
        alerts: dict[str, bool] = {}
        awaited: dict[str, bool] = {}
        for outline in outlines:
            for name, rules in outline.recorded.items():
                recorded[name] = (*recorded.get(name, ()), *rules)
            alerts.update(outline.alerts)
            awaited.update(outline.awaited)
        gone = dict(_gone(before, recorded, alerts))
        return cls(Outline(recorded, alerts, awaited, gone), runbooks)

    def view(self) -> "Known":
        """The same facts with no question asked yet."""
        return Known(self.outline, self._runbooks)

    def holds(self, asked: Mapping[Question, object]) -> bool:
        """Whether all questions would be answered as they were."""
        facts: dict[str, Mapping[str, object]] = self.outline._asdict()
        facts["runbooks"] = self._runbooks
        return all(
            (_names(facts[topic]) if name == ALL else facts[topic].get(name)) == answer
            for (topic, name), answer in asked.items()
        )
