"""Generated tests for the parts of a value: its guards, its groupings, its matchers.

`100 * used / (size > 0)` moves with `used` as well without its guard. So for each part of the value
that could be another (see `mutation/changes`) series are searched on which that would show: levels
around the guard's limit, a series that differs in one label, one that must not be selected. What
such a test expects is what the rule means for the value as it was written.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from tocsin.promql import tree
from tocsin.promql.operators import CannotTell, Labels, Vector
from tocsin.promql.parse import parse
from tocsin.promql.selectors import Selector
from tocsin.promql.simulate import Series, World
from tocsin.testing.model import Check, Generated
from tocsin.testing.mutation import numbers
from tocsin.testing.mutation.changes import changes
from tocsin.testing.series import Phase, Stand, made
from tocsin.testing.solve import Bench, Judge
from tocsin.testing.stands import examples

Firing = dict[Labels, frozenset[str]]  # the severities that fire, by the labels of the value
Fires = Callable[[float], frozenset[str]]
_MOST = 1500  # scenes that are tried for a value
_ANOTHER = "another"


@dataclass(frozen=True)
class Scene:
    """Series at lasting levels; where the value looks back, at another level before.

    past: levels at which everything fires, to begin with; none where nothing does.
    """

    stands: tuple[Stand, ...]
    before: tuple[float, ...]
    now: tuple[float, ...]
    past: tuple[float, ...] = ()


@dataclass(frozen=True)
class Value:
    """What is judged: its PromQL, its meaning, what fires for it, and how long that takes.

    fires: the severities of a lasting value. holds: those that go on firing, where that is asked.
    bench: series on which the value is past all limits, the moved one at `past`.
    """

    expr: str
    judge: Judge
    selectors: Sequence[Selector]
    severities: Sequence[str]
    fires: Fires
    holds: Fires | None
    wait: int
    bench: Bench
    past: float
    between: float | None = None  # where what fires goes on, and nothing else does


def tests(value: Value, like: Generated) -> Iterator[Generated]:
    """The tests of a value; each is as `like`, with a name, series and checks of its own."""
    held = value.holds is not None
    found = list(changes(value.expr))
    wanted = {
        (index, severity): change.applied(value.expr)
        for index, change in enumerate(found)
        for severity in value.severities
    }
    number = 0
    for place, scene in enumerate(islice(_scenes(value, held=held), _MOST)):
        if not wanted:
            return
        shown, checks = _shown(value, scene, wanted)
        if place and checks:  # the first scene is that of the tests that there are
            number += 1
            about = dict.fromkeys(f"`{found[index].before}`" for index, _ in shown)
            more = " and others" if len(about) > 2 else ""
            what = "the value while it fires" if held else "the value"
            name = f"{what}, {number}: {' and '.join(list(about)[:2])}{more}"
            yield _test(value, scene, checks, like, name)
        if not place or checks:
            wanted = {key: expr for key, expr in wanted.items() if key not in shown}


def _shown(
    value: Value, scene: Scene, wanted: Mapping[tuple[int, str], str]
) -> tuple[set[tuple[int, str]], list[Check]]:
    """The changes that would show in which severities, and what to ask for them to."""
    world, time = _world(value, scene), _end(value, scene)
    try:
        vector = value.judge(world, time)
    except (CannotTell, OverflowError):
        return set(), []
    true = _firing(value, scene, vector, vector)
    shown, asked = set[tuple[int, str]](), dict[Labels, None]()
    known: dict[int, Firing | None] = {}
    for (index, severity), expr in wanted.items():
        if index not in known:
            other_vector = _evaluated(world, expr, time)
            known[index] = (
                None if other_vector is None else _firing(value, scene, other_vector, vector)
            )
        other = known[index]
        differing = list(true) if other is None else _differing(true, other, severity)
        differing = [labels for labels in differing if _can_ask(labels, true)]
        if differing or (other is None and not true):
            shown.add((index, severity))
            asked |= dict.fromkeys(sorted(differing, key=sorted)[:1])
    if shown and not asked:
        asked[frozenset()] = None
    return shown, [Check(time, _of(labels, true), dict(labels)) for labels in asked]


def _differing(true: Firing, other: Firing, severity: str) -> list[Labels]:
    nothing = frozenset[str]()
    return [
        labels
        for labels in {**true, **other}
        if (severity in true.get(labels, nothing)) != (severity in other.get(labels, nothing))
    ]


def _of(labels: Labels, firing: Firing) -> frozenset[str]:
    """What fires with these labels, and perhaps others."""
    return frozenset().union(*(names for mine, names in firing.items() if labels <= mine))


def _can_ask(labels: Labels, true: Firing) -> bool:
    """Whether the labels tell at most one alert of each severity from all others."""
    return sum(labels <= mine for mine in true) <= 1


def _evaluated(world: World, expr: str, time: int) -> Vector | None:
    """What an expression gives; None where promtool would say that it cannot be run."""
    try:
        found = world.value(expr, time)
    except (CannotTell, OverflowError):
        return None
    return {frozenset(): found} if isinstance(found, float) else found


def _firing(value: Value, scene: Scene, vector: Vector, true: Vector) -> Firing:
    """What fires by a vector; where all fired before, what goes on by the true one or by it."""
    if not scene.past or value.holds is None:
        firing = {labels: value.fires(number) for labels, number in vector.items()}
    else:
        firing = {labels: value.fires(number) for labels, number in true.items()}
        for labels, number in vector.items():
            firing[labels] = firing.get(labels, frozenset()) | value.holds(number)
    return {labels: names for labels, names in firing.items() if names}


def _scenes(value: Value, *, held: bool) -> Iterator[Scene]:
    """Likely scenes: what is usual, then series with another label, then levels around limits."""
    stands = value.bench.stands
    now = tuple(_moved(value.past, stand) for stand in stands)
    before = tuple(_moved(value.bench.usual, stand) for stand in stands)
    between = tuple(_moved(value.between, stand) for stand in stands)
    yield Scene(tuple(stands), before, between, now) if held else Scene(tuple(stands), before, now)
    family = [stand for stand in stands if _is_of(stand, value)]
    places = [index for index, stand in enumerate(stands) if stand in family]
    levels = tuple(now[index] for index in places)
    earlier = tuple(before[index] for index in places)
    for relatives in () if held else _relatives(value, family):
        yield Scene(relatives, earlier, levels)
        yield Scene((*stands, *relatives), before + earlier, now + levels)
    choices = [_choices(value, stands[index], now[index], held=held) for index in places]
    pasts = choices if value.bench.lead else [[before[index]] for index in places]
    series = tuple(replace(s, mode="level" if s.mode == "clock" else s.mode) for s in family)
    for chosen in _by_effort(choices):
        for past in _by_effort(pasts) if value.bench.lead else [chosen]:
            yield Scene(series, past, chosen, levels if held else ())


def _moved(level: float | None, stand: Stand) -> float:
    return (level or 0.0) if stand.fixed is None else stand.fixed


def _choices(value: Value, stand: Stand, usual: float, *, held: bool) -> list[float]:
    """The levels that a series is tried at, the likeliest first."""
    found, moved = _levels(value), value.between if held else value.past
    found.insert(0, usual)
    if stand.fixed is None and moved is not None:
        # In the same proportion to another series that is at one of these levels.
        others = {other.fixed for other in value.bench.stands if other.fixed}
        found[1:1] = [moved, *(moved * level / o for o in others for level in found[1:4])]
    return list(dict.fromkeys(level for level in found if level >= 0 or stand.mode != "rate"))


def _is_of(stand: Stand, value: Value) -> bool:
    return any(
        selector.name == stand.name and selector.matches(dict(stand.labels))
        for selector in value.selectors
    )


def _by_effort(choices: Sequence[Sequence[float]]) -> Iterator[tuple[float, ...]]:
    """The combinations, those near the front of each list first."""
    sizes = [range(len(some)) for some in choices]
    for picked in sorted(product(*sizes), key=sum) if math.prod(map(len, sizes)) < 20_000 else ():
        yield tuple(some[index] for some, index in zip(choices, picked, strict=True))


def _levels(value: Value) -> list[float]:
    """Levels at, just above and just below each limit within the value, and some others."""
    found: list[float] = []
    root = parse(value.expr).tree
    for node in tree.walk(root) if root is not None else ():
        if isinstance(node, tree.Binary) and node.operator in tree.COMPARISONS:
            for side in (node.left, node.right):
                limit = numbers.constant(side)
                if limit is not None:
                    near = [(limit + other) / 2 for other in numbers.shifted(limit)]
                    found += [limit, *near, 10 * (abs(limit) + 1), -1.5 * (abs(limit) + 1)]
    return list(dict.fromkeys(found))


def _relatives(value: Value, family: Sequence[Stand]) -> Iterator[tuple[Stand, ...]]:
    """The same series with one label changed: to one that is not selected, or to another one."""
    names = {name for stand in family for name, _ in stand.labels}
    for name in sorted(names | {m.name for s in value.selectors for m in s.matchers}):
        for text in dict.fromkeys([*_refused(value, name), _ANOTHER]):
            yield tuple(_with(stand, name, text) for stand in family)


def _refused(value: Value, name: str) -> Iterator[str]:
    for selector in value.selectors:
        for matcher in selector.matchers:
            if matcher.name == name and matcher.sign in {"!=", "!~"}:
                yield from [matcher.value] if matcher.sign == "!=" else examples(matcher.value)[:1]


def _with(stand: Stand, name: str, text: str) -> Stand:
    labels = {**dict(stand.labels), name: text}
    return replace(stand, labels=frozenset((k, v) for k, v in labels.items() if v))


def _phases(value: Value, scene: Scene, index: int) -> list[Phase]:
    bench = value.bench
    begins = [Phase(None, bench.start), Phase(scene.before[index], bench.lead)]
    if scene.past:
        begins.append(Phase(scene.past[index], _count(value)))
    return [*begins, Phase(scene.now[index], _count(value))]


def _count(value: Value) -> int:
    bench = value.bench
    return -(-(bench.span + value.wait + 3 * bench.step) // bench.interval) + 1


def _end(value: Value, scene: Scene) -> int:
    bench = value.bench
    samples = bench.start + bench.lead + _count(value) * (2 if scene.past else 1) - 1
    return samples * bench.interval // bench.step * bench.step


def _made(value: Value, scene: Scene) -> Iterator[tuple[Series, str]]:
    for index, stand in enumerate(scene.stands):
        yield made(replace(stand, fixed=None), _phases(value, scene, index), value.bench.interval)


def _world(value: Value, scene: Scene) -> World:
    series = [one for one, _ in _made(value, scene)]
    return World(series, value.bench.step, value.bench.recorded)


def _test(
    value: Value, scene: Scene, checks: Sequence[Check], like: Generated, name: str
) -> Generated:
    texts = [text for _, text in _made(value, scene)]
    return replace(
        like,
        name=name,
        interval=value.bench.interval,
        step=value.bench.step,
        series={s.selector: text for s, text in zip(scene.stands, texts, strict=True)},
        labels={},
        checks=tuple(checks),
    )
