"""Generated tests of `burn_rate`: error budgets that are spent at just so many times the pace.

At a constant ratio every window shows the same, however little of it has passed: minutes do. That a
window is as long as it should be shows in a burst after a time of much traffic and no errors, which
hides it from every window that reaches back so far.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
EVENTS = 0.9  # per second: less than one shows what asks for more than there is
MANY = 1000.0  # where minutes must hold more than `min_events`
BUSY = 20.0  # times as much
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
    """Some samples at a ratio of errors, and so many events per second; None: the usual ones.

    stray: errors per second that are none of the events.
    """

    ratio: float
    count: int
    events: float | None = None
    stray: float = 0.0


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
        self.events = EVENTS if 40 * self.step / 1000 * EVENTS > 3 * self.least else MANY
        # Where errors are counted among all, the other series counts what went well.
        self.within = errors.name == total.name and total.matches(bad)
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
        stretches = self._usual(stretches)
        all_ = [(one.events or 0.0, one) for one in stretches]
        levels = (
            [Phase(events * one.ratio + one.stray, one.count) for events, one in all_],
            [Phase(events * (1 - one.ratio * self.within), one.count) for events, one in all_],
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

    def _usual(self, stretches: Sequence[Stretch]) -> list[Stretch]:
        return [
            replace(one, events=self.events) if one.events is None else one for one in stretches
        ]

    def firing(self, stretches: Sequence[Stretch], step: int, time: int) -> frozenset[str]:
        """What the rule means: the severities whose windows agree at a time."""
        found = set()
        stretches = self._usual(stretches)
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
        events += seconds * (one.events or 0.0)
        errors += seconds * ((one.events or 0.0) * one.ratio + one.stray)
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
            if rule.data.get("active"):
                raise CannotTell("an active window, and budgets that are spent over days")
            scene = Scene(branch, compiled.catalogue.settings)
        except (CannotTell, ValueError) as exc:
            yield Unsolved(rule, "the rule", str(exc), branch.number, ("burn_rate",))
            continue
        yield from _limits(scene)
        yield from _bursts(scene)
        yield from _too_few(scene)
        yield from _ended(scene)
        yield from _windows(scene)
        yield from _stray(scene)


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
            [Stretch(0.0, count, BUSY * scene.events), Stretch(ratio, count + 4)],
            step=step,
            asked=[count * step + row.long * 9 // 10],
        )


def _too_few(scene: Scene) -> Iterator[Generated]:
    """For each row just enough events to judge by, and one too few: all of them at once.

    The ratio is too low for faster rows; slower ones still see a time of much traffic before.
    """
    for row in scene.rows if scene.least else ():
        kin = [other for other in scene.rows if other.severity == row.severity]
        faster = [other.limit for other in kin if other.limit > row.limit]
        slower = [other for other in kin if other.limit < row.limit]
        ratio = min(1.0, 1.2 * row.limit, *((row.limit + limit) / 2 for limit in faster))
        step = max(scene.step, min(row.short // 4, LONGEST_STEP))
        before = row.long // step
        if ratio <= row.limit or (slower and before > LONGEST_WINDOW // step):
            continue
        if any(other.long <= row.long for other in slower):
            continue
        quiet = [Stretch(0.0, before + 2, BUSY * scene.least), Stretch(0.0, before + 4, 0.0)]
        quiet = quiet if slower else [Stretch(0.0, row.short // step + 2, 0.0)]
        enough = scene.least * (1.0 if _is_exact(scene, step) else 1.02)
        for word, events in (("just enough", enough), ("not quite enough", 0.95 * scene.least)):
            burst = Stretch(ratio, 1, events / (step / 1000))
            name = f"{row.severity}: {word} events for {row.rate} times the budget"
            yield scene.test(name, [*quiet, burst, Stretch(0.0, 2, 0.0)], step=step)


def _is_exact(scene: Scene, step: int) -> bool:
    """Whether just so many events can be counted, all by one series that has whole numbers."""
    least, seconds = scene.least, step / 1000
    whole = least.is_integer() and (BUSY * least * seconds).is_integer()
    return not scene.within and whole and least / seconds * seconds == least


def _windows(scene: Scene) -> Iterator[Generated]:
    """For each row one window just short of its limit while the other is past it: nothing fires."""
    for row in scene.rows:
        slower = [r for r in scene.rows if r.severity == row.severity and r.limit < row.limit]
        faster = [r for r in scene.rows if r.severity == row.severity and r.limit > row.limit]
        if any(r.long <= row.long for r in slower) or row.limit * 1.2 >= 1:
            continue
        if (slower and row.long > LONGEST_WINDOW) or any(r.limit < 1.3 * row.limit for r in faster):
            continue
        step = max(scene.step, min(row.short // 4, LONGEST_STEP))
        late = row.short // step
        early = row.long // step - late if slower else 2 * late
        quiet = [Stretch(0.0, row.long // step, BUSY * scene.events)] if slower else []
        for word, long, short in (("long", 0.95, 1.05), ("short", 1.05, 0.95)):
            first = (long * (early + late) - short * late) / early
            ratios = [(first, early), (short, late + 1)]
            parts = [Stretch(ratio * row.limit, count) for ratio, count in ratios]
            name = f"{row.severity}: the {word} window just short of {row.rate} times the budget"
            yield scene.test(name, [*quiet, *parts], step=step)


def _stray(scene: Scene) -> Iterator[Generated]:
    """What is counted ends, and errors go on: their ratio to nothing is none."""
    if scene.within:
        return
    worst = min(1.0, max(row.limit for row in scene.rows) * 1.5)
    for severity in dict.fromkeys(row.severity for row in scene.rows):
        mine = [row for row in scene.rows if row.severity == severity]
        gone = max(row.short for row in mine)
        if gone >= min(row.long for row in mine) or gone > LONGEST_WINDOW:
            continue
        step = max(scene.step, min(min(row.short for row in mine) // 4, LONGEST_STEP))
        after = Stretch(0.0, gone // step + 3, 0.0, stray=worst * scene.events)
        name = f"{severity}: errors of nothing that is counted"
        yield scene.test(name, [Stretch(worst, 40), after], step=step)


def _ended(scene: Scene) -> Iterator[Generated]:
    """Errors that end: the short windows forget them."""
    worst = min(1.0, max(row.limit for row in scene.rows) * 1.5)
    longest = max(row.short for row in scene.rows)
    if longest <= 12 * HOUR:
        stretches = [Stretch(worst, 30), Stretch(0.0, longest // MINUTE + 10)]
        yield scene.test("the errors have ended", stretches, step=MINUTE)
