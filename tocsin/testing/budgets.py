"""Generated tests of `burn_rate`: error budgets that are spent at just so many times the pace.

At a constant ratio every window shows the same, however little of it has passed: minutes do. That a
window is as long as it should be shows in a burst after a time of much traffic and no errors, which
hides it from every window that reaches back so far.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin import durations
from tocsin.kinds import burn_rate
from tocsin.model import Compiled, Rule, Settings
from tocsin.overrides import Branch, branches
from tocsin.promql.operators import CannotTell
from tocsin.promql.selectors import selectors
from tocsin.testing.labels import branch_labels
from tocsin.testing.model import Check, Generated, Unsolved
from tocsin.testing.series import Phase, Stand, made
from tocsin.testing.stands import labels_of

MINUTE, HOUR = 60_000, 3_600_000
EVENTS = 1000.0  # per second, so that minutes hold more than any sensible `min_events`
BUSY = 20 * EVENTS
LONGEST_STEP = 240_000  # what is recorded must be younger than Prometheus's lookback
LONGEST_WINDOW = 24 * HOUR  # longer ones take too long to be filled in a test


@dataclass(frozen=True)
class Row:
    """One row of the objective's table. Windows in milliseconds; `limit` is a ratio of errors."""

    severity: str
    rate: str
    limit: float
    long: int
    short: int


@dataclass(frozen=True)
class Stretch:
    """Some samples at a ratio of errors, and so many events per second."""

    ratio: float
    count: int
    events: float = EVENTS


class Scene:
    """A branch of a rule, and the two series that its tests move."""

    def __init__(self, branch: Branch, settings: Settings) -> None:
        rule = branch.rule
        self.branch, self.rule = branch, rule
        self.rows = _rows(rule, settings)
        self.least = float(rule.body.get("min_events", burn_rate.MIN_EVENTS))
        self.step = durations.parse(rule.group.every(settings))
        (errors,), (total,) = (
            selectors(rule.text("burn_rate", key)) for key in ("errors", "total")
        )
        common = branch_labels(rule, branch, rule.body.get("by", ()))
        bad, good = labels_of(errors, common), labels_of(total, common)
        if bad == good and errors.name == total.name:
            good = {**good, "tocsin_twin": "1"}
        if errors.name == total.name and errors.matches(good):
            raise CannotTell("no series was found that counts but is no error")
        # Where errors are counted among all, the other series counts what went well.
        self._within = errors.name == total.name and total.matches(bad)
        self._stands = [
            Stand(errors.name, frozenset(bad.items()), "rate"),
            Stand(total.name, frozenset(good.items()), "rate"),
        ]
        self._watched = {name: good.get(name, "") for name in rule.body.get("by", ())}

    def test(
        self, name: str, stretches: Sequence[Stretch], *, step: int = 0, asked: Sequence[int] = ()
    ) -> Generated:
        """A test of some stretches; what fires is asked at the end, and at other times."""
        step = step or self.step
        levels = (
            [Phase(one.events * one.ratio, one.count) for one in stretches],
            [
                Phase(one.events * (1 - one.ratio if self._within else 1), one.count)
                for one in stretches
            ],
        )
        series = {
            stand.selector: made(stand, phases, step)[1]
            for stand, phases in zip(self._stands, levels, strict=True)
        }
        end = (sum(one.count for one in stretches) - 1) * step
        times = sorted({*(time // step * step for time in asked), end})
        checks = tuple(Check(time, self.firing(stretches, step, time)) for time in times)
        label = f"override {self.branch.number}, " if self.branch.number else ""
        return Generated(
            self.rule,
            label + name,
            ("burn_rate", "objective"),
            step,
            step,
            series,
            self._watched,
            checks,
            self.branch.number,
        )

    def firing(self, stretches: Sequence[Stretch], step: int, time: int) -> frozenset[str]:
        """What the rule means: the severities whose windows agree at a time."""
        found = set()
        for row in self.rows:
            long, events = _window(stretches, step, time - row.long, time)
            short, _ = _window(stretches, step, time - row.short, time)
            if long > row.limit and short > row.limit and events >= self.least:
                found.add(row.severity)
        return frozenset(found)


def _window(stretches: Sequence[Stretch], step: int, start: int, end: int) -> tuple[float, float]:
    """The ratio of errors from `start` to `end`, and how many events there were."""
    errors = events = 0.0
    begun = 0
    for one in stretches:
        until = begun + one.count * step
        seconds = max(0, min(end, until) - max(start, begun)) / 1000
        events += seconds * one.events
        errors += seconds * one.events * one.ratio
        begun = until
    return (errors / events if events else 0.0), events


def _rows(rule: Rule, settings: Settings) -> list[Row]:
    budget = (100 - float(rule.body["objective"])) / 100
    written: Sequence[Mapping[str, Any]] = rule.body.get("windows") or burn_rate.ROWS
    return [
        Row(
            str(row["severity"]),
            f"{row['rate']}",
            float(row["rate"]) * budget,
            durations.parse(str(row["long"])),
            durations.parse(str(row["short"])),
        )
        for row in written
        if row["severity"] in settings.severities
    ]


def of_burn_rate(rule: Rule, compiled: Compiled) -> Iterator[Generated | Unsolved]:
    """The tests of each branch."""
    for branch in branches(rule):
        try:
            scene = Scene(branch, compiled.catalogue.settings)
        except (CannotTell, ValueError) as exc:
            yield Unsolved(rule, "the rule", str(exc), branch.number, ("burn_rate",))
            continue
        yield from _limits(scene)
        yield from _bursts(scene)
        yield from _too_few(scene)
        yield from _ended(scene)


def _limits(scene: Scene) -> Iterator[Generated]:
    """Just below and above the limit of each row."""
    for row in scene.rows:
        for word, ratio in (("just above", row.limit * 1.01), ("just below", row.limit * 0.99)):
            if ratio < 1:
                name = f"{row.severity}: errors {word} {row.rate} times the budget"
                yield scene.test(name, [Stretch(ratio, 40)])


def _bursts(scene: Scene) -> Iterator[Generated]:
    """Errors for as long as a window, which the longer windows of its severity do not see."""
    for row in scene.rows:
        longer = any(r.long > row.long for r in scene.rows if r.severity == row.severity)
        ratio = row.limit * 1.03
        if not longer or ratio > 1 or row.long > LONGEST_WINDOW:
            continue
        step = max(scene.step, min(row.short // 4, LONGEST_STEP))
        count = row.long // step
        name = f"{row.severity}: a burst for {durations.text(row.long)}"
        yield scene.test(
            f"{name} at {row.rate} times the budget",
            [Stretch(0.0, count, BUSY), Stretch(ratio, count + 4)],
            step=step,
            asked=[count * step + row.long * 9 // 10],
        )


def _too_few(scene: Scene) -> Iterator[Generated]:
    """Too few events to judge, and just enough."""
    if not scene.least:
        return
    worst = min(1.0, max(row.limit for row in scene.rows) * 1.5)
    seconds = 40 * scene.step / 1000
    few, enough = scene.least * 0.8 / seconds, scene.least * 1.25 / seconds
    yield scene.test("too few events to judge", [Stretch(worst, 40, few)])
    yield scene.test("just enough events to judge", [Stretch(worst, 40, enough)])


def _ended(scene: Scene) -> Iterator[Generated]:
    """Errors that end: the short windows forget them."""
    worst = min(1.0, max(row.limit for row in scene.rows) * 1.5)
    longest = max(row.short for row in scene.rows)
    if longest <= 12 * HOUR:
        stretches = [Stretch(worst, 30), Stretch(0.0, longest // MINUTE + 10)]
        yield scene.test("the errors have ended", stretches, step=MINUTE)
