"""Generated tests of `no_events`, `down`, `absent` and `heartbeat`: sources that fall silent.

What they mean depends on time alone, so the expectations are reckoned from when a source stopped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tocsin import durations, windows
from tocsin.kinds import absent, heartbeat
from tocsin.kinds.parts import silences
from tocsin.model import Compiled, Rule
from tocsin.overrides import Branch, branches
from tocsin.promql.operators import CannotTell
from tocsin.promql.selectors import selectors
from tocsin.testing import calendar
from tocsin.testing.labels import branch_labels
from tocsin.testing.model import Check, Generated, Unsolved
from tocsin.testing.series import Phase, Stand, made
from tocsin.testing.stands import labels_of, strangers

FLOWS, STANDS = 1.0, 0.0  # events per second
HOUR = 3_600_000


class Scene:
    """One source of one branch, and how long each severity lets it be silent."""

    def __init__(self, branch: Branch, compiled: Compiled) -> None:
        rule = branch.rule
        settings = compiled.catalogue.settings
        self.branch, self.rule = branch, rule
        key = next(
            key for key in ("counter", "last_event", "targets", "") if rule.body.get(key, not key)
        )
        (self.selector,) = selectors(rule.text(rule.kind, key) if key else "up")
        self.labels = branch_labels(rule, branch, rule.body.get("by", ()))
        self.waits = {
            name: durations.parse(d) for name, d in silences.tiers(rule, settings).items()
        }
        self.remember = durations.parse(silences.memory(rule))
        longest = max(self.waits.values(), default=0)
        self.interval = durations.parse(settings.scrape_interval) if longest <= HOUR else 60_000
        self.step = durations.parse(rule.group.every(settings))
        self.step = max(self.step, 60_000) if longest > HOUR else self.step
        self.slack = 2 * max(self.interval, self.step)  # how exact a silence can be known
        mode = {"counter": "rate", "last_event": "event"}.get(key, "level")
        labels = frozenset(labels_of(self.selector, self.labels).items())
        self.stand = Stand(self.selector.name, labels, mode)
        self.watched = {name: dict(labels).get(name, "") for name in rule.body.get("by", ())}

    def count(self, time: int) -> int:
        """Samples that fill a time."""
        return max(1, -(-time // self.interval))

    def test(  # a test is made of many things
        self,
        name: str,
        phases: list[Phase],
        silent: list[tuple[int, int | None]],
        end: int,
        *,
        other: Phase | None = None,
        nothing: bool = False,
        strange: float = 1.0,
    ) -> Generated:
        """A test of which the times are known in which the source is silent: [from, to)."""
        series = (
            {} if nothing else {self.stand.selector: written(self.stand, phases, self.interval)}
        )
        total = sum(phase.count for phase in phases)
        if other is not None:
            twin = Stand(
                self.stand.name, self.stand.labels | {("tocsin_twin", "1")}, self.stand.mode
            )
            series[twin.selector] = written(twin, [Phase(other.level, total)], self.interval)
        if not nothing:
            series |= self.strangers(self.labels, Phase(strange, total))
        label = f"override {self.branch.number}, " if self.branch.number else ""
        about = (
            (self.rule.kind, "for")
            if not self.branch.number
            else ("overrides", self.branch.number - 1)
        )
        return Generated(
            self.rule,
            label + name,
            about,
            self.interval,
            self.step,
            series,
            self.watched,
            tuple(self._checks(silent, end)),
            self.branch.number,
        )

    def strangers(self, labels: Mapping[str, str], phase: Phase) -> dict[str, str]:
        """Series that differ in a label that is asked for, and must not be seen."""
        found = dict[str, str]()
        for stranger in strangers([self.selector], labels):
            stand = Stand(stranger.name, stranger.labels, self.stand.mode)
            found[stand.selector] = written(stand, [phase], self.interval)
        return found

    def _checks(self, silent: list[tuple[int, int | None]], end: int) -> Iterator[Check]:
        """Just before and just after each severity starts to fire or stops; never between."""
        edges = {start + wait for start, _ in silent for wait in self.waits.values()}
        edges |= {stop for _, stop in silent if stop is not None}
        asked = {edge + sign * self.slack for edge in edges for sign in (-1, 1)} | {end}
        for time in sorted(time // self.step * self.step for time in asked if 0 <= time <= end):
            if all(abs(time - edge) >= self.slack - self.step for edge in edges):
                yield Check(time, frozenset(self._firing(silent, time)))

    def _firing(self, silent: list[tuple[int, int | None]], time: int) -> Iterator[str]:
        for name, wait in self.waits.items():
            if any(
                start + wait <= time and (stop is None or time < stop) for start, stop in silent
            ):
                yield name


def written(stand: Stand, phases: list[Phase], interval: int) -> str:
    """Notation; an `event` gauge holds the time of the last event, and flows at any level but 0."""
    if stand.mode != "event":
        return made(stand, phases, interval)[1]
    parts, at, last = [], 0, 0
    for phase in phases:
        if phase.level is None:
            parts.append(f"stale _x{phase.count - 1}" if at else f"_x{phase.count}")
        elif phase.level:
            parts.append(f"{at * interval // 1000}+{interval // 1000}x{phase.count - 1}")
            last = (at + phase.count - 1) * interval // 1000
        else:
            last = last or at * interval // 1000
            parts.append(f"{last}x{phase.count - 1}")
        at += phase.count
    return " ".join(parts)


def of_silences(rule: Rule, compiled: Compiled) -> Iterator[Generated | Unsolved]:
    """The tests of `no_events` and of `down`."""
    for branch in branches(rule):
        try:
            scene = Scene(branch, compiled)
        except (CannotTell, ValueError) as exc:
            yield Unsolved(rule, "the rule", str(exc), branch.number)
            continue
        if not scene.waits:
            continue
        if rule.data.get("active"):
            yield from _in_windows(scene)
            continue
        yield from (_no_events if rule.kind == "no_events" else _down)(scene)
        yield from _expected(scene)


def _no_events(scene: Scene) -> Iterator[Generated]:
    longest, slack = max(scene.waits.values()), 4 * scene.slack
    flow, flat = scene.count(longest + slack), scene.count(longest + slack)
    stop = (flow - 1) * scene.interval
    back = (flow + flat) * scene.interval
    again = scene.count(slack)
    phases = [Phase(FLOWS, flow), Phase(STANDS, flat), Phase(FLOWS, again)]
    end = back + (again - 1) * scene.interval
    yield scene.test("it stops, and comes back", phases, [(stop, back)], end)
    end = back - scene.interval
    yield scene.test("another part of it goes on", phases[:2], [], end, other=Phase(FLOWS, 1))
    yield scene.test("its series vanishes", [phases[0], Phase(None, flat)], [(stop, None)], end)
    new = [Phase(None, 4), Phase(STANDS, flat)]
    born = 4 * scene.interval
    yield scene.test("brand-new, without events", new, [(born, None)], born + longest + slack // 2)


def _down(scene: Scene) -> Iterator[Generated]:
    longest, slack = max(scene.waits.values()), 4 * scene.slack
    up, down = scene.count(slack), scene.count(longest + slack)
    stop, back = up * scene.interval, (up + down) * scene.interval
    phases = [Phase(1.0, up), Phase(0.0, down), Phase(1.0, up)]
    end = back + (up - 1) * scene.interval
    yield scene.test("it goes down, and comes back", phases, [(stop, back)], end)
    gone = [phases[0], Phase(None, down)]
    yield scene.test("it is deregistered", gone, [(stop, None)], back - scene.interval)
    one_is_enough = not scene.rule.body.get("all", True)
    some: list[tuple[int, int | None]] = [(stop, back)] if one_is_enough else []
    yield scene.test("one target of two is down", phases, some, end, other=Phase(1.0, 1))
    yield from _others_down(scene, up + down)
    new = [Phase(None, 4), Phase(0.0, down)]
    born = 4 * scene.interval
    yield scene.test("down from the start", new, [(born, None)], born + longest + slack // 2)


def _others_down(scene: Scene, count: int) -> Iterator[Generated]:
    """Its targets are up, and others are down that it does not ask for."""
    end = (count - 1) * scene.interval
    name = "what is none of its targets is down"
    made = scene.test(name, [Phase(1.0, count)], [], end, strange=0.0)
    if len(made.series) == 1:
        return
    yield made
    if not silences.expected(scene.rule):  # nothing at all of the rule fires
        checks = tuple(replace(check, labels={}) for check in made.checks)
        yield replace(made, name=f"{made.name}, and nothing fires", checks=checks)


def _expected(scene: Scene) -> Iterator[Generated]:
    """A source that never was there, but ought to."""
    end = max(scene.waits.values()) + 2 * scene.slack
    missing = [Phase(None, scene.count(end))]
    wanted = [labels for labels in silences.expected(scene.rule) if scene.branch.takes(labels)]
    if wanted:
        made = scene.test("expected, and never seen", missing, [(0, None)], end, nothing=True)
        checks = (replace(check, labels=labels) for check in made.checks for labels in wanted)
        alive = Phase(1.0, missing[0].count)
        series = {k: v for labels in wanted for k, v in scene.strangers(labels, alive).items()}
        yield replace(made, series=series, checks=tuple(checks))
    if scene.watched and not scene.branch.number:
        scene.watched = dict.fromkeys(scene.watched, "nobody")
        yield scene.test("never seen, and nobody expects it", missing, [], end, nothing=True)


def _in_windows(scene: Scene) -> Iterator[Generated | Unsolved]:
    """Silent since always: it may fire only when the window has been open for the limit."""
    rule, longest = scene.rule, max(scene.waits.values())
    spans = windows.spans(rule)
    zone = str(rule.data["active"].get("timezone", windows.UTC))
    scene.interval, scene.step, scene.slack = 60_000, 60_000, 120_000
    length = longest + 4 * scene.slack
    second = calendar.first_opening(spans, zone, length // 1000)
    if second is None:
        yield Unsolved(
            rule, "active", "no window is open for as long as the limit", scene.branch.number
        )
        return
    if second == 0:  # open since before promtool's time: the next one shows the opening
        closes = calendar.first_closing(spans, zone, 0)
        second = calendar.first_opening(spans, zone, length // 1000, closes or 0) or 0
    closing = calendar.first_closing(spans, zone, second)
    start, end = second * 1000, second * 1000 + length
    if start > 2 * 86_400_000:
        scene.step, scene.slack = 240_000, 480_000
    stop = None
    if closing is not None and closing * 1000 - start < 24 * HOUR:
        stop, end = closing * 1000, closing * 1000 + 4 * scene.slack
    level = STANDS if rule.kind == "no_events" else 0.0
    phases = [Phase(level, scene.count(end))]
    name = "silent since long, when its active window opens and closes"
    yield scene.test(name, phases, [(start, stop)], end)


def of_absent(rule: Rule, compiled: Compiled) -> Iterator[Generated | Unsolved]:
    """The tests of `absent`: never there, there, gone."""
    settings = compiled.catalogue.settings
    try:
        (selector,) = selectors(rule.text("absent", "series"))
        labels = labels_of(selector, {})
    except (CannotTell, ValueError) as exc:
        yield Unsolved(rule, "the rule", str(exc))
        return
    if selector.range or selector.function or rule.data.get("active"):
        yield Unsolved(rule, "the rule", "only plain selectors without a window are tested")
        return
    step = durations.parse(rule.group.every(settings))
    given = absent.waits(rule, settings)
    waits = {severity: durations.parse(wait or "0s") for severity, wait in given.items()}
    count = max(waits.values()) // step + 3
    phases = [Phase(None, count), Phase(1.0, 4), Phase(None, count)]
    _, values = made(Stand(selector.name, frozenset(labels.items()), "level"), phases, step)
    came, went = count * step, (count + 4) * step
    edges = {came, *waits.values(), *(went + wait for wait in waits.values())}
    asked = sorted({at for edge in edges for at in (edge - step, edge) if at >= 0})
    checks = tuple(
        Check(
            at, frozenset(s for s, wait in waits.items() if wait <= at < came or went + wait <= at)
        )
        for at in asked
    )
    equal = {m.name: m.value for m in selector.matchers if m.sign == "="}
    stand = Stand(selector.name, frozenset(labels.items()), "level")
    series = {stand.selector: values}
    for stranger in strangers([selector], {}):
        phase = [Phase(1.0, 2 * count + 4)]
        series[stranger.selector] = made(stranger, phase, step)[1]
    yield Generated(
        rule, "not there, there, gone", ("absent", "series"), step, step, series, equal, checks
    )


def of_heartbeat(rule: Rule, compiled: Compiled) -> Iterator[Generated | Unsolved]:
    """It fires from the first evaluation on."""
    severity = str(rule.data.get("severity") or heartbeat.SEVERITY)
    step = durations.parse(rule.group.every(compiled.catalogue.settings))
    fires = frozenset({severity})
    checks = (Check(0, fires), Check(step * 40, fires))
    yield Generated(rule, "it always fires", ("heartbeat",), step, step, {}, {}, checks)
